"""A site of our own making: it answers as the real one does, unless a test has it lie, break or go away."""

import hashlib
import io
import json
import threading
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from transparency.enforcement.lists.columns import write_parquet
from transparency.enforcement.lists.header import Header, Kind, Part, signature
from transparency.enforcement.lists.members import Changes, members_of

KEY = "tr_pip"
HOUR = timedelta(hours=1)


@dataclass
class Site:
    """What the site knows, and how it misbehaves: ``damage`` changes a body, ``said`` fields of a header."""

    numbers: set = field(default_factory=lambda: {2, 3, 5, 7})
    texts: set = field(default_factory=set)
    kind: Kind = Kind.LEAVE_OUT
    sequence: int = 10
    base: str = "b1"
    lives: timedelta = HOUR
    said: dict = field(default_factory=dict)
    damage: object = None
    status: int = 200
    key: str = KEY
    waits: int = 0
    digest: str = ""
    touched: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    acknowledged: list = field(default_factory=list)

    def refuses(self, *numbers):
        """Members choose, one after the other."""
        for number in numbers:
            self.sequence += 1
            self.numbers.add(number)
            self.touched[number] = self.sequence

    def allows(self, *numbers):
        for number in numbers:
            self.sequence += 1
            self.numbers.discard(number)
            self.touched[number] = self.sequence

    @property
    def members(self):
        return members_of(self.numbers, self.texts)

    def answer(self, query):
        """Status, headers and body."""
        self.asked.append(query)
        if self.status != 200:
            return self.status, {}, json.dumps({"detail": "as the test has it"}).encode()
        if self.waits:
            self.waits -= 1
            return 202, {"Location": "/api/v1/suppressions/4711", "Retry-After": "0"}, b"{}"
        if "since" in query and query.get("base") != [self.base]:
            return 409, {}, json.dumps({"detail": "fetch the whole list"}).encode()
        rows = self.since(int(query["since"][0])) if "since" in query else self.members
        part = Part(int(query["since"][0]), len(rows), rows.digest()) if "since" in query else None
        header = self.header(part)
        sink = io.BytesIO()
        write_parquet(sink, header, rows)
        body = sink.getvalue()
        digest = self.digest or f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"
        headers = {"Suppressions-Signature": signature(header.seal, self.key), "Repr-Digest": digest}
        return 200, headers, self.damage(body) if self.damage else body

    def since(self, sequence):
        recent = {number for number, at in self.touched.items() if at > sequence}
        listed, others = members_of(recent & self.numbers), members_of(recent - self.numbers)
        return Changes(listed, others) if self.kind == Kind.LEAVE_OUT else Changes(others, listed)

    def header(self, part):
        now = datetime.now(UTC).replace(microsecond=0)
        usual = {
            "kind": self.kind,
            "feature": "job-ranking",
            "stage": "training",
            "categories": (),
            "edition": 3,
            "sequence": self.sequence,
            "base": self.base,
            "count": len(self.members),
            "digest": self.members.digest(),
            "created": now,
            "expires": now + self.lives,
            "audience": "nightly",
            "changes": part,
        }
        return Header(**(usual | self.said)).sealed()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self.send(401, {}, b"{}")
        return self.send(*self.server.site.answer(parse_qs(urlsplit(self.path).query)))

    def do_POST(self):
        self.server.site.acknowledged.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send(self.server.site.status, {}, b'{"verdict":"fine","detail":"as the test has it"}')

    def send(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Says nothing."""


class Running:
    """The site on a port of this machine; it may be stopped, and started again at the same place."""

    def __init__(self, site):
        self.site, self.port, self.server = site, 0, None
        self.start()

    def start(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.site, self.port = self.site, self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"
