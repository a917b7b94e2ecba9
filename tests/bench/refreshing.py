"""Refreshes one source, or stores the same rows barely, in a process of its own; tells the seconds and the memory."""

import json
import sys
import time
from pathlib import Path

import django

django.setup()

from tests.bench import bare  # noqa: E402 - models need the settings
from tests.bench.using_client import memory  # noqa: E402
from transparency.catalog import actions  # noqa: E402
from transparency.catalog.connectors import connector_for  # noqa: E402
from transparency.catalog.models import Source  # noqa: E402


def main(what: str, argument: str) -> None:
    start = time.perf_counter()
    if what == "bare":
        bare.store(Path(argument))
    else:
        _refresh(Source.objects.get(slug=argument))
    sys.stdout.write(json.dumps([time.perf_counter() - start, memory() * 1024 * 1024 / 1_000_000]))


def _refresh(source: Source) -> None:
    asked = actions.request_refresh(by=None, source=source)
    done = actions.refresh(refresh_id=asked.pk, connector_for=connector_for)
    if done is None or done.state != "succeeded":
        raise RuntimeError(f"The refresh ended otherwise: {done and done.error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
