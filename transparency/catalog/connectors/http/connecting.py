"""Connections to one catalog: to the very network address that was looked at, and never past the deadline.

The name is resolved once for each connection, every address that it has is looked at, and the connection goes to one of
them, so nobody can answer the second question differently. TLS is checked against the name, as always. No proxy is
asked.
"""

import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from transparency.catalog.connectors.http.deadline import Deadline
from transparency.outward.destinations import require_public, require_reachable


class Guard(httpcore2.NetworkBackend):
    """Opens connections. ``private`` where an operator lists the host as one of the own network.

    ``deadline`` is that of the question that is being asked; whoever asks sets it.
    """

    def __init__(self, *, private: bool) -> None:
        self.private = private
        self.deadline = Deadline(0)
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        address = self._address(host, port)
        stream = self._sockets.connect_tcp(address, port, _shorter(timeout, self.deadline, httpcore2.ConnectTimeout))
        return _Watched(stream, self)

    def _address(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as fault:
            raise httpcore2.ConnectError("The host's name is not known.") from fault
        addresses = [str(entry[4][0]) for entry in found]
        (require_reachable if self.private else require_public)(addresses)
        return addresses[0]


class _Watched(httpcore2.NetworkStream):
    """A connection that ends with the deadline, however often something arrives."""

    def __init__(self, stream: httpcore2.NetworkStream, guard: Guard) -> None:
        self._stream, self._guard = stream, guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _shorter(timeout, self._guard.deadline, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _shorter(timeout, self._guard.deadline, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _shorter(timeout, self._guard.deadline, httpcore2.ConnectTimeout)
        return _Watched(self._stream.start_tls(ssl_context, server_hostname, left), self._guard)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _shorter(timeout: float | None, deadline: Deadline, late: type[Exception]) -> float:
    left = deadline.left()
    if left <= 0:
        raise late("It took longer than agreed.")
    return left if timeout is None else min(timeout, left)
