"""Each choice stands in the public log, in a batch that tells nobody whose it is."""

import hashlib
import json

import pytest
import rfc8785
from django.db import connection

from tests.consent.builders import LATER, USE
from tests.register.builders import NOON, register
from transparency.consent import proofs
from transparency.consent.models import Batch, Choice
from transparency.ledger import actions as ledger
from transparency.ledger import merkle
from transparency.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def chosen(publish, chooses):
    """Five choices by three members, entered in the log."""
    publish(register())
    made = [chooses.refuses(member=member) for member in ("7", "8", "mia", "7", "8")]
    proofs.enter_choices(at=LATER)
    return made


def test_choices_are_entered_together(chosen):
    assert [(batch.first, batch.last) for batch in Batch.objects.all()] == [(1, 5)]


def test_a_choice_is_entered_once(chosen):
    assert proofs.enter_choices(at=LATER) == 0


def test_batches_follow_each_other_without_a_gap(chosen, chooses, monkeypatch):
    monkeypatch.setattr(proofs, "MOST", 2)
    made = [chooses.refuses() for _ in range(3)]
    assert proofs.enter_choices(at=LATER) == len(made)
    assert [(batch.first, batch.last) for batch in Batch.objects.all()] == [(1, 5), (6, 7), (8, 8)]


@pytest.mark.parametrize("number", range(5))
def test_every_choice_has_a_path_to_the_root_in_the_log(chosen, number):
    assert proofs.holds(chosen[number], proofs.place_of(chosen[number]))


def test_the_place_has_an_entry_once_it_is_sealed(chosen):
    before = proofs.place_of(chosen[0]).entry
    ledger.seal(at=NOON)
    assert (before, proofs.place_of(chosen[0]).entry) == (None, 1)


def test_a_choice_that_was_rewritten_leads_to_another_root(chosen):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE consent_choice DISABLE TRIGGER choice_never_changes")
        cursor.execute("UPDATE consent_choice SET digest = sha256(digest) WHERE sequence = 3")
    rewritten = Choice.objects.get(sequence=3)
    assert not proofs.holds(rewritten, proofs.place_of(rewritten))


def test_nor_does_one_whose_batch_and_entry_were_rewritten_with_it(chosen, chooses):
    ledger.seal(at=NOON)
    choice = chooses.refuses()
    proofs.enter_choices(at=LATER)
    ledger.seal(at=LATER)
    assert proofs.holds(choice, proofs.place_of(choice))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE consent_choice SET digest = sha256(digest) WHERE sequence = 6")
        cursor.execute("SELECT digest FROM consent_choice WHERE sequence = 6")
        forged = merkle.leaf_hash(bytes(cursor.fetchone()[0]))
        cursor.execute("UPDATE consent_batch SET root = %s WHERE last = 6", [forged])
        rewritten = Choice.objects.get(sequence=6)
        assert not proofs.holds(rewritten, proofs.place_of(rewritten))
        cursor.execute(
            "UPDATE ledger_entry SET body = jsonb_set(body::jsonb, '{root}', to_jsonb(%s::text))::text"
            " WHERE subject = '6-6'",
            [forged.hex()],
        )
    assert not proofs.holds(rewritten, proofs.place_of(rewritten))


def test_a_choice_that_is_not_entered_yet_has_no_place(chosen, chooses):
    assert proofs.place_of(chooses.refuses()) is None


def test_the_log_names_no_member_no_scope_and_no_decision(chosen):
    body = Entry.objects.get(kind="choices").body
    assert sorted(json.loads(body)) == ["first", "kind", "last", "root", "subject"]
    assert "mia" not in body


def test_nobody_finds_out_a_choice_by_trying_all_that_could_be(chosen):
    """P-29, against somebody who knows all of a choice but its member, and has a list of members, but no salt."""
    digest, record = bytes(chosen[0].digest), told(chosen[0])
    tried = {hashlib.sha256(rfc8785.dumps(record | {"member": str(number)})).digest() for number in range(1000)}
    assert hashlib.sha256(bytes(chosen[0].salt) + rfc8785.dumps(record)).digest() == digest
    assert digest not in tried


def told(choice):
    """The record that the digest is of."""
    return {
        "at": choice.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "decision": "refuse",
        "edition": choice.edition,
        "member": "7",
        "origin": choice.origin,
        "previous": choice.previous,
        "reference": str(choice.reference),
        "scope": USE,
        "sequence": choice.sequence,
    }
