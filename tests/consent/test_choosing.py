"""A choice is appended, in order, and never changes."""

import hashlib
import uuid

import pytest
import rfc8785
from django.db import DatabaseError, IntegrityError, connection

from tests.consent.builders import LATER, NAME, USE
from tests.register.builders import EVERYWHERE, NOON, register, use
from transparency.consent import queries
from transparency.consent.actions import Changed, NotOffered, Reused, Stale, UnknownScope, erase, heed_signal
from transparency.consent.keys import BadKey
from transparency.consent.models import Choice, Origin
from transparency.consent.precedence import Because
from transparency.consent.scopes import Signal
from transparency.register.schema import Scope

pytestmark = pytest.mark.django_db
NECESSARY = Scope(jurisdictions=("*",), legal_basis="contract", refusal="no", why_not="It keeps the site running.")
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")


def test_choices_are_numbered_without_gaps(publish, chooses):
    publish(register())
    assert [chooses.refuses().sequence, chooses.allows().sequence, chooses.refuses("all").sequence] == [1, 2, 3]


def test_a_refusal_holds_at_once(publish, chooses):
    publish(register())
    chooses.refuses()
    assert not queries.outcomes("7", LATER)[NAME].allowed


def test_a_choice_names_the_one_before_it_at_the_same_scope(publish, chooses):
    publish(register())
    chooses.refuses()
    chooses.refuses("all")
    assert chooses.allows().previous == 1


def test_choices_of_one_member_are_nobody_elses(publish, chooses):
    publish(register())
    chooses.refuses(member="8")
    assert queries.outcomes("7", LATER)[NAME].allowed


@pytest.mark.parametrize("member", ["7", "007", "mia@tandem.example", str(2**63), str(2**64 - 1)])
def test_any_member_key_is_found_again(publish, chooses, member):
    publish(register())
    chooses.refuses(member=member)
    assert [one.sequence for one in queries.choices_of(member)] == [1]


@pytest.mark.parametrize("member", ["", "a" * 65, "a\0", -1, 2**64, None, True, 1.5, ["7"], " 7"])
def test_what_is_no_member_key_is_refused(publish, chooses, member):
    publish(register())
    with pytest.raises(BadKey):
        chooses.refuses(member=member)
    assert not Choice.objects.exists()


def test_a_choice_cannot_be_edited(publish, chooses):
    publish(register())
    chooses.refuses()
    with pytest.raises(IntegrityError, match="A choice never changes"):
        Choice.objects.update(decision=1)


def test_a_choice_cannot_be_deleted(publish, chooses):
    publish(register())
    chooses.refuses()
    with pytest.raises(IntegrityError, match="A choice never changes"):
        Choice.objects.all().delete()


def test_the_table_cannot_be_emptied():
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="A choice never changes"):
        cursor.execute("TRUNCATE consent_choice")


@pytest.mark.parametrize("origin", [Origin.SIGNAL, Origin.SUPPORT, Origin.IMPORT])
def test_nobody_but_the_member_allows_anything(publish, chooses, origin):
    publish(register())
    with pytest.raises(IntegrityError, match="only_members_themselves_allow"):
        chooses.allows(origin=origin)


def test_the_same_request_again_is_the_same_choice(publish, chooses):
    publish(register())
    assert chooses.refuses(request="abc").reference == chooses.refuses(request="abc").reference
    assert Choice.objects.count() == 1


def test_a_request_used_for_another_choice_is_refused(publish, chooses):
    publish(register())
    chooses.refuses(request="abc")
    with pytest.raises(Reused):
        chooses.allows(request="abc")


def test_an_allow_that_rests_on_an_older_choice_is_refused(publish, chooses):
    publish(register())
    chooses.refuses()
    with pytest.raises(Stale):
        chooses.allows(expected=0)
    connection.set_rollback(False)


def test_a_refusal_is_never_too_late(publish, chooses):
    publish(register())
    chooses.allows()
    assert chooses.refuses(expected=0).sequence == 2


def test_what_cannot_be_refused_is_never_offered(publish, chooses):
    publish(register(use(scopes=(NECESSARY,))))
    with pytest.raises(NotOffered):
        chooses.refuses()


@pytest.mark.parametrize("scope", ["use:a/b/training", "feature:none", "nonsense", "stage:evaluation"])
def test_a_scope_that_speaks_of_nothing_is_refused(publish, chooses, scope):
    publish(register())
    with pytest.raises(UnknownScope):
        chooses.refuses(scope)


def test_an_allow_of_what_has_changed_meanwhile_is_refused(publish, chooses):
    publish(register())
    publish(register(use(retention="13 years")))
    with pytest.raises(Changed):
        chooses.allows(edition=1)


def test_an_old_allow_does_not_cover_what_has_changed_since(publish, chooses):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(at=NOON)
    publish(register(use(scopes=(ASKED,), retention="13 years")))
    assert not queries.outcomes("7", LATER)[NAME].allowed


def test_an_allow_outlives_a_change_that_is_not_material(publish, chooses):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(at=NOON)
    publish(register(use(scopes=(ASKED,), risks="None that we know.")))
    assert queries.outcomes("7", LATER)[NAME].allowed


def test_an_old_allow_of_everything_does_not_cover_a_new_use(publish, chooses):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows("all", at=NOON)
    publish(register(use(scopes=(ASKED,)), use(stage="inference", scopes=(ASKED,))))
    found = queries.outcomes("7", LATER)
    assert [found[NAME].allowed, found[NAME.replace("training", "inference")].allowed] == [True, False]


def test_an_old_refusal_of_everything_covers_a_new_use(publish, chooses):
    publish(register())
    chooses.refuses("all", at=NOON)
    publish(register(use(), use(stage="inference")))
    assert not any(found.allowed for found in queries.outcomes("7", LATER).values())


def test_a_refusal_of_what_is_gone_meanwhile_is_kept(publish, chooses):
    publish(register(use(), use(stage="inference")))
    publish(register(use(stage="inference")))
    assert chooses.refuses(edition=1).sequence == 1


def test_a_signal_is_heeded_once(publish):
    publish(register(use(scopes=(EVERYWHERE,))))
    heed_signal(member="7", signal=Signal.EVERYTHING, at=LATER)
    assert heed_signal(member="7", signal=Signal.EVERYTHING, at=LATER) is None
    assert queries.outcomes("7", LATER)[NAME].because == Because.SIGNAL


def test_a_later_choice_of_the_member_beats_the_signal(publish, chooses):
    publish(register())
    heed_signal(member="7", signal=Signal.EVERYTHING, at=LATER)
    chooses.allows()
    assert queries.outcomes("7", LATER)[NAME].allowed


def test_the_digest_is_of_the_canonical_record(publish, chooses):
    publish(register())
    choice = chooses.refuses(member='a "b" é')
    said = {
        "at": "2026-12-24T12:00:00.000000Z",
        "decision": "refuse",
        "edition": 1,
        "member": 'a "b" é',
        "origin": 1,
        "previous": 0,
        "reference": str(choice.reference),
        "scope": USE,
        "sequence": 1,
    }
    assert hashlib.sha256(bytes(choice.salt) + rfc8785.dumps(said)).digest() == bytes(choice.digest)


@pytest.mark.parametrize("member", ["7", "mia"])
def test_erasure_unlinks_choices_and_keeps_their_order_and_digests(publish, chooses, amir, member):
    publish(register())
    digest = bytes(chooses.refuses(member=member).digest)
    assert erase(by=amir, member=member) == 1
    kept = Choice.objects.get()
    assert (kept.sequence, bytes(kept.digest), kept.salt, list(queries.choices_of(member))) == (1, digest, None, [])


def test_erasure_changes_nothing_but_whose_it_was(publish, chooses):
    publish(register())
    chooses.refuses()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL consent.erasing = 'on'")
        with pytest.raises(DatabaseError, match="A choice never changes"):
            cursor.execute("UPDATE consent_choice SET member = -1, salt = NULL, request = '', decision = 1")


def test_a_receipt_is_its_members_alone(publish, chooses):
    publish(register())
    reference = chooses.refuses().reference
    assert [queries.receipt("7", reference) is not None, queries.receipt("8", reference)] == [True, None]
    assert queries.receipt("7", uuid.uuid4()) is None
