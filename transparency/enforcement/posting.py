"""Sends something to an address that others chose: to the very network address that was looked at, and no further.

The name is resolved once, every address that it has is looked at, and the connection goes to one of these; nothing is
followed, no proxy is asked, the answer's body isn't read, and all of it ends in time.
"""

import asyncio
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import httpx2

from transparency.outward.destinations import Destination, Forbidden, destination, require_public, require_reachable

AT_MOST = 15.0  # seconds, all in all
QUIET = httpx2.Timeout(8.0)  # seconds, between two signs of life
LONGEST_ERROR = 200


@dataclass(frozen=True)
class Answer:
    """What came of it: the status, 0 where there was none, and why it failed, in words; empty where it did not."""

    status: int = 0
    error: str = ""
    retry_after: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


def post(url: str, body: str, headers: Mapping[str, str], trusted: Collection[str]) -> Answer:
    """Send ``body``. Never raises: whatever goes wrong is an answer."""
    try:
        return asyncio.run(asyncio.wait_for(_post(url, body, headers, trusted), AT_MOST))
    except Forbidden as forbidden:
        return Answer(error=str(forbidden))
    except TimeoutError:
        return Answer(error=f"No answer within {AT_MOST:.0f} seconds.")
    except socket.gaierror:
        return Answer(error="The host's name is not known.")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as fault:
        return Answer(error=_words(fault))


async def _post(url: str, body: str, headers: Mapping[str, str], trusted: Collection[str]) -> Answer:
    to = destination(url, trusted)
    address = await _address(to)
    told = {**headers, "Host": to.netloc}
    names = {"sni_hostname": to.host} if to.scheme == "https" else {}
    async with (
        httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=QUIET, verify=_context()) as client,
        client.stream("POST", to.at(address), content=body.encode(), headers=told, extensions=names) as response,
    ):
        wish = response.headers.get("Retry-After", "")[:20]
        return Answer(response.status_code, _refusal(response.status_code), wish)


async def _address(to: Destination) -> str:
    found = await asyncio.to_thread(socket.getaddrinfo, to.host, to.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    (require_reachable if to.trusted else require_public)(addresses)
    return addresses[0]


def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _refusal(status: int) -> str:
    """What is wrong with an answer of this status; empty where nothing is."""
    if 200 <= status < 300:
        return ""
    leads_on = " It leads to another address, and no redirect is followed." if 300 <= status < 400 else ""
    return f"It answered with status {status}.{leads_on}"


def _words(fault: Exception) -> str:
    """Which kind of fault it was: its own words may name addresses of our network."""
    if isinstance(fault.__cause__, ssl.SSLError) or "CERTIFICATE" in str(fault):
        return "Its certificate is not valid."
    if isinstance(fault, httpx2.TimeoutException):
        return f"It was silent for {QUIET.read:.0f} seconds."
    if isinstance(fault, httpx2.ConnectError):
        return "Nobody takes the connection there."
    if isinstance(fault, (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)):
        return "It ended the connection before it answered, or its answer is no HTTP."
    return f"No connection ({type(fault).__name__})."[:LONGEST_ERROR]
