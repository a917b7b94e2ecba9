"""``manage.py erase_member``: unlinks a member's choices from the member, for ever, and deletes their account here.

Reads the member's key from the first line of standard input: arguments stand in lists of processes and in histories.
"""

import sys

from django.core.management.base import BaseCommand, CommandError

from transparency.consent.actions import erase
from transparency.consent.keys import BadKey


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        key = sys.stdin.readline().rstrip("\r\n")
        try:
            erased = erase(by=None, member=key)
        except BadKey as bad:
            raise CommandError(f"{bad} Write it on the first line of standard input.") from bad
        self.stdout.write(f"Done. {erased} choices belong to nobody now; their numbers and digests stay.")
