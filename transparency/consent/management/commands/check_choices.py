"""``manage.py check_choices``: every choice compared with its own digest and with the public log."""

from django.core.management.base import BaseCommand, CommandError

from transparency.consent.models import Choice
from transparency.consent.rereading import rewritten
from transparency.ledger import queries


class Command(BaseCommand):
    help = (
        "Compare every choice with its digest and with the public log, and name those that were rewritten since."
        " Changes nothing. Ends with status 1 where one was: restore the choices from a backup then."
    )

    def handle(self, *args: object, **options: object) -> None:
        found, damaged = False, queries.DAMAGED.format(folder=queries.published().folder)
        for sentence in rewritten():
            if sentence == damaged:
                raise CommandError(damaged)
            self.stdout.write(sentence)
            found = True
        if found:
            raise CommandError(
                "Choices were rewritten in the database. Restore them from a backup, and serve nothing before."
            )
        self.stdout.write(f"All {Choice.objects.count()} choices are as they were made.")
