"""Asks a catalog, one question at a time, and tells in words what went wrong.

Nothing of an answer is trusted: where it leads (no other host), how long it takes, how large it gets, what it says it
is. What may pass is asked again, a little later each time; everything else makes the source unreadable.
"""

import math
import random
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote, urljoin, urlsplit

import httpcore2
import httpx2
import msgspec

from transparency.catalog import limits
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.http import retrying
from transparency.catalog.connectors.http.address import PREFIX, Address
from transparency.catalog.connectors.http.bodies import BadBody, decoded, require_json, whole
from transparency.catalog.connectors.http.connecting import Guard
from transparency.catalog.connectors.http.deadline import Deadline
from transparency.catalog.untrusted import shortened
from transparency.outward.destinations import Forbidden

Shape = TypeVar("Shape")
Params = Mapping[str, str | int | bool | Sequence[str]]
QUIET = httpx2.Timeout(20.0, connect=8.0)  # seconds, between two signs of life
AT_MOST = 90.0  # seconds for one answer, all in all
ONE_QUESTION = 180.0  # seconds, however often it is asked: a runner without a sign of life for 300 has lost its claim
HOPS = 3
UNTRUSTED = (
    "Its certificate is not valid for this address, or nobody known has signed it. If your company signs its own, name "
    "the file with the authority's certificate in SSL_CERT_FILE where workers run."
)
FAULTS = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    OSError,
    ValueError,
)


class NotThere(SourceUnreadable):
    """There is no such page."""


class _Passing(Exception):  # noqa: N818 - a state of the catalog
    """It may work in a moment; ``wish`` is for how many seconds the catalog wants to be left alone."""

    def __init__(self, message: str, wish: float = 0.0) -> None:
        super().__init__(message)
        self.message, self.wish = message, wish


class Reader:
    """Asks one catalog. Use it in a ``with`` statement; it keeps its connection between questions.

    ``per_second`` is how many questions it asks at most; ``in_all`` how many seconds all of them may take; ``attempts``
    how often each is asked at most.
    """

    def __init__(self, address: Address, *, per_second: int, in_all: float, attempts: int = retrying.ATTEMPTS) -> None:
        self._address, self._attempts = address, attempts
        self._pause, self._next = 1 / per_second, 0.0
        self._in_all, self._agreed = Deadline(in_all), in_all
        self._guard = Guard(private=address.root.trusted)
        transport = _Transport(self._guard, _trust(address))
        self._client = httpx2.Client(transport=transport, trust_env=False, timeout=QUIET, headers=_headers(address))

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(self, *path: str, shape: type[Shape], params: Params | None = None) -> Shape:
        """The answer to ``GET`` below the catalog's root; each part of ``path`` is one segment, whatever it holds."""
        return self._ask("GET", path, shape, params or {}, None)

    def find(self, *path: str, shape: type[Shape], params: Params | None = None) -> Shape | None:
        """The same, and ``None`` where there is no such page."""
        try:
            return self.get(*path, shape=shape, params=params)
        except NotThere:
            return None

    def post(self, *path: str, shape: type[Shape], body: object, params: Params | None = None) -> Shape:
        """The answer to a question that is itself JSON, as GraphQL wants it. It must change nothing over there."""
        return self._ask("POST", path, shape, params or {}, msgspec.json.encode(body))

    def affords(self, questions: int) -> bool:
        """Whether so many more can be asked in the time that is left, if each is answered at once."""
        return questions * self._pause <= self._in_all.left()

    def _ask(self, method: str, path: tuple[str, ...], shape: type[Shape], params: Params, body: bytes | None) -> Shape:
        request = self._client.build_request(method, self._url(path), params=params or None, content=body)
        asked, patience = shortened("/".join(path), 100), Deadline(ONE_QUESTION)
        for failures in range(1, self._attempts + 1):
            self._keep_pace(asked)
            try:
                return decoded(self._answer(request), shape)
            except _Passing as passing:
                self._wait_or_give_up(failures, passing, asked, patience)
            except BadBody as bad:
                if not bad.cut:
                    raise SourceUnreadable(f"{asked}: {bad.message}") from bad
                self._wait_or_give_up(failures, _Passing(bad.message), asked, patience)
        raise AssertionError("the last attempt returns or raises")

    def _url(self, path: tuple[str, ...]) -> str:
        root = self._address.root
        if any(not part.strip(".") for part in path):
            raise SourceUnreadable("The catalog names something “.” or “..”, which can't be asked for.")
        below = "/".join(quote(part, safe="") for part in path)
        return f"{root.scheme}://{root.netloc}{root.path.rstrip('/')}/{below}"

    def _keep_pace(self, asked: str) -> None:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._pause
        if self._in_all.left() <= 0:
            raise SourceUnreadable(_too_long(self._agreed, asked), retryable=True)
        self._guard.deadline = Deadline(min(AT_MOST, self._in_all.left()))

    def _wait_or_give_up(self, failures: int, passing: _Passing, asked: str, patience: Deadline) -> None:
        seconds = retrying.wait(failures, chance=random.random(), wish=passing.wish)  # noqa: S311 - spreads, hides nothing
        if passing.wish > retrying.LONGEST_WISH:
            wish = f"It wants to be left alone for {_in_minutes(passing.wish)}."
            raise SourceUnreadable(f"{asked}: {passing.message} {wish}", retryable=True)
        if seconds > self._in_all.left():
            raise SourceUnreadable(_too_long(self._agreed, asked), retryable=True)
        if failures >= self._attempts or seconds > patience.left():
            raise SourceUnreadable(f"{asked}: {passing.message}", retryable=True)
        time.sleep(seconds)

    def _answer(self, request: httpx2.Request) -> bytes:
        """The body of the answer, from wherever on the same host it is."""
        try:
            for _ in range(HOPS):
                response = self._client.send(request, stream=True)
                try:
                    if not response.has_redirect_location:
                        return self._body(response)
                    request = self._moved(request, response)
                finally:
                    response.close()
        except Forbidden as forbidden:
            raise SourceUnreadable(str(forbidden)) from forbidden
        except FAULTS as fault:
            raise _in_words(fault) from fault
        raise SourceUnreadable("It sends us from one address to the next, and never answers.")

    def _body(self, response: httpx2.Response) -> bytes:
        status = response.status_code
        if status in retrying.PASSING:
            wish = retrying.wish_in(response.headers.get("Retry-After", ""), datetime.now(UTC))
            raise _Passing(f"It answered with status {status}.", wish)
        if status != httpx2.codes.OK:
            raise SourceUnreadable(self._refused(status))
        require_json(response.headers.get("Content-Type", ""))
        return whole(response.iter_raw(), response.headers.get("Content-Encoding", ""), limits.ANSWER_BYTES)

    def _refused(self, status: int) -> str:
        if status in (401, 403):
            name = self._address.token_name
            shown = (
                f"It was shown the token in {PREFIX}{name}: see there whether it still holds, and what it may read."
                if name
                else "The source names no token: one must be named among its settings."
            )
            return f"It does not let us in (status {status}). {shown}"
        if status == httpx2.codes.NOT_FOUND:
            raise NotThere("It has no such page (status 404). Is this the address of the catalog's API?")
        return f"It answered with status {status}."

    def _moved(self, request: httpx2.Request, response: httpx2.Response) -> httpx2.Request:
        """The same question at another address of the same host. Our token goes nowhere else."""
        url = urljoin(str(request.url), response.headers["Location"])
        root, to = self._address.root, urlsplit(url)
        if (to.scheme, to.netloc) != (root.scheme, root.netloc) or request.method != "GET":
            raise SourceUnreadable("It sends us to another host. Nothing is read there; name the right address.")
        return self._client.build_request("GET", url)


class _Transport(httpx2.BaseTransport):
    """Carries questions over connections that the guard opens."""

    def __init__(self, guard: Guard, trust: ssl.SSLContext) -> None:
        self._pool = httpcore2.ConnectionPool(ssl_context=trust, max_connections=1, network_backend=guard)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        asked = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        answer = self._pool.handle_request(asked)
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Stream(answer))

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _trust(address: Address) -> ssl.SSLContext:
    """Whose certificates count: to read them takes longer than many an answer, and an address without TLS has none."""
    return ssl.create_default_context() if address.root.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _headers(address: Address) -> dict[str, str]:
    told = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "transparency-catalog/1"}
    told |= {"Content-Type": "application/json", "Host": address.root.netloc}
    return told | ({"Authorization": f"Bearer {address.token}"} if address.token else {})


def _too_long(agreed: float, asked: str) -> str:
    return (
        f"Reading it takes longer than the {_in_minutes(agreed)} that it may take; it had come to {asked}. Whoever "
        "runs this site may allow more in CATALOG_READING_MINUTES, or split the source."
    )


def _in_minutes(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    return "1 minute" if minutes == 1 else f"{minutes:,} minutes"


def _in_words(fault: Exception) -> Exception:
    """Which kind of fault it was: its own words may name addresses of our network."""
    if isinstance(fault.__cause__, ssl.SSLError) or "CERTIFICATE" in str(fault):
        return SourceUnreadable(UNTRUSTED)
    if isinstance(fault, httpcore2.TimeoutException):
        return _Passing("It was silent for too long, or did not come to an end.")
    if isinstance(fault, httpcore2.ConnectError):
        return _Passing(
            "No connection: the host's name is not known, or nobody answers there. Try its address where workers run."
        )
    if isinstance(fault, httpcore2.ProtocolError | httpcore2.NetworkError | OSError):
        return _Passing("The answer broke off, or is no HTTP.")
    return SourceUnreadable(f"It can't be asked ({type(fault).__name__}).")
