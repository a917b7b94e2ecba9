"""``manage.py ledger_verify URL …``: what anybody can run, run by us: the same program, with the same answers."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from transparency.ledger import verify


class Command(BaseCommand):
    help = "Check the log at an address, as an outsider would. Takes what verify.py takes; see its --help."

    def run_from_argv(self, argv: list[str]) -> None:
        """The script reads its own arguments: Django's would only stand in their way."""
        sys.argv = argv[1:]
        sys.exit(not verify.done(verify.check))

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(not verify.done(verify.check))
