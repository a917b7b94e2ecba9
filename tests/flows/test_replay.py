"""P-10: after an older backup was restored nothing is served, and what members chose since can be brought back."""

from io import StringIO

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.register.builders import NOON, register, use
from transparency.config import past
from transparency.consent import archive
from transparency.consent.actions import erase
from transparency.consent.models import Batch, Choice, Journal, MemberKey
from transparency.consent.proofs import enter_choices
from transparency.consent.rereading import rewritten
from transparency.enforcement.models import ListGiven
from transparency.ledger import queries
from transparency.ledger.actions import enter, seal
from transparency.register.models import Edition, EditionSince

pytestmark = pytest.mark.django_db(transaction=True)
CHOICES = "choices-000000000.jsonl"
NOT_WHOLE = [
    (f"archive/{CHOICES}", '"member":"zoe"', '"member":"zoo"', "Choice 7 in the archive is another one"),
    (f"archive/{CHOICES}", '{"sequence":5,', '{"sequence":50,', "Choice 5 is neither in the database nor in"),
    (f"archive/{CHOICES}", '"salt":null', '"salt":"00"', "is not the one that its member made"),
    (f"archive/{CHOICES}", "sequence", "number", "Line 1 of .* is no choice"),
    ("archive/edition-000002.json", "training", "evaluation", "Edition 2 is in the public log, and neither"),
    ("ledger/public/tile/entries/000.p/7", "", "x", "does not hold them. Bring the folder “public” back"),
    ("ledger/public/tile/entries/000.p/7", "500", "501", "the log is not the one that was signed"),
]
# A web server of tests before may still be connected: nobody may look at what is copied.
ELSEWHERE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
MEMBERS = ("7", "8", "mia", "zoe")


@pytest.fixture(autouse=True)
def kept(settings):
    """Where choices are kept apart."""
    place = settings.LEDGER_DIR.parent / "archive"
    settings.CHOICES_ARCHIVE = str(place)
    return place


@pytest.fixture
def server():
    """PostgreSQL itself, where databases are copied and restored."""
    to = {name: value for name, value in connection.get_connection_params().items() if isinstance(value, str | int)}
    with psycopg.connect(**to | {"dbname": "postgres"}, autocommit=True) as known:
        yield known


@pytest.fixture
def restored(server, publish, chooses):
    """A backup was made; much was chosen, said and erased since, and sealed; then the backup took the place of it all.

    Gives what stood in the database before it was lost.
    """
    publish(register())
    chosen_by(chooses, *MEMBERS[:3])
    name = connection.settings_dict["NAME"]
    connection.close()
    server.execute(ELSEWHERE, [name])
    server.execute(f"DROP DATABASE IF EXISTS {name}_older")  # of a test that was broken off
    server.execute(f'CREATE DATABASE {name}_older TEMPLATE "{name}"')
    chosen_by(chooses, *MEMBERS * 3)
    publish(register(use(), use(stage="inference")))
    for _ in range(5):  # which others took who never chose
        MemberKey.objects.create(key=f"{_} chose nothing").delete()
    erase(by=None, member="nobody we know")
    erase(by=None, member="8")
    enter(kind="list", subject="500", facts={}, at=timezone.now())
    chosen_by(chooses, "7", "8")
    enter_choices(at=timezone.now())
    before = everything()
    connection.close()
    server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.execute(f'ALTER DATABASE {name}_older RENAME TO "{name}"')
    return before


def chosen_by(chooses, *members):
    for member in members:
        chooses.refuses(member=member)
    enter_choices(at=timezone.now())
    seal(at=NOON)


def everything():
    """What members chose and the site said, whatever PostgreSQL numbers it by."""
    keys = {-one.pk: one.key for one in MemberKey.objects.all()}
    rows = Choice.objects.values_list(
        "sequence", "member", "scope__name", "decision", "request", "salt", "digest", "at"
    )
    choices = [(sequence, keys.get(member, member), *map(_plain, rest)) for sequence, member, *rest in rows]
    said = [list(model.objects.order_by("pk").values()) for model in (Edition, EditionSince)]
    batches = [(one.first, one.last, bytes(one.root)) for one in Batch.objects.all()]
    return choices, said, batches, Journal.objects.get().erasures, queries.numbered()


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def test_nothing_is_served_before_and_all_of_it_comes_back(restored):
    with pytest.raises(ImproperlyConfigured, match=r"Run: manage[.]py replay_choices"):
        past.refuse_to_serve_the_past()
    call_command("replay_choices", stdout=(told := StringIO()))
    assert told.getvalue().startswith("14 choices, 1 editions and 5 entries of the log came back, and 1 members were")
    assert everything() == restored
    past.refuse_to_serve_the_past()
    assert list(rewritten()) == []


def test_the_log_goes_on_where_it_was(restored, chooses):
    signed = queries.signer_record().read("signed.json")
    call_command("replay_choices", stdout=StringIO())
    seal(at=NOON)
    assert queries.signer_record().read("signed.json") == signed
    chosen_by(chooses, "7")
    assert list(rewritten()) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [ListGiven._meta.db_table])
        assert cursor.fetchone()[0] > 500


@pytest.mark.parametrize(("file", "old", "new", "why"), NOT_WHOLE)
def test_what_is_not_whole_brings_nothing_back(restored, kept, file, old, new, why):
    place = kept.parent / file
    place.write_bytes(place.read_bytes().replace(old.encode(), new.encode(), 1))
    before = everything()
    with pytest.raises(CommandError, match=why):
        call_command("replay_choices", stdout=StringIO())
    assert everything() == before


def test_a_database_that_went_on_since_is_not_mixed_with_what_was(restored, chooses):
    chooses.refuses(member="9")
    with pytest.raises(CommandError, match="Choice 4 in the archive is another one than in the database"):
        call_command("replay_choices", stdout=StringIO())


def test_nothing_of_it_is_sealed_either(restored, chooses):
    with pytest.raises(ValueError, match="The archive of choices holds 17, and the database 3"):
        enter_choices(at=timezone.now())


def test_who_was_erased_is_erased_there_too(chooses, publish, kept):
    publish(register())
    chosen_by(chooses, "7", "mia")
    erase(by=None, member="mia")
    enter_choices(at=timezone.now())
    first, second = archive.choices(kept)
    assert (first.member, second.salt, len(second.member)) == ("7", None, 43)


def test_so_is_who_is_erased_after_choices_were_brought_back(restored, kept):
    call_command("replay_choices", stdout=StringIO())
    erase(by=None, member="zoe")
    enter_choices(at=timezone.now())
    assert "zoe" not in {one.member for one in archive.choices(kept)}


def test_what_a_killed_process_wrote_half_of_is_cut_off(chooses, publish, kept):
    publish(register())
    chosen_by(chooses, "7")
    with (kept / CHOICES).open("a") as torn:
        torn.write('{"sequence":2,"refer')
    chosen_by(chooses, "8")
    assert [(one.sequence, one.member) for one in archive.choices(kept)] == [(1, "7"), (2, "8")]


def test_without_an_archive_the_command_says_what_is_missing(settings):
    settings.CHOICES_ARCHIVE = ""
    with pytest.raises(CommandError, match="is no folder"):
        call_command("replay_choices", "")
