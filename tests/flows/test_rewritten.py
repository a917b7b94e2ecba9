"""What somebody rewrites in the database under a running site is found within a day, and told to administrators."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from tests.register.builders import register, use
from transparency.accounts.models import HistoryEntry
from transparency.config import rewritten
from transparency.consent import rounds
from transparency.consent.proofs import enter_choices
from transparency.ledger.actions import seal

pytestmark = pytest.mark.django_db
THIRD = "Choice 3 is not the one that its member made."
TEXT = "UPDATE register_edition SET document = replace(document, 'never', 'sometimes') || ' ' WHERE number = 1"
EARLIER = "UPDATE register_edition SET effective_at = effective_at - interval '1 year' WHERE number = 2"
TURNED = "UPDATE consent_choice SET decision = 1 - decision WHERE sequence = 3"
SINCE = "UPDATE register_editionsince SET uses = replace(uses::text, '2', '1')::jsonb WHERE edition = 2"
CHANGES = "UPDATE register_editionsince SET changes = '[]' WHERE edition = 2"
BESIDE = "- What is kept beside edition 2, since when each use is the same and what changed, does not follow"
WITH_ALL_ELSE = (
    "UPDATE register_edition SET digest = encode(sha256(convert_to(document, 'UTF8')), 'hex') WHERE number = 1",
    "UPDATE ledger_entry SET body = jsonb_set(body::jsonb, '{digest}',"
    " (SELECT to_jsonb(digest) FROM register_edition WHERE number = 1))::text WHERE kind = 'edition' AND subject = '1'",
)


@pytest.fixture
def sealed(publish, chooses, amir, time_machine):
    """Two editions, and three choices in the log, all read once and found to be as they were."""
    time_machine.move_to("2026-12-25T12:00:00+00:00", tick=False)
    publish(register())
    publish(register(use(), use(stage="inference")))
    for member in ("7", "8", "9"):
        chooses.refuses(member=member)
        enter_choices(at=timezone.now())
    seal(at=timezone.now())
    assert look() == 0


@pytest.fixture
def a_day_later(sealed, time_machine):
    def later(*statements):
        superuser(*statements)
        time_machine.shift(timedelta(days=1))

    return later


def look():
    return rewritten.look(at=timezone.now())


def superuser(*statements):
    """As nobody can by the site: what guards the tables is off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ((TEXT,), "- Edition 1 is not the one that was published"),
        ((TEXT, *WITH_ALL_ELSE), "- Edition 1 is not the one that was published"),
        ((EARLIER,), "- Edition 2 is not the one that was published"),
        (("DELETE FROM register_edition WHERE number = 2",), "- Edition 2 is not the one that was published"),
        ((SINCE,), BESIDE),
        ((CHANGES,), BESIDE),
        (("DELETE FROM register_editionsince WHERE edition = 2",), BESIDE),
        ((TURNED,), f"- {THIRD}"),
    ],
)
def test_administrators_get_a_letter_and_the_history_says_it(a_day_later, amir, statements, told):
    a_day_later(*statements)
    assert (look(), look()) == (1, 0)
    assert (mail.outbox[0].to, mail.outbox[0].subject) == ([amir.email], "Something was rewritten in the database")
    assert told in mail.outbox[0].body
    assert HistoryEntry.objects.first().verb == rewritten.REWRITTEN


def test_by_each_round_again_until_it_is_as_it_was(a_day_later):
    a_day_later(TURNED)
    assert look() == 1
    a_day_later()
    assert (look(), rounds.standing()) == (1, [THIRD])
    a_day_later(TURNED)
    assert (look(), rounds.standing()) == (0, [])


def test_nothing_is_read_twice_a_day(sealed):
    superuser(TURNED)
    assert look() == 0


def test_a_clock_that_went_back_is_no_reason_to_wait(sealed, time_machine):
    superuser(TURNED)
    time_machine.shift(timedelta(days=-365))
    assert look() == 1


def test_many_are_read_in_slices_each_from_where_the_last_stopped(a_day_later):
    a_day_later(TURNED)
    for _ in range(4):
        rounds.read_on(at=timezone.now(), seconds=0)
    assert [(one.of, one.upto, one.ended_at) for one in rounds.newest_of_each()] == [
        ("editions", 2, timezone.now()),
        ("choices", 3, timezone.now()),
    ]
    assert rounds.standing() == [THIRD]


def test_a_slice_that_stopped_among_choices_without_a_batch_reads_the_batch_they_are_in_since(a_day_later, chooses):
    chooses.refuses(member="7")
    a_day_later()
    for _ in range(4):
        rounds.read_on(at=timezone.now(), seconds=0)
    assert rounds.newest("choices").upto == 4
    chooses.refuses(member="8")
    enter_choices(at=timezone.now())
    assert (look(), rounds.newest("choices").upto, rounds.standing()) == (0, 5, [])


def test_a_letter_that_can_not_be_sent_is_tried_again(a_day_later, monkeypatch):
    a_day_later(TURNED)
    with monkeypatch.context() as no_mail:
        no_mail.setattr(mail.backends.locmem.EmailBackend, "send_messages", lambda *letters: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            look()
    assert (rounds.standing(), look()) == ([THIRD], 1)


@pytest.mark.parametrize("address", ["/staff/", "/staff/workers/"])
def test_staff_see_it(a_day_later, client, otto, settings, address):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(otto)
    assert "<b>Something was rewritten" not in client.get(address).content.decode()
    a_day_later(TURNED)
    look()
    client.force_login(otto)
    assert f"<li>{THIRD}</li>" in client.get(address).content.decode()
