"""Letters to members: only who asked, only what touches their choices, once for an edition."""

from datetime import timedelta
from smtplib import SMTPException

import pytest
from django.core import mail

from tests.consent.builders import LATER, Chooser
from tests.register.builders import NOON, register, use
from transparency.accounts.actions import choose_letters
from transparency.accounts.models import User
from transparency.consent.actions import tell_of_changes

pytestmark = pytest.mark.django_db
BEFORE, AFTER = NOON + timedelta(hours=1), LATER + timedelta(days=1)
INFERENCE = use(stage="inference")


@pytest.fixture
def reader(publish, mia):
    """Mia, who asked for letters while the first edition stood."""
    publish(register(use(), INFERENCE))
    choose_letters(by=mia, wanted=True, edition=1)
    return mia


@pytest.fixture
def chooses(reader):
    return Chooser("1000001")


def widened(publish):
    publish(register(use(retention="13 years"), INFERENCE))


def test_who_allowed_what_changed_gets_one_letter(publish, chooses, reader):
    chooses.allows(at=BEFORE)
    widened(publish)
    assert [tell_of_changes(at=AFTER), tell_of_changes(at=AFTER)] == [1, 0]
    (letter,) = mail.outbox
    assert letter.to == [reader.email]
    assert "- Private messages in Job recommendations: training the model" in letter.body
    assert "http://localhost:8000/choices/" in letter.body
    assert "1000001" not in letter.body


def test_who_refused_something_close_by_gets_a_letter(publish, chooses):
    chooses.refuses("use:communications.messages/job-ranking/inference", at=BEFORE)
    widened(publish)
    assert tell_of_changes(at=AFTER) == 1


def test_whose_refusal_covers_it_gets_none(publish, chooses):
    chooses.refuses("all", at=BEFORE)
    widened(publish)
    assert tell_of_changes(at=AFTER) == 0


def test_who_decided_nothing_gets_none(publish, reader):
    widened(publish)
    assert tell_of_changes(at=AFTER) == 0


def test_a_change_of_words_alone_is_no_reason_to_write(publish, chooses):
    chooses.allows(at=BEFORE)
    publish(register(use(risks="None that we know."), INFERENCE))
    assert tell_of_changes(at=AFTER) == 0


def test_an_edition_that_does_not_hold_yet_is_no_reason_to_write(publish, chooses):
    chooses.allows(at=BEFORE)
    publish(register(use(retention="13 years"), INFERENCE), effective_at=AFTER + timedelta(days=1))
    assert tell_of_changes(at=AFTER) == 0
    assert tell_of_changes(at=AFTER + timedelta(days=2)) == 1


def test_who_never_asked_gets_none(publish, chooses, reader):
    choose_letters(by=reader, wanted=False, edition=1)
    chooses.allows(at=BEFORE)
    widened(publish)
    assert tell_of_changes(at=AFTER) == 0


def test_who_asks_now_is_not_told_of_what_was_before(publish, chooses, reader):
    chooses.allows(at=BEFORE)
    widened(publish)
    choose_letters(by=reader, wanted=True, edition=2)
    assert tell_of_changes(at=AFTER) == 0


def test_a_letter_that_fails_is_sent_the_next_time(publish, chooses, settings, monkeypatch):
    chooses.allows(at=BEFORE)
    widened(publish)
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", lambda letter: _fail())
        assert tell_of_changes(at=AFTER) == 0
    assert User.objects.get(name="Mia").told_edition == 1
    assert tell_of_changes(at=AFTER) == 1


def _fail():
    raise SMTPException("no room")


def test_everybody_is_reached_however_small_the_batches(publish, person, monkeypatch):
    monkeypatch.setattr("transparency.consent.actions.BATCH", 2)
    publish(register(use(), INFERENCE))
    for number in range(5):
        member = person(f"Member{number}", "member", member_key=str(2_000_000 + number))
        choose_letters(by=member, wanted=True, edition=1)
        Chooser(member.member_key).allows(at=BEFORE)
    widened(publish)
    assert tell_of_changes(at=AFTER) == 5
    assert len({letter.to[0] for letter in mail.outbox}) == 5
