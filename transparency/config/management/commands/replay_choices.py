"""``manage.py replay_choices``: after an older backup was restored, what members chose since comes back.

Choices and editions come from the archive (``CHOICES_ARCHIVE``, or the folder that is named), the log's entries from
its public files. All is compared with what was signed; where something is missing or differs, nothing is changed.
"""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from transparency.config.replaying import replay
from transparency.consent.replaying import NotReplayed
from transparency.ledger.sealing import RolledBack
from transparency.register.actions import Lost


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", default=settings.CHOICES_ARCHIVE, help="Of the archive.")

    def handle(self, *args: object, folder: str, **options: object) -> None:
        if not folder or not Path(folder).is_dir():
            raise CommandError(f"“{folder}” is no folder. Name the one that CHOICES_ARCHIVE named, or a copy of it.")
        try:
            done = replay(place=Path(folder), at=timezone.now())
        except (RolledBack, Lost, NotReplayed, ValueError) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(
            f"{done.choices} choices, {done.editions} editions and {done.entries} entries of the log came back, and"
            f" {done.erased} members were erased once more. Start the site: the log goes on where it was."
        )
