"""Makes ready what the demo serves: tables, static files and the sample company."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from transparency.consent.proofs import enter_choices
from transparency.demo import company
from transparency.demo.keys import keep, keep_witness_key
from transparency.ledger.actions import seal
from transparency.ledger.clock import ClockBehind
from transparency.ledger.sealing import RolledBack


def outdated(collected: Path, sources: list[Path]) -> bool:
    """Whether some static file was written after the files were last collected."""
    manifest = collected / "staticfiles.json"
    newest = max(path.stat().st_mtime for folder in sources for path in folder.rglob("*"))
    return not manifest.exists() or manifest.stat().st_mtime < newest


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        call_command("migrate", verbosity=0)
        if outdated(Path(settings.STATIC_ROOT), [*map(Path, settings.STATICFILES_DIRS)]):
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        keep(company.load())
        keep_witness_key()
        _seal()


def _seal() -> None:
    """What the company said long ago is in its log from the start, or the site's first words are that it is held up."""
    now = timezone.now()
    enter_choices(at=now)
    try:
        seal(at=now)
    except (RolledBack, ClockBehind) as fault:
        raise CommandError(str(fault)) from fault
