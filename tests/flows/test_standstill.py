"""The public log stands still: staff see it, machines are told, and each administrator gets one letter."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.register.builders import register, use
from transparency.accounts.models import HistoryEntry
from transparency.config import standstill
from transparency.consent.proofs import enter_choices
from transparency.ledger.actions import seal
from transparency.ledger.clock import ClockBehind
from transparency.ledger.models import Cosignature
from transparency.ledger.notes import WITNESS, Verifier
from transparency.ledger.queries import newest

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(publish, chooses, amir, time_machine):
    """All is sealed, and then Mia refuses. Nothing works on the log from then on."""
    time_machine.move_to("2026-12-25T12:00:00+00:00")
    publish(register())
    seal(at=timezone.now())
    chooses.refuses(at=timezone.now())


@pytest.fixture
def six_minutes_later(refused, time_machine):
    time_machine.shift(timedelta(minutes=6))


@pytest.fixture
def otto_reads(client, otto, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(otto)
    return lambda address: client.get(address).content.decode()


def watch():
    return standstill.watch_the_log(at=timezone.now())


def letters():
    return [(one.to, one.subject) for one in mail.outbox]


def test_a_choice_that_nobody_enters_is_told_to_administrators_once(six_minutes_later, amir):
    assert (watch(), watch()) == (1, 0)
    assert letters() == [([amir.email], "The public log stands still")]
    assert "waits for it since 25 December 2026, 12:00 UTC." in mail.outbox[0].body


def test_a_batch_that_nobody_seals_is_told_too(six_minutes_later, amir):
    enter_choices(at=timezone.now() - timedelta(minutes=6))
    watch()
    assert letters() == [([amir.email], "The public log stands still")]


def test_what_waits_for_a_minute_is_told_to_nobody(refused, time_machine):
    time_machine.shift(timedelta(minutes=1))
    assert watch() == 0


def test_when_it_goes_on_that_is_written_down_and_a_second_time_is_told_again(six_minutes_later, chooses, time_machine):
    watch()
    enter_choices(at=timezone.now())
    seal(at=timezone.now())
    assert watch() == 0
    chooses.refuses(at=timezone.now())
    time_machine.shift(timedelta(minutes=6))
    assert watch() == 1
    verbs = HistoryEntry.objects.filter(subject_kind="ledger").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == [standstill.STANDS, standstill.GOES_ON, standstill.STANDS]


def test_a_letter_that_can_not_be_sent_is_tried_again(six_minutes_later, monkeypatch, amir):
    with monkeypatch.context() as no_mail:
        no_mail.setattr(mail.backends.locmem.EmailBackend, "send_messages", lambda *letters: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            watch()
    assert watch() == 1


@pytest.mark.parametrize("address", ["/staff/", "/staff/workers/"])
def test_staff_see_it(six_minutes_later, otto_reads, address):
    assert "<b>The public log stands still.</b>" in otto_reads(address)


@pytest.fixture
def walt_is_silent(publish, amir, settings, time_machine):
    """Walt the witness signed the first edition, and for an hour nothing that was sealed after it."""
    walt = Verifier("walt.example", WITNESS, bytes(32))
    settings.LEDGER_WITNESSES = [f"{walt} http://127.0.0.1:9"]
    time_machine.move_to("2026-12-25T12:00:00+00:00")
    publish(register())
    first = seal(at=timezone.now())
    Cosignature.objects.create(checkpoint=first, witness=walt.name, line="", signed_at=timezone.now())
    publish(register(use(stage="inference")), at=timezone.now())
    seal(at=timezone.now())
    time_machine.shift(timedelta(minutes=61))


@pytest.mark.parametrize("address", ["/staff/", "/staff/workers/", "/ledger/"])
def test_everybody_sees_that_a_witness_has_not_signed(walt_is_silent, otto_reads, address):
    assert re.search("walt[.]example has not signed.* since .*25 December 2026, 12:00 UTC", otto_reads(address))


@pytest.mark.parametrize("address", ["/staff/", "/staff/workers/", "/ledger/"])
def test_a_witness_that_signed_the_newest_is_no_news(walt_is_silent, otto_reads, address):
    Cosignature.objects.create(checkpoint=newest(), witness="walt.example", line="", signed_at=timezone.now())
    assert "walt.example has not signed" not in otto_reads(address)


@pytest.fixture
def a_year_back(refused, time_machine):
    """The clock goes back under whatever runs."""
    time_machine.move_to("2025-12-25T12:00:00+00:00", tick=False)


def test_a_clock_that_went_back_is_told_with_what_to_do(a_year_back, amir):
    assert (watch(), watch()) == (1, 0)
    assert letters() == [([amir.email], "The public log stands still")]
    assert "It was sealed last on 25 December 2026, 12:00 UTC, and can’t be now." in mail.outbox[0].body
    assert "clock says 2025-12-25 12:00 UTC, but the log was sealed at 2026-12-25 12:00. Set it" in mail.outbox[0].body


@pytest.mark.parametrize("address", ["/staff/", "/staff/workers/"])
def test_staff_see_that_it_is_the_clock(a_year_back, otto_reads, address):
    assert "stands still.</b> This machine&#x27;s clock says 2025-12-25 12:00 UTC" in otto_reads(address)


def test_machines_are_told_of_the_clock_at_once(a_year_back, client):
    assert client.get("/health/sealing").status_code == 503


def test_members_are_told_on_the_page_of_the_log(a_year_back, client):
    told = client.get("/ledger/").content.decode()
    assert "<b>The log is held up.</b> Our clock shows an earlier time than the newest seal." in told


def test_what_waits_meanwhile_is_sealed_once_the_clock_is_right(a_year_back, time_machine):
    watch()
    assert enter_choices(at=timezone.now()) == 1
    with pytest.raises(ClockBehind):
        seal(at=timezone.now())
    time_machine.move_to("2026-12-25T12:01:00+00:00", tick=False)
    assert seal(at=timezone.now()).size == 2
    assert (watch(), HistoryEntry.objects.first().verb) == (0, standstill.GOES_ON)


@pytest.mark.parametrize("address", ["/staff/", "/staff/workers/"])
def test_staff_see_nothing_where_all_is_well(refused, otto_reads, address):
    assert "stands still.</b>" not in otto_reads(address)


def test_machines_are_told(refused, client, time_machine):
    assert client.get("/health/sealing").status_code == 200
    time_machine.shift(timedelta(minutes=6))
    assert client.get("/health/sealing").status_code == 503
