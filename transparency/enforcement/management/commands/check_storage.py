"""``manage.py check_storage``: whether long lists can be kept where SUPPRESSIONS_STORAGE says."""

from django.core.management.base import BaseCommand, CommandError

from transparency.enforcement.actions.keeping_lists import store
from transparency.enforcement.storing import in_words, try_out


class Command(BaseCommand):
    help = (
        "Put a small file where SUPPRESSIONS_STORAGE says that long lists are kept, read it and throw it away."
        " Ends with status 1, and says why, where that fails: then no pipeline would get a long list."
    )

    def handle(self, *args: object, **options: object) -> None:
        try:
            try_out(store())
        except Exception as fault:  # whatever a storage raises: S3 has its own errors
            raise CommandError(f"No list can be kept where SUPPRESSIONS_STORAGE says. {in_words(fault)}") from fault
        self.stdout.write("Lists can be kept where SUPPRESSIONS_STORAGE says: a file was put there, read, thrown away.")
