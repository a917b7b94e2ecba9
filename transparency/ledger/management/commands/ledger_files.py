"""``manage.py ledger_files``: public files of the log were lost or damaged; write all of them anew."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from transparency.ledger.actions import make_files_anew
from transparency.ledger.clock import ClockBehind
from transparency.ledger.sealing import RolledBack


class Command(BaseCommand):
    help = "Write every public file of the log anew from the database, once it is shown to hold what was signed."

    def handle(self, *args: object, **options: object) -> None:
        try:
            checkpoint = make_files_anew(at=timezone.now())
        except (RolledBack, ClockBehind) as fault:
            raise CommandError(str(fault)) from fault
        if checkpoint is None:
            raise CommandError("Another process seals the log at this moment. Try again.")
        self.stdout.write(f"The files of all {checkpoint.size} entries were written anew.")
