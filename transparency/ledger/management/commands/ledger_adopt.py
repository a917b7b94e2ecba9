"""``manage.py ledger_adopt``: the signer's record was lost; go on from what the database holds."""

from django.core.management.base import BaseCommand, CommandError

from transparency.ledger.actions import adopt
from transparency.ledger.sealing import RolledBack


class Command(BaseCommand):
    help = "Write the signer's lost record anew. First compare the log with what a witness saw: nothing else can."

    def handle(self, *args: object, **options: object) -> None:
        try:
            point = adopt()
        except RolledBack as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"The signer goes on from {point.size} entries, root {point.root.hex()}.")
