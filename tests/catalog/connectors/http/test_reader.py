"""Asking a catalog that answers badly: a real server on this machine, told to go bad in one way after the other."""

import socket
import ssl

import msgspec
import pytest

from tests.enforcement.test_webhooks import certificate_for
from transparency.catalog.actions.refreshing import SILENCE
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.http import Address, Reader, connecting, reader, retrying, root_of
from transparency.catalog.connectors.http.reader import AT_MOST, ONE_QUESTION
from transparency.demo.catalogs.faults import Fault
from transparency.demo.catalogs.server import FakeCatalog

GOOD = {"name": "Tandem", "tables": 3}


class Told(msgspec.Struct):
    name: str
    tables: int


@pytest.fixture
def fake():
    with FakeCatalog(lambda asked: GOOD if asked.path == ("about", "us/them") else None) as one:
        yield one


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    """Waits are as many as ever, and short."""
    monkeypatch.setattr(retrying, "FIRST", 0.01)
    monkeypatch.setattr(retrying, "LONGEST", 0.02)


@pytest.fixture
def impatient(monkeypatch):
    """A second for an answer, in place of a minute and a half."""
    monkeypatch.setattr(reader, "AT_MOST", 1.0)


@pytest.fixture
def opened(fake):
    """A reader of the fake, that shows it a token."""

    def make(url=None, private=None, **how):
        listed = [fake.host] if private is None else private
        root = root_of(url or fake.url, hosts=(), private=listed)
        return Reader(Address(root, "s3cret-token", "FAKE"), **{"per_second": 1_000, "in_all": 60, **how})

    return make


def ask(one):
    with one:
        return one.get("about", "us/them", shape=Told)


def complaint(one):
    with pytest.raises(SourceUnreadable) as caught:
        ask(one)
    return caught.value


def test_an_answer_comes_in_its_shape(opened, fake):
    assert ask(opened()) == Told("Tandem", 3)
    assert (fake.asked, fake.tokens) == (["/about/us%2Fthem"], ["Bearer s3cret-token"])


def test_one_connection_serves_many_questions(opened, fake):
    with opened() as one:
        one.get("about", "us/them", shape=Told)
        assert one.get("about", "us/them", shape=Told, params={"limit": 5}).tables == 3
    assert fake.asked[1] == "/about/us%2Fthem?limit=5"


def test_a_question_may_be_json_itself(opened, fake):
    with opened() as one:
        assert one.post("about", "us/them", shape=Told, body={"query": "{ me }"}).name == "Tandem"


SLOW = {Fault.SILENT: "silent for too long", Fault.DRIPS: "did not come to an end"}
SAYS = {
    Fault.BROKEN: "status 500",
    Fault.BUSY_FOR_A_DAY: "left alone for 1,440 minutes",
    Fault.BUSY_SOMEHOW: "status 429",
    Fault.BUSY_BACKWARDS: "status 429",
    Fault.LOCKED: "It was shown the token in CATALOG_TOKEN_FAKE: see there whether it still holds",
    Fault.CUT: "broke off",
    Fault.CUT_CHUNK: "broke off",
    Fault.HALF_JSON: "is no JSON",
    Fault.SIGN_IN_PAGE: "text/html",
    Fault.NOT_ZIPPED: "it is not, or it is damaged",
    Fault.BOMB: "unzipped, more than is ever read",
    Fault.HUGE: "more than is ever read",
    Fault.DEEP: "Expected `object`, got `array`",
    Fault.LOOP: "never answers",
    Fault.ELSEWHERE: "to another host",
}


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.DRIPS])
def test_what_takes_for_ever_ends_in_time(opened, fake, impatient, fault):
    fake.fault = fault
    said = complaint(opened(attempts=2))
    assert (SLOW[fault] in said.message, said.retryable, len(fake.asked)) == (True, True, 2)


@pytest.mark.parametrize("fault", SAYS)
def test_what_is_wrong_is_said_in_words(opened, fake, fault):
    fake.fault = fault
    said = complaint(opened(attempts=2))
    assert SAYS[fault] in said.message
    assert "s3cret" not in said.message


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.CUT, Fault.HALF_JSON, Fault.SIGN_IN_PAGE])
def test_what_may_pass_is_asked_again_and_may_be_tried_again_later(opened, fake, fault):
    fake.fault = fault
    assert complaint(opened(attempts=2)).retryable
    assert len(fake.asked) == 2


@pytest.mark.parametrize("fault", [Fault.LOCKED, Fault.BOMB, Fault.HUGE, Fault.ELSEWHERE])
def test_what_will_not_pass_is_asked_once(opened, fake, fault):
    fake.fault = fault
    assert not complaint(opened()).retryable
    assert len(fake.asked) == 1


def test_a_catalog_that_recovers_is_read(opened, fake):
    fake.fault, fake.until = Fault.BUSY, 1
    assert ask(opened()).name == "Tandem"
    assert len(fake.asked) == 2


def test_who_wants_to_be_left_alone_for_a_day_is_not_asked_again(opened, fake):
    fake.fault = Fault.BUSY_FOR_A_DAY
    assert complaint(opened()).retryable
    assert len(fake.asked) == 1


def test_another_form_names_the_field(opened, fake):
    fake.shape = lambda asked: {"name": "Tandem", "tables": "three"}
    said = complaint(opened())
    assert "$.tables" in said.message
    assert not said.retryable


def test_a_page_that_is_not_there_asks_for_another_address(opened):
    with pytest.raises(SourceUnreadable, match="Is this the address of the catalog's API"), opened() as one:
        one.get("nowhere", shape=Told)


def test_names_that_lead_up_are_not_asked_for(opened, fake):
    with pytest.raises(SourceUnreadable), opened() as one:
        one.get("about", "..", shape=Told)
    assert fake.asked == []


def test_all_questions_together_end_in_time(opened, fake):
    fake.fault = Fault.BROKEN
    assert "longer than the 0 minutes that it may take" in complaint(opened(in_all=0)).message
    assert fake.asked == []


def test_an_answer_that_the_end_of_the_reading_cuts_off_is_not_said_to_be_silent(opened, fake):
    fake.fault = Fault.DRIPS
    assert "CATALOG_READING_MINUTES" in complaint(opened(in_all=1)).message


def test_one_question_is_given_up_before_whoever_asks_it_counts_as_lost(opened, fake, impatient, monkeypatch):
    """Five answers that never end, one after the other, are a silence in which another worker would take over."""
    monkeypatch.setattr(reader, "ONE_QUESTION", 1.5)
    fake.fault = Fault.DRIPS
    assert complaint(opened()).retryable
    assert len(fake.asked) == 2
    assert SILENCE.total_seconds() > ONE_QUESTION + AT_MOST


def test_an_address_that_is_in_the_own_network_is_never_connected_to(opened, fake, monkeypatch):
    """A name of the public network, listed as such, that leads here: no packet arrives."""
    monkeypatch.setattr(connecting.socket, "getaddrinfo", answers("127.0.0.1"))
    root = root_of("https://catalog.example", hosts=["catalog.example"], private=())
    assert "no place in the public network" in complaint(Reader(Address(root), per_second=9, in_all=60)).message
    assert fake.asked == []


def test_a_private_name_does_not_lead_to_where_clouds_hand_out_passwords(opened, monkeypatch):
    monkeypatch.setattr(connecting.socket, "getaddrinfo", answers("169.254.169.254"))
    root = root_of("http://catalog.internal", hosts=(), private=["catalog.internal"])
    assert "nobody runs a server" in complaint(Reader(Address(root), per_second=9, in_all=60)).message


def test_a_name_is_asked_for_once_and_its_address_is_the_one_connected_to(opened, fake, monkeypatch):
    """Rebinding: whoever asks twice is told the truth once, and then something else."""
    lookups = []
    places = ["127.0.0.1", "10.255.255.1"]

    def rebinds(host, port, *how, **more):
        lookups.append(host)
        return answers(places.pop(0) if host == "catalog.internal" else host)(host, port)

    monkeypatch.setattr(connecting.socket, "getaddrinfo", rebinds)
    port = fake.host.partition(":")[2]
    told = ask(opened(f"http://catalog.internal:{port}", [f"catalog.internal:{port}"]))
    assert (told.name, lookups) == ("Tandem", ["catalog.internal", "127.0.0.1"])


def test_no_proxy_is_asked(opened, fake, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert ask(opened()).name == "Tandem"


def test_nobody_there_is_said(opened, fake):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
        assert (
            "nobody answers there. Try its address where workers run."
            in complaint(opened(f"http://{host}", [host], attempts=1)).message
        )


@pytest.mark.parametrize("name", ["catalog.internal", "other.internal"])
def test_a_certificate_that_nobody_known_has_signed_is_refused(opened, fake, monkeypatch, tmp_path, name):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate_for(name, tmp_path))
    fake._server.socket = server.wrap_socket(fake._server.socket, server_side=True)
    monkeypatch.setattr(connecting.socket, "getaddrinfo", answers("127.0.0.1"))
    host = f"catalog.internal:{fake.host.partition(':')[2]}"
    said = complaint(opened(f"https://{host}", [host]))
    assert "certificate is not valid" in said.message
    assert (said.retryable, fake.asked) == (False, [])


def test_a_certificate_of_another_name_is_refused_whoever_signed_it(opened, fake, monkeypatch, tmp_path):
    path = certificate_for("other.internal", tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    fake._server.socket = server.wrap_socket(fake._server.socket, server_side=True)
    trusting = ssl.create_default_context(cafile=path)
    monkeypatch.setattr(reader.ssl, "create_default_context", lambda: trusting)
    monkeypatch.setattr(connecting.socket, "getaddrinfo", answers("127.0.0.1"))
    host = f"catalog.internal:{fake.host.partition(':')[2]}"
    assert "certificate is not valid" in complaint(opened(f"https://{host}", [host])).message
    right = f"other.internal:{fake.host.partition(':')[2]}"
    assert ask(opened(f"https://{right}", [right])).name == "Tandem"


def test_who_signs_in_the_own_network_is_known_by_a_file(opened, fake, monkeypatch, tmp_path):
    path = certificate_for("catalog.internal", tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    fake._server.socket = server.wrap_socket(fake._server.socket, server_side=True)
    monkeypatch.setattr(connecting.socket, "getaddrinfo", answers("127.0.0.1"))
    host = f"catalog.internal:{fake.host.partition(':')[2]}"
    assert "SSL_CERT_FILE" in complaint(opened(f"https://{host}", [host])).message
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert ask(opened(f"https://{host}", [host])).name == "Tandem"


def test_no_more_questions_a_second_than_agreed(opened, monkeypatch):
    waits = []
    monkeypatch.setattr(reader.time, "sleep", waits.append)
    with opened() as one:
        one._pause = 100.0
        one.get("about", "us/them", shape=Told)
        one.get("about", "us/them", shape=Told)
    assert waits[0] == 0
    assert waits[1] > 99


def answers(address):
    """A resolver that knows one address."""
    return lambda host, port, *how, **more: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
