"""The choices as projections read them: every value of every one, and none where one is missing."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection

from transparency.consent import journal
from transparency.consent.models import Choice, Journal, MemberKey, Scope
from transparency.consent.precedence import Decision

pytestmark = pytest.mark.django_db
LARGEST = 2**31 - 1


@pytest.fixture
def stored(db):
    """Puts choices into the journal as they are, past every check: member, scope, decision and edition of each."""
    Journal.objects.create(pk=1, lineage=uuid.uuid4())

    def store(*choices, first=1):
        Choice.objects.bulk_create(
            Choice(
                sequence=sequence, reference=uuid.uuid4(), member=member, scope_id=scope, decision=decision, origin=1,
                edition=edition, at=datetime(2026, 3, 4, tzinfo=UTC), previous=0, digest=bytes([sequence] * 32),
            )
            for sequence, (member, scope, decision, edition) in enumerate(choices, first)
        )  # fmt: skip

    return store


def read(rows):
    columns = (rows.member, rows.scope, rows.decision, rows.edition)
    return list(zip(*(column.tolist() for column in columns), strict=True))


EDGES = [
    (member, scope, decision, edition)
    for member in (-(2**63), -1, 0, 2**63 - 1)
    for scope in (1, 2**30, LARGEST)
    for decision in Decision
    for edition in (0, 1, LARGEST)
]


def test_whatever_a_choice_holds_it_is_read_as_it_stands(stored):
    stored(*EDGES)
    assert read(journal.rows(0, len(EDGES))[0]) == EDGES


def test_the_choices_come_in_their_order_wherever_they_lie(stored):
    stored((3, 1, 0, 1), (4, 1, 0, 1), first=3)
    stored((1, 1, 0, 1), (2, 1, 0, 1), first=1)
    assert journal.rows(0, 4)[0].member.tolist() == [1, 2, 3, 4]


def test_those_after_one_come_with_the_digest_of_that_one(stored):
    stored((1, 1, 0, 1), (2, 1, 0, 1), (3, 1, 0, 1))
    rows, before = journal.rows(1, 3)
    assert (rows.member.tolist(), before) == ([2, 3], bytes([1] * 32))


@pytest.mark.parametrize("decision", [3, 4, 5, 7, -1, -3, 2**15 - 1, -(2**15)])
def test_a_decision_that_is_none_is_read_as_a_refusal_and_spoils_nothing_beside_it(stored, decision):
    stored((7, 5, decision, 9))
    assert read(journal.rows(0, 1)[0]) == [(7, 5, Decision.REFUSE, 9)]


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_where_a_choice_is_missing_there_is_no_answer(stored, lost):
    stored(*((member, 1, 0, 1) for member in range(3)))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        Choice.objects.filter(pk=lost).delete()
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(journal.Gap, match="Of the choices 1 to 3, 2 are there"):
        journal.rows(0, 3)


def test_of_some_scopes_the_choices_at_these_are_read(stored):
    stored((1, 1, 0, 1), (2, 2, 1, 1), (3, 1, 2, 1), (4, 3, 0, 1))
    assert journal.rows_at([1, 3], 0, 4).member.tolist() == [1, 3, 4]


def test_where_there_is_nothing_to_read_nothing_is_read(stored):
    assert len(journal.rows_at([1], 0, 10)) == 0


def test_the_numbers_of_textual_keys_are_found_by_these(db):
    known = MemberKey.objects.create(key="mia-7")
    assert journal.numbers_of(["mia-7", "nobody"]) == {"mia-7": -known.pk}


def test_scopes_are_found_by_their_names_and_by_their_numbers(db):
    known = Scope.objects.create(name="all")
    assert (journal.scope_ids(["all", "none"]), journal.scope_names([known.pk])) == ([known.pk], {"all": known.pk})
