"""Tandem's pipelines, running: once a minute they tell the site, over HTTP and with the real client, what they did."""

import os
import sys
import time
from datetime import UTC, datetime

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import RunEvent
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

from transparency.demo.keys import LINEAGE, key_of
from transparency.demo.pipelines import runs

EVERY = 60  # seconds


def client() -> OpenLineageClient:
    config = HttpConfig(url=os.environ["PUBLIC_URL"], auth=ApiKeyTokenProvider({"apiKey": key_of(LINEAGE)}))
    return OpenLineageClient(transport=HttpTransport(config))


def report(sender: OpenLineageClient, events: list[RunEvent]) -> None:
    """Tell of these runs. A site that takes them no more is told in the next minute: that ends nobody."""
    try:
        for event in events:
            sender.emit(event)
    except OSError as fault:  # as are those of the client's requests, refusals too
        sys.stderr.write(f"The site took not all runs ({type(fault).__name__}); it is told again in a minute.\n")


def main() -> None:
    sender = client()
    while True:
        time.sleep(EVERY)
        report(sender, list(runs(datetime.now(UTC))))


if __name__ == "__main__":
    main()
