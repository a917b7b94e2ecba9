"""A member who changed their mind three thousand times: no page reads all of that, and what they keep is streamed."""

import csv
import io
import json
import tracemalloc
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from tests.members.choosing import USE, page_of, state_of
from tests.members.test_choices import BOTH, MINE
from tests.register.builders import NOON
from transparency.consent import queries
from transparency.consent.models import Choice, Journal, Origin, Scope
from transparency.consent.precedence import Decision

pytestmark = pytest.mark.django_db
MANY = 3_000
TODAY = NOON + timedelta(days=40)
MIA = 1000001
MOST = 2_000_000  # bytes: choices of which all were in memory would take twice as many


@pytest.fixture
def here(client, publish, mia, time_machine):
    """Mia's browser, signed in."""
    publish(BOTH)
    time_machine.move_to(TODAY, tick=False)
    client.force_login(mia)
    return client


REMEMBERED = """
INSERT INTO consent_choice
    (sequence, reference, member, scope_id, decision, origin, edition, at, previous, request, digest)
SELECT number, lpad(to_hex(number), 32, '0')::uuid, %(member)s, %(scope)s, decision, %(origin)s, 1,
    %(noon)s + number * interval '1 minute', CASE WHEN place > 1 THEN number - 1 ELSE 0 END, '', repeat('d', 32)::bytea
FROM unnest(%(decisions)s::smallint[]) WITH ORDINALITY AS said (decision, place), LATERAL (SELECT %(before)s + place)
    AS counted (number)
"""


def remember(decisions, scope=USE):
    """Puts so many choices of Mia's into the journal at once, as they would stand there."""
    Journal.objects.get_or_create(pk=1, defaults={"lineage": uuid.uuid4()})
    row, _ = Scope.objects.get_or_create(name=scope)
    told = {"member": MIA, "scope": row.pk, "origin": Origin.PAGE, "noon": NOON, "before": Choice.objects.count()}
    with connection.cursor() as cursor:
        cursor.execute(REMEMBERED, told | {"decisions": list(map(int, decisions))})


def back_and_forth():
    remember([Decision.ALLOW, Decision.REFUSE] * (MANY // 2))


def the_same_again():
    remember([Decision.REFUSE] * MANY)


class Counted:
    """How many choices were read from the database."""

    def __init__(self, monkeypatch):
        self.many = 0
        monkeypatch.setattr(queries, "Act", self._counting(queries.Act))
        monkeypatch.setattr(Choice, "from_db", classmethod(self._counting(Choice.from_db.__func__)))

    def _counting(self, make):
        def made(*given):
            self.many += 1
            return make(*given)

        return made


@pytest.mark.parametrize("history", [back_and_forth, the_same_again])
def test_the_page_of_choices_reads_no_more_than_must_be(here, history, monkeypatch, django_assert_max_num_queries):
    history()
    page_of(here)
    read = Counted(monkeypatch)
    with django_assert_max_num_queries(9):
        page = page_of(here)
    assert state_of(page, MINE)[0] == "off"
    assert read.many <= queries.AT_ONCE + 10


def looked_at(query, given):
    """How many rows PostgreSQL took up in all its steps for this answer, those that it put away again included."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", given)
        return rows_in(cursor.fetchone()[0][0]["Plan"])


def rows_in(step):
    each = sum(rows for said, rows in step.items() if said == "Actual Rows" or said.startswith("Rows Removed"))
    return each * step["Actual Loops"] + sum(map(rows_in, step.get("Plans", ())))


@pytest.mark.parametrize("history", [back_and_forth, the_same_again])
def test_each_choice_is_held_against_the_one_before_and_no_other(here, history):
    """Also where PostgreSQL still takes the journal for empty, and would rather compare all choices with all."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE consent_choice")
    history()
    given = (MIA, queries.NEVER, [USE], queries.AT_ONCE)
    assert looked_at(queries.BACKWARDS, given) < 10 * MANY


def test_what_happened_before_a_long_to_and_fro_is_still_told(here):
    """All of it is read where it must be: everything was refused before the use itself was allowed and refused."""
    remember([Decision.REFUSE], "all")
    remember([Decision.REFUSE, Decision.FOLLOW] * (MANY // 2))
    moment = NOON + timedelta(minutes=1)
    assert f"Recorded on {moment.day} {moment:%B %Y}." in page_of(here)


def test_a_page_of_the_history_reads_that_page_alone(here, monkeypatch, django_assert_max_num_queries):
    back_and_forth()
    here.get("/choices/history/")
    read = Counted(monkeypatch)
    with django_assert_max_num_queries(5):
        assert here.get("/choices/history/").content.decode().count("<tr>") == 51
    assert read.many == 51


def rows_of(path, body):
    if path.endswith("json"):
        return [line["sequence"] for line in json.loads(body)["choices"]]
    return [int(line["sequence"]) for line in csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))]


@pytest.mark.parametrize("path", ["/choices/history.json", "/choices/history.csv"])
def test_what_a_member_keeps_holds_all_of_it_and_is_never_in_memory_as_a_whole(here, path):
    back_and_forth()
    assert rows_of(path, here.get(path).getvalue()) == list(range(MANY, 0, -1))
    tracemalloc.start()
    size = sum(map(len, here.get(path).streaming_content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 300_000
    assert peak < MOST


def test_no_answer_has_begun_where_nothing_can_be_read(here, monkeypatch):
    monkeypatch.setattr(queries, "number", lost)
    with pytest.raises(ConnectionError):
        here.get("/choices/history.csv")


def lost(key):
    raise ConnectionError("lost")
