"""Serves the catalogs of Tandem's search team, each on its port, and a page with a button for each."""

import argparse
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from transparency.demo.catalogs.buttons import Buttons
from transparency.demo.catalogs.server import FakeCatalog
from transparency.demo.catalogs.sources import SERVED, place, read


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("buttons", type=int, help="the port of the page with the buttons")
        parser.add_argument("ports", type=int, nargs=len(SERVED), help="the ports of the catalogs")

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as opened:
            fakes = {
                one.slug: opened.enter_context(FakeCatalog(one.shape, port))
                for one, port in zip(SERVED, options["ports"], strict=True)
            }
            for one in SERVED:
                read(place(one, fakes[one.slug].url))
            titles = {one.slug: one.name for one in SERVED}
            Buttons(options["buttons"], fakes, titles, settings.PUBLIC_URL).serve_forever()
