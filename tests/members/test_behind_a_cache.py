"""A shared cache stands in front of the site (promise P-34): nobody is ever served what is somebody else's."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.consent.builders import Chooser
from tests.register.builders import register

MIA = "1000001"
PERSONAL = ["/", "/choices/", "/choices/history/", "/choices/history.json", "/choices/history.csv"]


class Cache(ThreadingHTTPServer):
    """Keeps whatever it may (RFC 9111), and what says nothing of it too; asks again where it must."""

    daemon_threads = True

    def __init__(self, origin):
        super().__init__(("127.0.0.1", 0), Passing)
        self.origin, self.kept, self.hits = origin, {}, 0


class Passing(BaseHTTPRequestHandler):
    def do_GET(self):
        varied, kept = self.server.kept.get(self.path, ((), {}))
        found = kept.get(tuple(self.headers.get(name, "") for name in varied))
        status, headers, body = self.fetched(found[1].get("etag") if found else None)
        if status == 304 and found:
            self.server.hits += 1
            return self.told(*found)
        self.keep(status, headers, body)
        return self.told(status, headers, body)

    def fetched(self, etag):
        asking = http.client.HTTPConnection("127.0.0.1", self.server.origin, timeout=60)
        given = {name: value for name, value in self.headers.items() if name != "If-None-Match"}
        asking.request("GET", self.path, headers=given | ({"If-None-Match": etag} if etag else {}))
        answer = asking.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def keep(self, status, headers, body):
        control = headers.get("cache-control", "")
        if status == 200 and "no-store" not in control and "private" not in control:
            varied = tuple(name.strip() for name in headers.get("vary", "").split(",") if name)
            key = tuple(self.headers.get(name, "") for name in varied)
            self.server.kept.setdefault(self.path, (varied, {}))[1][key] = (status, headers, body)

    def told(self, status, headers, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name in ("content-type", "cache-control", "etag", "vary"):
            if name in headers:
                self.send_header(name, headers[name])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def cache(live_server):
    """The cache, in front of the site."""
    server = Cache(live_server.thread.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def read(cache, client):
    """Reads an address through the cache, as somebody or as a stranger."""

    def read(path, who=None):
        headers = {}
        if who:
            client.force_login(who)
            headers["Cookie"] = f"sid={client.cookies['sid'].value}"
        asking = http.client.HTTPConnection("127.0.0.1", cache.server_port, timeout=60)
        asking.request("GET", path, headers=headers)
        answer = asking.getresponse()
        return answer.status, answer.read().decode()

    return read


@pytest.fixture
def reference(transactional_db, publish):
    """What Mia's one choice is known by."""
    publish(register())
    return str(Chooser().refuses(member=MIA).reference)


@pytest.mark.parametrize("path", PERSONAL)
def test_what_mia_reads_reaches_neither_max_nor_a_stranger(read, cache, mia, max, reference, path):
    read(path, mia)
    assert [reference in read(path, other)[1] for other in (max, None)] == [False, False]
    assert all(reference.encode() not in body for _, kept in cache.kept.values() for *_, body in kept.values())


@pytest.mark.parametrize("ending", ["/", ".json"])
def test_a_receipt_that_was_read_is_nobody_elses(read, cache, mia, max, reference, ending):
    address = f"/receipts/{reference}{ending}"
    assert read(address, mia)[0] == 200
    assert read(address, max)[0] == 404
    assert address not in cache.kept


def test_what_is_the_same_for_all_is_kept(read, cache, mia, max, reference):
    """The cache does its work: else nothing above would mean anything."""
    assert read("/features/", None) == read("/features/", None)
    assert cache.hits
