"""The letter of the day: plain, useful, once, and only for those who want it."""

from datetime import timedelta
from email import message_from_string, policy

import pytest
from celery import current_app
from django.core import mail
from django.utils import timezone

from tests.review.test_proposals import approved, submitted  # noqa: F401 - fixtures
from tests.workers import wait_until
from transparency.accounts import actions as accounts
from transparency.accounts import working
from transparency.review import actions
from transparency.review.models import Digest, Finding

SECOND = timedelta(seconds=1)


@pytest.fixture
def six():
    """Six in the morning, tomorrow."""
    return (timezone.now() + timedelta(days=1)).replace(hour=6, minute=0, second=0, microsecond=0)


@pytest.fixture
def reader(otto):
    """Otto, who asked for the letter."""
    accounts.choose_mails(by=otto, wanted=["digest"])
    return otto


def found(urgency=1, sentence="Skills in Feed: the catalog shows it, the register does not say it.", **more):
    number = Finding.objects.count()
    return Finding.objects.create(kind="unbound_model", subject=str(number), urgency=urgency, sentence=sentence, **more)


def test_it_names_what_is_open_the_most_urgent_first(reader, six):
    found(3, "Later.")
    urgent = found(1, "Now.")
    actions.send_digests(at=six)
    (letter,) = mail.outbox
    assert letter.to == [reader.email]
    assert letter.subject == "1 of 2 open findings needs somebody today"
    assert letter.body.index("TODAY\n\n- Now.") < letter.body.index("WHEN THERE IS TIME\n\n- Later.")
    assert f"http://localhost:8000/staff/findings/{urgent.pk}/" in letter.body
    assert "http://localhost:8000/accounts/here/" in letter.body


def test_it_says_what_is_new(reader, six):
    found(opened_at=six - timedelta(days=3))
    found(opened_at=six - timedelta(hours=3))
    actions.send_digests(at=six)
    assert "2 findings are open, and 2 of them need somebody today. 1 is new since yesterday." in mail.outbox[0].body


def test_one_finding_is_told_in_good_english(reader, six):
    found(opened_at=six - timedelta(days=3))
    actions.send_digests(at=six)
    assert "1 finding is open, and 1 of them needs somebody today." in mail.outbox[0].body
    assert mail.outbox[0].subject == "1 of 1 open finding needs somebody today"


def test_what_was_decided_is_not_in_it(reader, six):
    found(state="dismissed")
    assert actions.send_digests(at=six) == 0


def test_where_nothing_is_open_nothing_is_sent_that_day(reader, six):
    assert actions.send_digests(at=six) == 0
    found()
    assert actions.send_digests(at=six + timedelta(hours=3)) == 0


def test_who_did_not_ask_gets_none(otto, six):
    found()
    assert actions.send_digests(at=six) == 0


def test_who_asks_for_it_no_more_gets_none(reader, six):
    found()
    accounts.choose_mails(by=reader, wanted=[])
    assert actions.send_digests(at=six) == 0


def test_it_comes_from_six_on_and_once_a_day(reader, six):
    found()
    moments = (six - SECOND, six, six + timedelta(minutes=10), six + timedelta(days=1))
    assert [actions.send_digests(at=moment) for moment in moments] == [0, 1, 0, 1]


def test_of_many_it_names_twenty(reader, six):
    for _ in range(25):
        found()
    actions.send_digests(at=six)
    assert mail.outbox[0].body.count("- Skills in Feed") == 20
    assert "And 5 more." in mail.outbox[0].body


def test_a_reviewer_reads_what_waits(submitted, ines, six):  # noqa: F811 - a fixture
    accounts.choose_mails(by=ines, wanted=["digest"])
    actions.send_digests(at=six)
    assert mail.outbox[0].subject == "Something waits for you"
    assert "“Shorter retention”: waiting for review" in mail.outbox[0].body


def test_and_which_approval_counts_no_longer_soon(approved, ines, six):  # noqa: F811 - a fixture
    accounts.choose_mails(by=ines, wanted=["digest"])
    actions.send_digests(at=approved.decisions.get().at.replace(hour=7) + timedelta(days=12))
    assert "“Shorter retention”: approved, counts until" in mail.outbox[0].body


def test_an_author_reads_what_came_back(submitted, ines, reader, six):  # noqa: F811 - a fixture
    actions.return_to_author(by=ines, proposal=submitted, reason="Too long.")
    actions.send_digests(at=six)
    assert "“Shorter retention”: returned to its author" in mail.outbox[0].body


@pytest.mark.parametrize("text", ["a\r\nBcc: eve@evil.example", "<b>&amp;", "%s {0} {{ x }}", "x" * 600])
def test_whatever_a_finding_says_is_one_line_of_text(reader, six, text):
    found(1, text)
    actions.send_digests(at=six)
    assert f"- {' '.join(text.split())}\n" in mail.outbox[0].body
    assert mail.outbox[0].message()["Bcc"] is None


def test_what_turns_text_round_is_spelt_out_in_a_letter(reader, six):
    found(1, "live_\u202eerols is a model that belongs to no AI feature.")
    actions.send_digests(at=six)
    assert "- live_[U+202E]erols is a model" in mail.outbox[0].body


def test_a_letter_that_cannot_be_sent_is_sent_the_next_time(reader, six, settings):
    found()
    settings.EMAIL_BACKEND, works = "django.core.mail.backends.smtp.EmailBackend", settings.EMAIL_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert actions.send_digests(at=six) == 0
    assert not Digest.objects.exists()
    settings.EMAIL_BACKEND = works
    assert actions.send_digests(at=six) == 1


@pytest.mark.slow
def test_a_real_worker_writes_to_who_wants_it_and_once(processes, reader, ines):
    found()
    processes.worker()
    current_app.send_task("review.send_digests")
    current_app.send_task("review.send_digests")
    wait_until(processes.mail)
    wait_until(lambda: working.waiting() == working.taken() == 0)
    (text,) = processes.mail()
    letter = message_from_string(text, policy=policy.default)
    assert letter["To"] == reader.email
    assert "Skills in Feed" in letter.get_content()


@pytest.mark.slow
def test_a_real_worker_honours_who_wants_to_hear_nothing_of_reviews(processes, otto, ines, person):
    ivo = person("Ivo", "reviewer")
    accounts.choose_mails(by=ines, wanted=[])
    processes.worker()
    proposal = actions.start_proposal(by=otto, title="Shorter retention")
    actions.withdraw(by=otto, proposal=proposal)
    wait_until(processes.mail)
    assert [message_from_string(text)["To"] for text in processes.mail()] == [ivo.email]
