"""Load from one process over kept-open connections: as many requests as the server answers."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, takewhile


def rate(
    port: int, requests: Sequence[bytes], *, status: int, connections: int = 16, seconds: float | None = 1.0
) -> float:
    """Answers per second. Every answer must have the status.

    The requests are sent in turn, again and again for ``seconds``; each once where that is ``None``.
    """
    return asyncio.run(_rate(port, requests, status, connections, seconds))


async def _rate(port: int, requests: Sequence[bytes], status: int, connections: int, seconds: float | None) -> float:
    start = time.perf_counter()
    waiting = iter(requests) if seconds is None else _until(start + seconds, requests)
    answered = sum(await asyncio.gather(*(_client(port, waiting, status) for _ in range(connections))))
    return answered / (time.perf_counter() - start)


def _until(end: float, requests: Sequence[bytes]) -> Iterator[bytes]:
    return takewhile(lambda _: time.perf_counter() < end, cycle(requests))


async def _client(port: int, waiting: Iterator[bytes], status: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    for request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if int(head[9:12]) != status:
            raise RuntimeError(f"Expected {status}, got {head.decode()}")
        await reader.readexactly(_length(head))
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answered += 1
    writer.close()
    return answered


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def get(path: str, **headers: str) -> bytes:
    """A GET request as bytes; ``_`` in a header's name stands for ``-``."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Accept-Encoding: gzip"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(path: str, body: bytes, **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
