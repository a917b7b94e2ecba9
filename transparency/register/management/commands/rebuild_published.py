"""``manage.py rebuild_published``: every edition made anew, and compared with what was published."""

import hashlib
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from transparency.register import files, rebuilding
from transparency.register.actions import work_out_anew
from transparency.register.exports.formats import FORMATS
from transparency.register.models import Edition


class Command(BaseCommand):
    help = (
        "Make every edition anew from what it says, and compare it with the bytes, the digest and the entry in the "
        "public log that were published. Changes nothing. Ends with status 1 where one is not what it was. "
        "With --beside, what is kept beside editions (since when a use is the same, what changed) is put right first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, nargs="*", help="Of which editions. Without it: of all.")
        parser.add_argument("--beside", action="store_true", help="Put right what is kept beside editions.")
        parser.add_argument("--files", action="store_true", help="Say the SHA-256 of each file of an edition, too.")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in work_out_anew(by=None, at=timezone.now()) if options["beside"] else ():
            self.stdout.write(f"What is kept beside edition {number} was worked out anew.")
        wanted, editions = options["number"], Edition.objects.order_by("number")
        found = list(editions.filter(number__in=wanted) if wanted else editions)
        if missing := sorted(set(wanted) - {one.number for one in found}):
            raise CommandError(f"There is no edition {', '.join(map(str, missing))}.")
        bad = [one.number for one in found if not self._same(one, options["files"])]
        if bad:
            raise CommandError(f"Not what was published: edition {', '.join(map(str, bad))}.")

    def _same(self, edition: Edition, with_files: bool) -> bool:
        wrong = list(rebuilding.differences(edition))
        verdict = f"differs: {', '.join(wrong)}" if wrong else "as published"
        self.stdout.write(f"{edition.number} {edition.digest} {verdict}")
        for form in FORMATS if with_files else ():
            body = files.whole(edition, form).body
            self.stdout.write(f"{form.address(edition.number)} {hashlib.sha256(body).hexdigest()}")
        return not wrong
