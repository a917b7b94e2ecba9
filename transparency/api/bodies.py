"""Reads the body of a request within the limits, unzipped where it came zipped."""

import zlib
from typing import BinaryIO, cast

from django.http import HttpRequest
from django.http.request import UnreadablePostError
from gunicorn.http.errors import ParseException

from transparency.api.problems import Refused
from transparency.catalog import limits

_GZIP = 31  # what zlib calls a gzip header with the largest window
_AT_ONCE = 65_536
_CHARSETS = {"utf-8", "utf8", "us-ascii"}


def require_json(request: HttpRequest) -> None:
    """Raises ``Refused`` with 415 unless the body is announced as JSON in UTF-8."""
    if request.content_type != "application/json":
        raise Refused(415, "content_type", "Send JSON, with Content-Type: application/json.")
    require_utf8(request)


def require_utf8(request: HttpRequest) -> None:
    """Raises ``Refused`` with 415 where the body is announced in another encoding."""
    if str((request.content_params or {}).get("charset", "utf-8")).casefold() not in _CHARSETS:
        raise Refused(415, "charset", "Send JSON in UTF-8.")


def read_body(request: HttpRequest, most: int = limits.BODY_BYTES) -> bytes:
    """The body, of at most ``most`` bytes after unzipping. Raises ``Refused`` with 400, 413 or 415.

    Of a body that is too long as much again is read and dropped: whoever still sends would not read our answer, and the
    web server ends a connection on which much of a body waits, with whatever is asked on it next. Longer ones end it.
    """
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().casefold()
    if encoding not in {"identity", "gzip"}:
        raise Refused(415, "content_encoding", "The body may be zipped with gzip, or not at all.")
    if len(request.META.get("CONTENT_LENGTH", "")) > len(str(2 * most)):
        raise _too_large(most)
    try:
        body = _stream(request).read(most + 1)
        if len(body) > most:
            _drop(_stream(request), most)
            raise _too_large(most)
    except (UnreadablePostError, OSError) as fault:
        raise Refused(400, "body.cut", "The body ended before it was complete.") from fault
    except ParseException as fault:  # what the web server says, once it comes to that part of the body
        raise Refused(400, "body.chunks", "The body comes in chunks, and their marks can't be read.") from fault
    return gunzip(body, most) if encoding == "gzip" else body


def gunzip(body: bytes, most: int = limits.BODY_BYTES) -> bytes:
    """Unzips step by step, so that a small body can't grow without end."""
    unzip = zlib.decompressobj(wbits=_GZIP)
    try:
        text = unzip.decompress(body, most + 1)
    except zlib.error as fault:
        raise Refused(400, "gzip", "The body is announced as gzip, and isn't.") from fault
    if len(text) > most:
        raise _too_large(most)
    if len(text) > limits.GUNZIP_FREE_BYTES and len(text) > limits.GUNZIP_RATIO * len(body):
        raise Refused(413, "gzip.ratio", f"The body grows more than {limits.GUNZIP_RATIO} times when it is unzipped.")
    if not unzip.eof or unzip.unused_data:
        raise Refused(400, "gzip", "The zipped body is cut short, or something follows it.")
    return text


def _stream(request: HttpRequest) -> BinaryIO:
    """Java's client zips on the fly and can't say the length beforehand; the server then marks where the body ends."""
    environ = request.META
    if environ.get("wsgi.input_terminated") and "CONTENT_LENGTH" not in environ:
        return cast("BinaryIO", environ["wsgi.input"])
    return cast("BinaryIO", request)


def _drop(stream: BinaryIO, most: int) -> None:
    while most > 0 and (part := stream.read(min(most, _AT_ONCE))):
        most -= len(part)


def _too_large(most: int) -> Refused:
    return Refused(413, "body.size", f"A body may have {most:,} bytes after unzipping.")
