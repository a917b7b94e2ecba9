"""The database is away, or its disk is full: everybody is told to come back, and nothing is half written or lost."""

import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.consent.builders import LATER
from tests.members.choosing import USE, page_of, press
from tests.register.builders import register
from tests.scenarios.openlineage import run_event
from transparency.accounts.actions import issue_token
from transparency.catalog.models import LineageEvent, Source
from transparency.config.unprivileged import OPEN_PLACE
from transparency.consent.models import Choice
from transparency.ledger.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/", "/features/job-ranking/", "/choices/", "/search/?q=jobs", "/accounts/here/"]
DATA = ["/api/v1/register/", "/api/v1/uses/", "/api/v1/editions/"]
# What a full disk says when a table must grow.
FULL = """
CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100'; END $$
"""


@pytest.fixture(autouse=True)
def _answers_also_when_it_fails(client, settings):
    client.raise_request_exception = False
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def site(publish, time_machine):
    publish(register())
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def away(site, monkeypatch):
    """A context in which the database can't be reached."""

    @contextmanager
    def lost():
        connection.close()
        with monkeypatch.context() as gone:
            gone.setitem(connection.settings_dict, "OPTIONS", {"host": "/nowhere"})
            yield
        connection.close()

    return lost


@pytest.fixture
def full(request):
    """A context in which the given tables can't grow."""

    @contextmanager
    def disk(*tables):
        with connection.cursor() as cursor:
            cursor.execute(FULL)
            for table in tables:
                cursor.execute(f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION is_full()")
        yield
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION is_full CASCADE")

    return disk


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_that_it_can_not_be_looked_up(client, mia, away, path):
    client.force_login(mia)
    with away():
        answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "We can’t look anything up just now" in answer.content.decode()
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", DATA)
def test_a_machine_gets_a_problem_document(client, away, path):
    with away():
        answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert (answer.json()["errors"][0]["code"], answer["Retry-After"]) == ("database", "30")


def test_staff_are_told_too(client, otto, away):
    client.force_login(otto)
    with away():
        assert client.get("/staff/").status_code == 503


def test_a_choice_that_can_not_be_kept_is_said_not_to_be(client, mia, site, full):
    client.force_login(mia)
    page = page_of(client)
    with full("consent_choice"):
        answer = press(client, "refuse", USE, page)
    assert answer.status_code == 503
    assert "it may not have been saved" in answer.content.decode()
    assert Choice.objects.count() == 0
    assert press(client, "refuse", USE, page).status_code == 303
    assert Choice.objects.count() == 1


def test_an_event_that_can_not_be_kept_is_to_be_sent_again(client, amir, full):
    Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")
    _, secret = issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])
    headers = {"Authorization": f"Bearer {secret}"}
    with full("catalog_lineageevent"):
        answer = client.post("/api/v1/lineage", run_event(), "application/json", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert LineageEvent.objects.count() == 0
    assert client.post("/api/v1/lineage", run_event(), "application/json", headers=headers).status_code == 201


@pytest.mark.parametrize(
    "table", ["register_edition", "register_editionsince", "ledger_entry", "accounts_historyentry"]
)
def test_a_publication_that_finds_no_room_leaves_nothing(site, publish, full, table):
    before = Entry.objects.count()
    with full(table), pytest.raises(Exception, match="No space left"):
        publish(register())
    assert Entry.objects.count() == before
    assert publish(register()).number == 2


@pytest.fixture
def small_disk(transactional_db):
    """The table of choices, on a disk of two megabytes that is PostgreSQL's own."""
    place = OPEN_PLACE / f"transparency-small-{os.getpid()}"
    place.mkdir(mode=0o755)
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=2m,mode=0711", "tmpfs", place]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        place.rmdir()
        pytest.skip("Only root may mount a disk; what PostgreSQL says of a full one is tried in any case.")
    (place / "data").mkdir(mode=0o700)
    shutil.chown(place / "data", "nobody")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL consent_choice")  # what tests before left takes room, or gives it
        cursor.execute(f"CREATE TABLESPACE small LOCATION '{place}/data'")
        cursor.execute("ALTER TABLE consent_choice SET TABLESPACE small")
    yield place
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE consent_choice SET TABLESPACE pg_default")
        cursor.execute("CHECKPOINT")
        cursor.execute("DROP TABLESPACE small")
    # PostgreSQL closes only in time what it had open there.
    subprocess.run(["/bin/umount", "-l", place], check=True)
    place.rmdir()


def refuse(client, page, number):
    """One member refuses; another one each time."""
    return press(client, "refuse", USE, page, key=f"{number:032x}").status_code


@pytest.mark.slow
def test_a_disk_that_is_really_full_loses_no_choice_that_was_acknowledged(client, mia, site, small_disk):
    client.force_login(mia)
    page = page_of(client)
    (small_disk / "filling").write_bytes(bytes(2_040_000))
    answers = [refuse(client, page, number) for number in range(600)]
    assert set(answers) == {303, 503}
    assert Choice.objects.count() == answers.count(303)
    (small_disk / "filling").unlink()
    assert refuse(client, page, 999) == 303
    assert Choice.objects.count() == answers.count(303) + 1
