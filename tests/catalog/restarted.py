"""Refreshes a source while PostgreSQL, a private one of its own, is restarted in the middle of the merge.

Run as a process of its own, with ``TRANSPARENCY_LOCAL`` naming an empty folder; prints what it found, as JSON.
"""

import json
import os
import signal
import sys
from contextlib import suppress

os.environ["DJANGO_SETTINGS_MODULE"] = "transparency.config.settings"

import django

from transparency.config import embedded

postgres = []


def start(options):
    """Starts it, and remembers it."""
    postgres.append(embedded_start(options))
    return postgres[-1]


def restart():
    """As a machine does that loses its power: nobody is told, nothing is finished."""
    postgres[-1].send_signal(signal.SIGQUIT)
    postgres[-1].wait(timeout=60)
    embedded.wait_until_ready(start(()))


def main():
    from django.core.management import call_command
    from django.db import connection

    from tests.catalog.builders import Shelf, flow, snapshot
    from transparency.catalog import actions
    from transparency.catalog.actions import refreshing
    from transparency.catalog.models import Flow, Refresh, Source

    old = snapshot(flow("users", "features"), flow("features", "model ranker"))
    new = snapshot(flow("users", "features"), flow("features", "copies"), flow("copies", "model ranker"))
    call_command("migrate", verbosity=0)
    source = Source.objects.create(slug="warehouse", name="Warehouse", connector="dbt")

    def refresh(found):
        asked = actions.request_refresh(by=None, source=source)
        with suppress(django.db.Error):
            actions.refresh(refresh_id=asked.pk, connector_for=Shelf(found))
        return Refresh.objects.get(pk=asked.pk)

    refresh(old)
    merge = refreshing.merge

    def merge_and_lose_it(*told):
        merged = merge(*told)
        restart()
        return merged

    refreshing.merge = merge_and_lose_it
    broken = refresh(new)
    found = {"broken": broken.state, "error": broken.error, "flows": Flow.objects.count()}
    refreshing.merge = merge
    healed = refresh(new)
    connection.close()
    sys.stdout.write(json.dumps(found | {"healed": healed.state, "flows_then": Flow.objects.count()}))


if __name__ == "__main__":
    embedded_start, embedded.start_postgres = embedded.start_postgres, start
    with embedded.servers():
        django.setup()
        main()
        postgres[-1].send_signal(signal.SIGINT)
        postgres[-1].wait(timeout=60)
    embedded.throw_away()
