"""A letter is ended by its own link: on one press in a mail program (RFC 8058), or on a page, without signing in."""

from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.consent.builders import Chooser
from tests.register.builders import NOON, register, use
from transparency.accounts import letters
from transparency.accounts.actions import choose_digest, choose_letters, choose_mails, forget_member
from transparency.accounts.mails import Mail
from transparency.accounts.models import HistoryEntry, User
from transparency.accounts.queries import wanting
from transparency.consent.actions import tell_of_changes
from transparency.consent.digests import send_digests
from transparency.review.digests import letter as letter_of_the_day
from transparency.review.models import Finding, Proposal
from transparency.review.notices import send as send_notices

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LATER = NOON + timedelta(days=8)


@pytest.fixture
def reader(publish, mia):
    """Mia asked for both kinds of letters, allowed a use, and it changed."""
    publish(register())
    choose_letters(by=mia, wanted=True, edition=1)
    choose_digest(by=mia, wanted=True, edition=1)
    Chooser("1000001").allows(at=NOON + timedelta(hours=1))
    publish(register(use(retention="13 years")))
    return mia


@pytest.fixture
def program():
    """A mail program: no cookie, no token of a form."""
    return Client(enforce_csrf_checks=True)


def sent(letter):
    """The letter as it comes to a mail program."""
    return message_from_bytes(letter.message().as_bytes(), policy=policy.default)


def link_in(letter):
    """What stands between the brackets; a long line is folded before them."""
    head = sent(letter)["List-Unsubscribe"].strip()
    assert (head[0], head[-1]) == ("<", ">")
    return head[1:-1]


def address_in(letter):
    parts = urlsplit(link_in(letter))
    return f"{parts.path}?{parts.query}"


def wants(user):
    user.refresh_from_db()
    return user.changes_by_mail, user.digest_by_mail


@pytest.mark.parametrize(
    ("write", "left"), [(tell_of_changes, (False, True)), (send_digests, (True, False))], ids=["changes", "weekly"]
)
def test_one_press_in_a_mail_program_ends_these_letters_and_no_others(reader, program, write, left):
    assert write(at=LATER) == 1
    answer = program.post(address_in(mail.outbox[0]), ONE_CLICK)
    assert (answer.status_code, "From now on we don’t send you" in answer.content.decode()) == (200, True)
    assert wants(reader) == left


@pytest.mark.parametrize("write", [tell_of_changes, send_digests])
def test_after_that_none_comes(reader, program, write, publish):
    write(at=LATER)
    program.post(address_in(mail.outbox[0]), ONE_CLICK)
    publish(register(use(retention="14 years")))
    assert write(at=LATER + timedelta(days=20)) == 0


def test_its_head_says_it_as_mail_programs_read_it_and_names_nobody(reader):
    tell_of_changes(at=LATER)
    (letter,) = mail.outbox
    link = link_in(letter)
    assert sent(letter)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith("http://localhost:8000/letters/end/?link=")
    assert not any(name in link for name in (reader.member_key, reader.email, " "))
    assert f"To get it no more: {link}\n" in letter.body


def test_a_program_that_only_looks_ends_nothing(reader, program):
    tell_of_changes(at=LATER)
    page = program.get(address_in(mail.outbox[0]))
    assert "End these letters?" in page.content.decode()
    assert page["Cache-Control"] == "no-store, private"
    assert wants(reader) == (True, True)


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "no"}, {"List-Unsubscribe": ["One-Click", "no"]}])
def test_something_else_that_is_sent_ends_nothing(reader, program, body):
    tell_of_changes(at=LATER)
    assert program.post(address_in(mail.outbox[0]), body).status_code == 400
    assert wants(reader) == (True, True)


@pytest.mark.parametrize("link", ["", "x", "\0", "é", "\ud800", "=" * 10_000, "gAAAAA" + "A" * 100])
def test_a_link_that_is_not_ours_is_told_so(program, link, db):
    answer = program.post("/letters/end/", ONE_CLICK, query_params={"link": link.encode(errors="surrogatepass")})
    assert (answer.status_code, "This link is not whole" in answer.content.decode()) == (400, True)


def test_a_link_with_another_letter_in_it_is_not_ours(reader, program):
    tell_of_changes(at=LATER)
    address = address_in(mail.outbox[0])
    other = "B" if address[60] == "A" else "A"
    assert program.post(address[:60] + other + address[61:], ONE_CLICK).status_code == 400
    assert wants(reader) == (True, True)


def test_who_is_not_here_any_more_is_told_the_same(reader, program):
    tell_of_changes(at=LATER)
    forget_member(member_key=reader.member_key)
    User.objects.filter(pk=reader.pk).delete()
    assert program.post(address_in(mail.outbox[0]), ONE_CLICK).status_code == 200


def test_staff_end_the_letter_of_the_day_likewise_and_the_history_says_so(otto, program):
    choose_mails(by=otto, wanted=[Mail.DIGEST, Mail.OF_MINE])
    Finding.objects.create(kind="unbound_model", subject="1", urgency=1, sentence="Skills in Feed.")
    letter = letter_of_the_day(otto, timezone.now())
    address = address_in(letter)
    assert f"To get it no more: {link_in(letter)}\n" in letter.body
    assert [program.post(address, ONE_CLICK).status_code for _ in range(2)] == [200, 200]
    assert (list(wanting(Mail.DIGEST)), list(wanting(Mail.OF_MINE))) == ([], [otto])
    assert HistoryEntry.objects.filter(verb="account.mails", after={"digest": False}).count() == 1


def test_and_what_they_hear_of_proposals(otto, ines, program, mailoutbox):
    proposal = Proposal.objects.create(title="Shorter retention", base=0, created_by=otto)
    assert send_notices(proposal=proposal, verb="submit", by=0) == 1
    ending = link_in(mailoutbox[0])
    assert f"To get no more letters about proposals that are submitted for review: {ending}\n" in mailoutbox[0].body
    program.post(address_in(mailoutbox[0]), ONE_CLICK)
    assert send_notices(proposal=proposal, verb="submit", by=0) == 0


def test_every_kind_of_letter_has_words():
    assert set(letters.WORDS) == {letters.CHANGES, letters.WEEKLY, *Mail}
