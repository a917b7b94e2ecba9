"""``manage.py appoint_administrator EMAIL NAME``: the first account of a new installation, which has none."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from transparency.accounts.actions import appoint_first_administrator


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: object, email: str, name: str, **options: object) -> None:
        try:
            appoint_first_administrator(email=email, name=name)
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from wrong
        self.stdout.write(f"Done. Set a password at {settings.PUBLIC_URL}/accounts/password/reset/ and sign in.")
