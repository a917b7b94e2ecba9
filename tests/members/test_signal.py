"""Global Privacy Control: what counts as the signal, what it refuses, and what counts more (promise P-06)."""

import http.client
from datetime import timedelta
from itertools import product

import pytest
from django.db import DatabaseError

from tests.consent.builders import NAME
from tests.members.choosing import USE, press
from tests.register.builders import NOON, register, use
from transparency.consent import queries
from transparency.consent.actions import UnknownScope
from transparency.consent.models import Choice, Origin
from transparency.consent.precedence import Because
from transparency.members import signal
from transparency.register.schema import Recipient

pytestmark = pytest.mark.django_db
WRITING = dict.fromkeys(("post", "put", "patch", "delete", "trace"), 405)
PAGE = "/privacy-signal/"
SOLD = (Recipient(name="Adverts Ltd", role="third_party"),)
MIA = "1000001"

HEADERS = {
    None: False,
    "1": True,
    "1,0": True,
    "0,1": True,
    "0, 1 ,0": True,
    " 1 ": True,
    "\t1": True,
    "0": False,
    "11": False,
    "01": False,
    "1.0": False,
    "true": False,
    "1;x": False,
    "": False,
    ",": False,
    "١": False,
}
# Whether the use is allowed after the page was opened, by what was stored, and by whether a member's signal counts.
TRUTH = {
    "nothing": {False: True, True: False},
    "an allow": {False: True, True: False},
    "a refusal": {False: False, True: False},
    "an allow after the signal": {False: True, True: True},
}
CASES = [
    (header, signed_in, stored, TRUTH[stored][counts and signed_in])
    for (header, counts), signed_in, stored in product(HEADERS.items(), (True, False), TRUTH)
    if signed_in or counts  # what is no signal of Mia's is none of a stranger's
]


@pytest.fixture
def site(publish, time_machine):
    """One use that shares data with others, and one that shares nothing."""
    time_machine.move_to(NOON + timedelta(days=1))
    return publish(register(use(recipients=SOLD), use(stage="inference")))


def store(stored, chooses):
    said = {"member": MIA, "edition": 1}
    if stored == "an allow after the signal":
        chooses.heeds(member=MIA)
    {"nothing": dict, "a refusal": lambda: chooses.refuses(**said)}.get(stored, lambda: chooses.allows(**said))()


def opened(client, header, path=PAGE):
    return client.get(path, headers={} if header is None else {"Sec-GPC": header})


def outcome(member=MIA):
    return queries.outcomes(member, NOON + timedelta(days=2))[NAME]


@pytest.mark.parametrize(("header", "signed_in", "stored", "allowed"), CASES)
def test_the_truth_table(client, site, mia, chooses, header, signed_in, stored, allowed):
    store(stored, chooses)
    if signed_in:
        client.force_login(mia)
    opened(client, header)
    assert outcome().allowed == allowed


def test_two_headers_of_which_one_says_1_are_the_signal(live_server, client, mia, publish):
    publish(register(use(recipients=SOLD)))
    client.force_login(mia)
    browser = http.client.HTTPConnection(live_server.thread.host, live_server.thread.port)
    browser.putrequest("GET", "/how/")
    for name, value in [("Cookie", f"sid={client.cookies['sid'].value}"), ("Sec-GPC", "0"), ("Sec-GPC", "1")]:
        browser.putheader(name, value)
    browser.endheaders()
    browser.getresponse().read()
    assert Choice.objects.get().origin == Origin.SIGNAL


@pytest.mark.parametrize("path", ["/", "/how/", "/accounts/here/", "/nowhere/", "/changes/feed.atom", "/api/v1/"])
def test_it_counts_on_whatever_page_a_member_opens(client, site, mia, path):
    client.force_login(mia)
    opened(client, "1", path)
    assert outcome().because == Because.SIGNAL


def test_what_it_does_not_speak_of_stays_as_it_was(client, site, mia):
    client.force_login(mia)
    opened(client, "1")
    found = queries.outcomes(MIA, NOON + timedelta(days=2))
    assert {name: one.allowed for name, one in found.items()} == {
        NAME: False,
        NAME.replace("training", "inference"): True,
    }


@pytest.mark.parametrize(("covers", "refused"), [("sharing", 1), ("training", 1), ("everything", 2)])
def test_the_company_states_how_much_it_refuses(client, site, mia, settings, covers, refused):
    settings.GPC_COVERS = covers
    client.force_login(mia)
    opened(client, "1")
    assert [one.allowed for one in queries.outcomes(MIA, NOON + timedelta(days=2)).values()].count(False) == refused


def test_what_was_refused_under_a_wider_setting_stays_refused(client, site, mia, settings):
    client.force_login(mia)
    settings.GPC_COVERS = "everything"
    opened(client, "1")
    settings.GPC_COVERS = "sharing"
    opened(client, "1")
    assert not any(one.allowed for one in queries.outcomes(MIA, NOON + timedelta(days=2)).values())


def test_it_is_recorded_once_not_with_every_page(client, site, mia):
    client.force_login(mia)
    opened(client, "1")
    opened(client, "1", "/")
    client.logout()
    client.force_login(mia)
    opened(client, "1")
    assert Choice.objects.count() == 1


def test_the_second_page_asks_only_who_is_there(client, site, mia, django_assert_num_queries):
    client.force_login(mia)
    opened(client, "1", "/how/")
    with django_assert_num_queries(2):  # who is there, and what is in force
        opened(client, "1", "/how/")


def test_a_stranger_who_sends_it_costs_nothing_more(client, site, django_assert_num_queries):
    opened(client, None, "/how/")
    with django_assert_num_queries(1):
        opened(client, "1", "/how/")


def test_an_account_without_a_member_key_records_nothing(client, site, otto):
    client.force_login(otto)
    assert "belongs to no member" in opened(client, "1").content.decode()
    assert not Choice.objects.exists()


def test_a_second_member_in_the_same_browser_is_heeded_too(client, site, mia, max):
    client.force_login(mia)
    opened(client, "1")
    client.force_login(max)
    opened(client, "1")
    assert not outcome("1000002").allowed


def test_a_database_that_fails_spoils_no_page_and_the_next_one_tries_again(client, site, mia, monkeypatch):
    client.force_login(mia)
    with monkeypatch.context() as patch:
        patch.setattr(signal, "heed_signal", broken)
        assert "Not recorded yet" in opened(client, "1").content.decode()
    opened(client, "1")
    assert not outcome().allowed


def broken(**said):
    raise DatabaseError("the connection was lost")


def test_a_stranger_is_told_what_it_would_do(client, site):
    page = opened(client, "1").content.decode()
    assert "We do not know who you are yet" in page
    assert "What it would switch off" in page
    assert "Private messages in Job recommendations" in page


def test_a_member_is_told_that_it_was_honoured(client, site, mia):
    client.force_login(mia)
    page = opened(client, "1").content.decode()
    assert "Opt-out request honoured." in page
    assert "Because of it, 1 use of your data is off." in page


def test_a_member_is_told_what_counts_more(client, site, mia, chooses):
    store("an allow after the signal", chooses)
    client.force_login(mia)
    assert "You allowed 1 other yourself afterwards." in opened(client, "1").content.decode()


def test_whoever_allowed_it_in_spite_of_the_signal_is_asked_again_once_it_changed(client, publish, site, mia, chooses):
    store("an allow after the signal", chooses)
    publish(register(use(recipients=SOLD, retention="13 years"), use(stage="inference")))
    client.force_login(mia)
    page = opened(client, "1", "/choices/").content.decode()
    assert "so your yes no longer counts. It is off now." in page
    assert "before it changed. That no longer counts. Your browser sends a privacy signal." in page
    assert outcome().because == Because.SIGNAL
    press(client, "allow", USE)
    assert "your yes no longer counts" not in opened(client, "1", "/choices/").content.decode()
    assert outcome().because == Because.CHOICE


def test_without_the_signal_the_page_says_that_what_it_refused_holds(client, site, mia, chooses):
    chooses.heeds(member=MIA)
    client.force_login(mia)
    assert "what it refused stays refused" in opened(client, None).content.decode()


def test_without_the_signal_a_stranger_is_told_what_it_is(client, site):
    assert "Your browser does not send it now." in opened(client, None).content.decode()


def test_what_depends_on_it_is_kept_by_no_cache(client, site):
    response = opened(client, "1")
    assert "no-store" in response["Cache-Control"]
    assert "Sec-GPC" in response["Vary"]


def test_public_pages_say_the_same_with_it(client, site, mia):
    plain = opened(client, None, "/how/").content
    client.force_login(mia)
    assert opened(client, "1", "/how/").content == plain


def test_machines_are_told_that_it_is_honoured(client, settings):
    settings.GPC_STATED_ON = "2026-11-25"
    response = client.get("/.well-known/gpc.json")
    assert (response["Content-Type"], response.json()) == (
        "application/json",
        {"gpc": True, "lastUpdate": "2026-11-25"},
    )


def test_nobody_chooses_a_signal_by_hand(site, chooses):
    with pytest.raises(UnknownScope):
        chooses.refuses("gpc:sharing")


def test_every_page_leads_to_what_it_does(client, site):
    assert PAGE in client.get("/").content.decode()


def test_the_signal_is_one_choice_even_when_two_pages_are_opened_at_once(site, chooses):
    first = chooses.heeds(member=MIA)
    assert chooses.refuses("gpc:sharing", member=MIA, origin=Origin.SIGNAL, request="signal gpc:sharing") == first


@pytest.mark.parametrize("path", [PAGE, "/.well-known/gpc.json"])
def test_nothing_but_reading_is_answered(client, site, path):
    assert {method: getattr(client, method)(path).status_code for method in WRITING} == WRITING


def test_the_page_asks_the_database_the_same_however_much_there_is(
    client, site, mia, publish, django_assert_num_queries
):
    client.force_login(mia)
    opened(client, "1")
    with django_assert_num_queries(6):
        opened(client, "1")
    publish(register(*(use(recipients=SOLD, stage=stage) for stage in ("training", "inference", "evaluation"))))
    opened(client, "1")
    with django_assert_num_queries(6):
        opened(client, "1")
