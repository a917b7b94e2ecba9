"""``manage.py remove_administrator EMAIL``: let one in no more where nobody is left who could agree to it."""

from argparse import ArgumentParser

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from transparency.accounts.actions import remove_administrator


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: object, email: str, **options: object) -> None:
        try:
            user = remove_administrator(email=email)
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from wrong
        self.stdout.write(f"Done: {user.name} can't sign in. For a day nobody acts alone; everybody was written to.")
