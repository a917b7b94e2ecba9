"""``python -m tests.api.refusing``: reads hostile bodies as the site does, each in a process that may not grow much.

Prints the name of each that was refused as it should be. One process learns what the site knows, and leaves each body
to a child: to start anew for each took longer than to read them.
"""

import gzip
import json
import resource
import sys
import time
import zlib
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import django

from tests.scenarios.openlineage import columns, custom, dataset, run_event

MORE_BYTES = 200 * 1024 * 1024  # what reading one request may take
CPU_SECONDS = 10
LONG = 40_000_000
DEEP = 4_000_000 // 2


def _bomb():
    """Packed as well as it goes, by what takes a fourth of the time where all bytes are alike."""
    packing = zlib.compressobj(9, zlib.DEFLATED, 31, 9, zlib.Z_RLE)
    return packing.compress(bytes(1024**3)) + packing.flush()


def _event(event):
    return json.dumps(event).encode()


BODIES = {
    "nothing": lambda: b"",
    "40 MB": lambda: b" " * LONG,
    "a bomb of 1 GB": _bomb,
    "a bomb in a bomb": lambda: gzip.compress(gzip.compress(bytes(LONG))),
    "half a gzip": lambda: gzip.compress(bytes(LONG))[:-20],
    "lists in lists without end": lambda: b"[" * DEEP + b"]" * DEEP,
    "objects in objects without end": lambda: b'{"a":' * 700_000,
    "1,000 deep": lambda: b"[%s]" % _event(custom("here")).replace(b'"here"', b'{"a":' * 1_000 + b"1" + b"}" * 1_000),
    "10,001 columns": lambda: b"[%s]" % _event(run_event(outputs=[dataset("t", **columns(10_001))])),
    "a name of 4 MB": lambda: b"[%s]" % _event(run_event(outputs=[dataset("t" * 4_000_000)])),
    "a number of 4 MB": lambda: b"[%s]" % (b"9" * 4_000_000),
    "100,000 keys": lambda: b"[%s]" % _event(custom({str(number): 1 for number in range(100_000)})),
    "a million events": lambda: b"[%s]" % b",".join([b"{}"] * 1_000_000),
    "half a text": lambda: b"[%s" % _event(run_event())[:-9],
    "lone surrogates": lambda: b'[{"eventTime": "\\ud800"}]' * 1,
    "no UTF-8": lambda: b'["\xff\xfe"]',
    "NUL": lambda: b"[%s]" % _event(run_event(outputs=[dataset("a\0b")])),
}


def main():
    django.setup()
    from django.test import RequestFactory
    from django.utils import timezone

    from transparency.api.endpoints import lineage
    from transparency.api.problems import Refused
    from transparency.catalog import intake
    from transparency.catalog.connectors.base import BadEvent

    def read(name):
        request = _request(RequestFactory(), BODIES[name]())
        _held_in_bounds()
        try:
            list(intake._checked(lineage.split(lineage.read_body(request)), timezone.now()))
        except (Refused, BadEvent):
            return
        sys.exit(f"{name} was taken.")

    for name in BODIES:
        child = get_context("fork").Process(target=read, args=(name,))
        child.start()
        child.join()
        if child.exitcode == 0:
            sys.stdout.write(f"{name}\n")


def _request(factory, body):
    zipped = {"HTTP_CONTENT_ENCODING": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    request = factory.post("/api/v1/lineage/batch", b"", "application/json", **zipped)
    request._stream = BytesIO(body)
    request.META["CONTENT_LENGTH"] = str(len(body))
    return request


def _held_in_bounds():
    most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + MORE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    until = int(time.process_time()) + 1 + CPU_SECONDS  # what it took to make the body is not the reader's
    resource.setrlimit(resource.RLIMIT_CPU, (until, until))


if __name__ == "__main__":
    main()
