"""``manage.py export FORMAT``: the register in a format that others use."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from transparency.register import files, queries
from transparency.register.exports.formats import BY_KEY
from transparency.register.models import Edition


class Command(BaseCommand):
    help = "Write an edition of the register in one of the formats that the site offers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        formats = "; ".join(f"{one.key}: {one.name}" for one in BY_KEY.values())
        parser.add_argument("format", choices=BY_KEY, metavar="FORMAT", help=formats)
        parser.add_argument("--edition", type=int, help="Its number. Without it: the edition in force.")
        parser.add_argument("--output", type=Path, help="The file to write. Without it: standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        edition = _edition(options["edition"])
        found = files.whole(edition, BY_KEY[options["format"]])
        if words := files.sentence(edition):
            self.stderr.write(words)
        if options["output"] is None:
            sys.stdout.buffer.write(found.body)
            return
        try:
            options["output"].write_bytes(found.body)
        except OSError as fault:
            raise CommandError(f"{options['output']} can't be written: {fault.strerror}.") from fault
        self.stderr.write(f"{len(found.body):,} bytes are in {options['output']}.")


def _edition(number: int | None) -> Edition:
    if number is None:
        found = queries.edition_in_force(timezone.now())
        if found is None:
            raise CommandError("No edition is in force yet. Publish one, or name one with --edition.")
        return found
    found = queries.edition(number) if 0 < number < 2**31 else None
    if found is None:
        raise CommandError(f"There is no edition {number}. The addresses of all are at /changes/.")
    return found
