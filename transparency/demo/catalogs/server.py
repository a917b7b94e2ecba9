"""The server of the fakes: answers what its shapes say, badly where it was told to."""

import json
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from transparency.demo.catalogs.faults import Fault

MEGABYTE = b" " * 1_000_000
Answer = object | None
"""What becomes JSON, or ``None`` where there is no such page."""


@dataclass(frozen=True)
class Asked:
    """One question: the segments of its path, its parameters, its body where it has one, and what is wrong here."""

    path: tuple[str, ...]
    params: Mapping[str, str]
    body: object = None
    bad: Fault | None = None

    def number(self, name: str, otherwise: int) -> int:
        return int(self.params.get(name, otherwise))


Shape = Callable[[Asked], Answer]


@dataclass
class FakeCatalog:
    """Answers on a port of this machine while it is used in a ``with`` statement.

    ``fault`` is what is wrong with it, after so many questions and until so many. ``patience`` is for how many seconds
    it keeps a line open without a word; ``gap``, how many lie between two bytes where it drips. What lies below the
    path ``locked``, where it names one, is forbidden (status 403). ``asked`` has the paths of all questions, ``tokens``
    what was shown with them.
    """

    shape: Shape
    port: int = 0
    fault: Fault | None = None
    after: int = 0
    until: int = 1_000_000_000
    patience: float = 120.0
    gap: float = 0.2
    locked: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def __enter__(self) -> "FakeCatalog":
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = _Server(("127.0.0.1", self.port), handler)
        self._ended = threading.Event()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def bad(self) -> Fault | None:
        """What is wrong with this answer."""
        return self.fault if self.after < len(self.asked) <= self.until else None

    def wait(self, seconds: float) -> bool:
        """Wait; true once the fake has ended."""
        return self._ended.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Says nothing: who asks may hang up in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    fake: FakeCatalog
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are sent one after the other

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null"))

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _answer(self, body: object) -> None:
        url = urlsplit(self.path)
        self.fake.asked.append(self.path)
        self.fake.tokens.append(self.headers.get("Authorization", ""))
        path = tuple(unquote(part) for part in url.path.strip("/").split("/"))
        params = {name: values[0] for name, values in parse_qs(url.query).items()}
        bad = SENDING.get(self.fake.bad) if self.fake.bad else None
        found = self.fake.shape(Asked(path, params, body, self.fake.bad))
        content = b"" if found is None else json.dumps(found).encode()
        try:
            if bad:
                bad(self, content)
            elif self.fake.locked and path[: len(self.fake.locked)] == self.fake.locked:
                self.send(403, b"")
            elif found is None:
                self.send(404, b'{"code": 404}')
            else:
                self.send(200, content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send(self, status: int, content: bytes, **headers: str) -> None:
        """An answer as it should be; ``headers`` instead of, or beside, the usual ones."""
        told = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        self.send_response(status)
        for name, value in (told | {name.replace("_", "-"): value for name, value in headers.items()}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _silent(handler: _Handler, content: bytes) -> None:
    handler.fake.wait(handler.fake.patience)
    handler.close_connection = True


def _drips(handler: _Handler, content: bytes) -> None:
    for byte in b"HTTP/1.1 200 " + b"O" * 100_000:
        handler.wfile.write(bytes([byte]))
        if handler.fake.wait(handler.fake.gap):
            break
    handler.close_connection = True


def _status(status: int, **headers: str) -> Callable[[_Handler, bytes], None]:
    return lambda handler, content: handler.send(status, b"{}", **headers)


def _cut(handler: _Handler, content: bytes) -> None:
    handler.send(200, content[: len(content) // 2], Content_Length=str(len(content)))
    handler.close_connection = True


def _cut_chunk(handler: _Handler, content: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"%x\r\n" % (len(content) + 10) + content)
    handler.close_connection = True


def _half(handler: _Handler, content: bytes) -> None:
    handler.send(200, content[: len(content) // 2])


def _page(handler: _Handler, content: bytes) -> None:
    handler.send(200, b"<!doctype html><title>Sign in</title>", Content_Type="text/html")


def _not_zipped(handler: _Handler, content: bytes) -> None:
    handler.send(200, content, Content_Encoding="gzip")


@cache
def bomb() -> bytes:
    """A few megabytes that unzip to a thousand; made once, for it takes a second."""
    zipping = zlib.compressobj(1, wbits=31)
    return b"".join(zipping.compress(MEGABYTE) for _ in range(1_000)) + zipping.flush()


def _bomb(handler: _Handler, content: bytes) -> None:
    handler.send(200, bomb(), Content_Encoding="gzip")


def _huge(handler: _Handler, content: bytes) -> None:
    handler.send(200, b'{"a": "' + b"x" * 40_000_000 + b'"}')


def _deep(handler: _Handler, content: bytes) -> None:
    handler.send(200, b"[" * 100_000)


def _loop(handler: _Handler, content: bytes) -> None:
    handler.send(302, b"", Location=handler.path)


def _elsewhere(handler: _Handler, content: bytes) -> None:
    handler.send(302, b"", Location="http://169.254.169.254/latest/meta-data/")


SENDING: dict[Fault, Callable[[_Handler, bytes], None]] = {
    Fault.SILENT: _silent,
    Fault.DRIPS: _drips,
    Fault.BROKEN: _status(500),
    Fault.BUSY: _status(429, Retry_After="1"),
    Fault.BUSY_FOR_A_DAY: _status(429, Retry_After="86400"),
    Fault.BUSY_SOMEHOW: _status(429, Retry_After="abc"),
    Fault.BUSY_BACKWARDS: _status(429, Retry_After="-5"),
    Fault.LOCKED: _status(401),
    Fault.CUT: _cut,
    Fault.CUT_CHUNK: _cut_chunk,
    Fault.HALF_JSON: _half,
    Fault.SIGN_IN_PAGE: _page,
    Fault.NOT_ZIPPED: _not_zipped,
    Fault.BOMB: _bomb,
    Fault.HUGE: _huge,
    Fault.DEEP: _deep,
    Fault.LOOP: _loop,
    Fault.ELSEWHERE: _elsewhere,
}
