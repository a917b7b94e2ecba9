"""One request at a time to the site: within its time, never redirected, the key only over TLS or to this machine."""

import hashlib
import json
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import SplitResult, urlencode, urlsplit

from transparency.enforcement.pulling.faults import Contradicted, NotEntitled, NotKept, Unreachable, Untrusted

HERE = {"localhost", "127.0.0.1", "::1"}
AT_ONCE = 1 << 20
LARGEST_PROBLEM = 65_536
CONFLICT = 409  # of lists, it says that another one must be asked for
LATER = {408, 425, 429}


@dataclass(frozen=True)
class Answer:
    """Status and headers, by their names in lower case; the body is ``text``, or in the file that was named."""

    status: int
    headers: Mapping[str, str]
    text: bytes = b""


class Connection:
    """Speaks to the site at ``url`` with a pipeline's ``key``. ``timeout`` is what one silence may last, in seconds."""

    def __init__(self, url: str, key: str, timeout: float, deadline: float) -> None:
        self.site, self._key, self._timeout, self._deadline = _site(url), key, timeout, deadline

    def fetch(self, path: str, query: Mapping[str, Any], accept: str, into: Path) -> Answer:
        """GET; the body of a 200 is written to ``into``. Raises ``Unreachable``, ``NotEntitled`` or ``Untrusted``."""
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        return self._exchange("GET", target, {"Accept": accept}, None, into)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST of JSON; returns the JSON that is answered. Raises as ``fetch`` does, and ``Contradicted``."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = self._exchange("POST", path, headers, json.dumps(body).encode(), None)
        if answer.status == CONFLICT:
            raise Contradicted(f"The server answers {CONFLICT}: {reason(answer.text)}")
        try:
            return dict(json.loads(answer.text or b"{}"))
        except ValueError as fault:
            raise Untrusted("The server's answer can't be read.") from fault

    def within(self, location: str) -> str:
        """Path and query of an address that the server named. Raises ``Untrusted`` where it is another server's."""
        named = urlsplit(location)
        if (named.scheme or self.site.scheme, named.netloc or self.site.netloc) != self.site[:2]:
            raise Untrusted("The server sends us to another server, to which the key must not go.")
        return f"{named.path}?{named.query}" if named.query else named.path

    def _exchange(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None, into: Path | None
    ) -> Answer:
        own = {"Authorization": f"Bearer {self._key}", "Accept-Encoding": "identity", "Connection": "close"}
        connection = self._open()
        try:
            connection.request(method, f"{self.site.path.rstrip('/')}{target}", body, own | headers)
            return self._answer(connection.getresponse(), into)
        except (OSError, HTTPException) as fault:
            raise Unreachable(f"The server didn't answer, or not in time ({type(fault).__name__}).") from fault
        finally:
            connection.close()

    def _open(self) -> HTTPConnection:
        host, port = self.site.hostname or "", self.site.port
        if self.site.scheme == "https":
            return HTTPSConnection(host, port, timeout=self._timeout, context=ssl.create_default_context())
        return HTTPConnection(host, port, timeout=self._timeout)

    def _answer(self, response: HTTPResponse, into: Path | None) -> Answer:
        headers = {name.lower(): value for name, value in response.getheaders()}
        if response.status == 200 and into is not None:
            self._download(response, headers, into)
            return Answer(200, headers)
        text = response.read(LARGEST_PROBLEM)
        if response.status in (200, 201, 202, CONFLICT):
            return Answer(response.status, headers, text)
        raise _refusal(response.status, text)

    def _download(self, response: HTTPResponse, headers: Mapping[str, str], into: Path) -> None:
        digest, length = hashlib.sha256(), 0
        with _written(into) as file:
            for chunk in self._chunks(response):
                digest.update(chunk)
                length += file.write(chunk)
        if headers.get("content-length", str(length)) != str(length):
            raise Untrusted("The list was cut short on its way.")
        if headers.get("repr-digest") != f"sha-256=:{b64encode(digest.digest()).decode()}:":
            raise Untrusted("The list was changed on its way: it doesn't match the digest that came with it.")

    def _chunks(self, response: HTTPResponse) -> Iterator[bytes]:
        """A server that drips would never be silent for long; its time ends all the same."""
        end = time.monotonic() + self._deadline
        while chunk := response.read(AT_ONCE):
            if time.monotonic() > end:
                raise TimeoutError("the download takes too long")
            yield chunk


@contextmanager
def _written(path: Path) -> Iterator["_Writer"]:
    """A file whose faults are the disk's, and not taken for the server's."""
    try:
        file = path.open("wb")
    except OSError as fault:
        raise NotKept(f"The list can't be kept on this disk: {fault.strerror}.") from fault
    with file:
        yield _Writer(file)


class _Writer:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, chunk: bytes) -> int:
        try:
            written = self._file.write(chunk)
            self._file.flush()
        except OSError as fault:
            raise NotKept(f"The list can't be kept on this disk: {fault.strerror}.") from fault
        return written


def _site(url: str) -> SplitResult:
    site = urlsplit(url)
    if site.scheme not in ("http", "https") or not site.hostname:
        raise ValueError("The server's address begins with https:// and names a host.")
    if site.scheme == "http" and site.hostname not in HERE:
        raise ValueError("The key must not travel in the clear: the server's address begins with https://.")
    return site


def _refusal(status: int, text: bytes) -> Exception:
    if status >= 500 or status in LATER:
        return Unreachable(f"The server answers {status}: {reason(text)}")
    if 400 <= status < 500:
        return NotEntitled(f"The server answers {status}: {reason(text)}")
    return Untrusted(f"The server answers {status}, which is no answer to our question.")


def reason(text: bytes) -> str:
    """What a problem document says, shortened; some words in place of anything else."""
    try:
        return str(json.loads(text)["detail"])[:300]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "it doesn't say why."
