"""However this machine's address is written, nobody connects to it who may speak to the public network only (P-20).

A listener hears every connection to any of this machine's addresses. Names are looked up as they are outside of tests.
"""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.enforcement.receiver import Receiver
from tests.workers import wait_until
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.http import Address, Reader, root_of
from transparency.enforcement import posting
from transparency.outward import destinations
from transparency.outward.destinations import Forbidden

HOSTS = [
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.255.255.254", "0177.0.0.1", "0177.1", "0x7f.0.0.1", "0x7f.1",
    "0x7f000001", "0X7F000001", "2130706433", "017700000001", "127.0x0.0.1", "0", "00.0.0.0", "0x0", "%31%32%37.1",
    "localhost", "LOCALHOST", "localhost.", "ip6-localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::1]", "[::1%25lo]", "[fe80::1%25lo]", "[fe80::1]",
    "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1", "\uff11\uff12\uff17.0.0.1", "127.0.0.1\u00ad",
    "a.example@127.0.0.1", "a.example:b@127.0.0.1", "a.example\\@127.0.0.1", "a.example%40127.0.0.1", "@127.0.0.1",
    "169.254.169.254", "169.254.43518", "0xa9fea9fe", "2852039166", "[::ffff:169.254.169.254]", "[fd00:ec2::254]",
]  # fmt: skip
URLS = [
    *(f"https://{host}:{{port}}/" for host in HOSTS),
    *("http://127.0.0.1:{port}/", "HTTP://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "https:127.0.0.1:{port}/"),
    *("ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_x", "file://127.0.0.1:{port}/etc/passwd"),
    *("https://127.0.0.1:{port}#@a.example/", "https://127.0.0.1:{port}?@a.example/", "https:/\\127.0.0.1:{port}/"),
    *("https://127.0.0.1:{port}\\.a.example/", " https://127.0.0.1:{port}/", "https://127.0.0.1:{port}/\r\nHost: x"),
]


class Listener:
    """Hears whoever connects to this machine, by any of its addresses."""

    def __init__(self):
        both = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if both else socket.AF_INET
        self.open = socket.create_server(("", 0), family=family, dualstack_ipv6=both)
        self.port, self.heard = self.open.getsockname()[1], []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with suppress(OSError):
            while True:
                caller, where = self.open.accept()
                self.heard.append(where)
                caller.close()


@pytest.fixture
def listener(monkeypatch):
    """Listens on a port that is an ordinary one, so that no address is refused for its port."""
    one = Listener()
    monkeypatch.setattr(destinations, "PORTS", {one.port})
    yield one
    one.open.close()


def connections(listener):
    """How many there were so far: connections are heard in their order, and a last one is ours."""
    with socket.create_connection(("127.0.0.1", listener.port), 5) as ours:
        wait_until(lambda: ours.getsockname()[1] in [where[1] for where in listener.heard], 5)
    return len(listener.heard) - 1


def told(url):
    """What a pipeline's webhook at that address is answered with."""
    return posting.post(url, "{}", {}, ())


def read(url):
    """Read from it, as if an operator had listed its host among those of the public network."""
    with suppress(Forbidden, SourceUnreadable):
        address = Address(root_of(url, hosts=[host_of(url)], private=()))
        with Reader(address, per_second=99, in_all=60, attempts=1) as reader:
            reader.get(shape=dict)


def host_of(url):
    with suppress(ValueError):
        return (urlsplit(url).hostname or "").lower()
    return ""


def test_the_listener_hears_whoever_is_let_through(listener):
    posting.post(f"https://localhost:{listener.port}/", "{}", {}, ["localhost"])
    assert connections(listener) == 1


def test_no_webhook_reaches_this_machine(listener):
    answers = [told(url.format(port=listener.port)) for url in URLS]
    assert [one for one in answers if one.taken or not one.error] == []
    assert connections(listener) == 0


def test_no_catalog_is_read_on_this_machine(listener):
    for url in URLS:
        read(url.format(port=listener.port))
    assert connections(listener) == 0


def test_a_name_is_looked_up_once_and_told_at_the_address_that_was_looked_at(monkeypatch):
    """Rebinding: whoever looks a name up twice is told the truth once, and then something else."""
    places, asked = ["127.0.0.1", "10.255.255.1"], []
    really = socket.getaddrinfo

    def rebinds(host, port, *how, **more):
        asked.append(host)
        return really(places.pop(0) if host == "hooks.test" else host, port, *how, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinds)
    with Receiver() as receiver:
        port = receiver.host.partition(":")[2]
        assert posting.post(f"http://hooks.test:{port}/", "{}", {}, ["hooks.test"]).taken
    assert asked.count("hooks.test") == 1


@pytest.mark.parametrize("host", ["0177.0.0.1", "2130706433", "0x7f000001", "127.1", "a.example.0x7f", "1.2.3.4.5"])
def test_a_number_that_is_no_address_is_no_name_even_where_it_is_listed(host):
    with pytest.raises(Forbidden, match="name of the host"):
        destinations.destination(f"https://{host}/", [host])
