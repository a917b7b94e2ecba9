"""What waits is published anew with what holds before it; what was overtaken counts for nothing."""

from datetime import timedelta

import pytest

from tests.register.builders import NOON, PRIVACY, correction, policy, register, use
from transparency.register import queries
from transparency.register.actions import Conflict, Invalid

pytestmark = pytest.mark.django_db
MARCH = NOON + timedelta(days=97)
LATER = policy(PRIVACY.replace("Models learn", "Models may learn"))
SERVED = use(stage="inference")


@pytest.fixture
def waits(publish, settings):
    """Edition 1 is in force; edition 2 waits for March, with another use and another clause."""
    settings.NOTICE_DAYS = 200
    publish(register(policies=(policy(),)))
    publish(register(use(), SERVED, policies=(LATER,)), effective_at=MARCH, sooner="A court.")
    return publish


def urgent(publish, *uses, base=1, **said):
    """Editions 3 and 4: a word on risks at once, and in March; what waits is as it was, unless told otherwise."""
    anew = {2: register(*(uses or (use(risks="Few."), SERVED)), policies=(LATER,))}
    return publish(register(use(risks="Few."), policies=(policy(),)), base=base, anew=anew, **said)


def test_both_are_published_in_one_go(waits):
    edition = urgent(waits)
    held = {one.number: one.effective_at for one in queries.editions()}
    assert (edition.number, held[3], held[4]) == (3, edition.published_at, MARCH)


def test_what_it_was_written_against_must_be_in_force_by_then(waits):
    with pytest.raises(Conflict, match="against edition 2, but edition 1 holds by 2026-11-26"):
        urgent(waits, base=2)


def test_all_that_waits_must_be_there(waits):
    waits(register(use(), SERVED), effective_at=MARCH + timedelta(days=1))
    with pytest.raises(Conflict, match="Other editions wait"):
        urgent(waits)


def test_more_than_anybody_was_told_needs_its_notice_there_too(waits):
    with pytest.raises(Invalid, match=r"Edition 2 is published anew with it: More is done with data"):
        urgent(waits, use(risks="Few.", retention="2 years"), SERVED)
    assert queries.newest_number() == 2


def test_what_was_told_already_needs_no_notice_again(waits):
    assert urgent(waits).number == 3


def test_faults_of_what_is_published_anew_are_named_with_its_number(waits):
    with pytest.raises(Invalid, match="Edition 2 is published anew with it: "):
        urgent(waits, use(feature="ghost"))


def test_a_clause_is_told_to_change_with_the_edition_that_will_hold(waits):
    urgent(waits)
    assert [one.edition.number for one in queries.wordings("privacy-policy", 4)] == [4, 1]


def test_what_is_coming_is_told_without_what_was_overtaken(waits):
    urgent(waits)
    ((edition, changed),) = queries.coming(NOON + timedelta(days=3))
    assert (edition.number, [(one.kind, one.verb) for one in changed]) == (4, [("use", "added"), ("policy", "changed")])


def test_what_never_held_was_never_said(waits):
    waits(register(), effective_at=MARCH)
    wrong = correction(subject=SERVED.id, since="2027-02-28", until="2027-03-02")
    with pytest.raises(Invalid, match="no edition spoke of"):
        waits(register(corrections=(wrong,)), at=MARCH + timedelta(days=9))


def test_how_clauses_read_and_since_when_uses_say_the_same_follows_what_holds(waits):
    urgent(waits)
    assert [queries.since(queries.edition(number)) for number in (3, 4)] == [
        {use().id: 1},
        {use().id: 1, SERVED.id: 4},
    ]


def test_what_is_kept_beside_an_edition_can_be_worked_out_again(waits):
    urgent(waits)
    kept = [queries.since(queries.edition(number)) for number in (3, 4)], queries.changes_of([3, 4])
    queries.EditionSince.objects.all().delete()
    assert kept == ([queries.since(queries.edition(number)) for number in (3, 4)], queries.changes_of([3, 4]))
