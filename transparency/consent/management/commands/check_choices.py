"""``manage.py check_choices``: every choice compared with its own digest and with the public log."""

from django.core.management.base import BaseCommand, CommandError

from transparency.consent.models import Choice
from transparency.consent.rereading import rewritten


class Command(BaseCommand):
    help = (
        "Compare every choice with its digest and with the public log, and name those that were rewritten since."
        " Changes nothing. Ends with status 1 where one was: restore the choices from a backup then."
    )

    def handle(self, *args: object, **options: object) -> None:
        whole = True
        for sentence in rewritten():
            self.stdout.write(sentence)
            whole = False
        if not whole:
            raise CommandError(
                "Choices were rewritten in the database. Restore them from a backup, and serve nothing before."
            )
        self.stdout.write(f"All {Choice.objects.count()} choices are as they were made.")
