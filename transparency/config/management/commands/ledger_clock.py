"""``manage.py ledger_clock``: how this machine's clock stands to the public log, and the way out where it ran ahead.

While a clock is behind the newest seal, nothing is sealed and nothing starts. Where the clock is wrong, set it. Where
it is right, the seals were made by one that had run ahead: ``--ran-ahead WHY`` says so, for ever, in the log and in the
history, and sealing goes on.
"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from transparency.config import standstill
from transparency.ledger import clock


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ran-ahead", metavar="WHY", help="what happened, for the history that staff read")

    def handle(self, *args: object, ran_ahead: str | None, **options: object) -> None:
        now = timezone.now()
        if ran_ahead is None:
            self.stdout.write(clock.fault(now) or "This machine's clock is not behind the log.")
            return
        if not ran_ahead.strip():
            raise CommandError("Say in a few words what happened: --ran-ahead “The time server was a year ahead.”")
        try:
            standstill.say_that_the_clock_ran_ahead(why=ran_ahead.strip()[:1000], at=now)
        except ValueError as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"Sealing goes on from {now:%Y-%m-%d %H:%M} UTC. The public log says so with its next seal.")
