"""Members who are known at once get the overview by the short way: the same answer, and nobody who should not."""

from datetime import timedelta

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.members.test_press import headers
from tests.register.builders import NOON, register, use
from transparency.accounts import actions, proof
from transparency.accounts.models import User
from transparency.accounts.sessions import MEMBERS, STAFF
from transparency.members import press

pytestmark = pytest.mark.django_db
TODAY = NOON + timedelta(days=40)
BACKEND = "transparency.accounts.stored.StoredBackend"


@pytest.fixture
def site(publish, time_machine):
    publish(register(use()))
    time_machine.move_to(TODAY, tick=False)
    return publish


@pytest.fixture
def here(client, site, mia, chooses):
    """Mia's browser, which has opened the overview already."""
    client.force_login(mia)
    client.get("/")
    return client


@pytest.fixture
def only_the_whole_way(monkeypatch):
    return lambda: monkeypatch.setattr(press.PressMiddleware, "_to_a_member", lambda self, request: None)


@pytest.fixture
def way(here, rf):
    """By which way Mia's request is answered."""
    ask = press.PressMiddleware(lambda request: "the whole way")

    def take(path="/", method="get", cookie=None, **sent):
        sent = {"Cookie": f"sid={here.cookies['sid'].value if cookie is None else cookie}", **sent}
        answer = ask(getattr(rf, method)(path, headers=sent))
        return answer if answer == "the whole way" else "the short way"

    return take


def noted(here, **what):
    """Mia's session, with these values in it."""
    session = here.session
    session.update(what)
    session.save()


def hours_ago(hours):
    return (TODAY - timedelta(hours=hours)).timestamp()


@pytest.mark.parametrize("accepted", ["gzip, br", "identity"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_the_short_way_answers_mia_as_the_whole_one(here, only_the_whole_way, method, accepted):
    short = getattr(here, method)("/", headers={"Accept-Encoding": accepted})
    only_the_whole_way()
    whole = getattr(here, method)("/", headers={"Accept-Encoding": accepted})
    assert (short.status_code, headers(short), short.content) == (200, headers(whole), whole.content)
    assert short["Vary"] == "Cookie"


@pytest.mark.parametrize("method", ["get", "head"])
def test_mia_goes_the_short_way(way, method):
    assert way(method=method) == "the short way"


def test_on_it_nobody_looks_for_more_than_a_session(here, monkeypatch):
    monkeypatch.setattr("transparency.accounts.middleware.get_user", None)
    assert b"You have refused" in here.get("/").content


def test_what_her_visit_changes_is_written_by_the_short_way_too(here, site, mia):
    site(register(use(retention="13 years")), at=TODAY)
    Client().get("/")
    later = type(here)()
    later.force_login(User.objects.get(pk=mia.pk))
    answer = later.get("/")
    assert "Since your last visit" in answer.content.decode()
    assert answer.cookies["sid"]["httponly"]
    assert (later.session["edition_before"], User.objects.get(pk=mia.pk).seen_edition) == (1, 2)


def test_who_was_signed_out_elsewhere_is_a_stranger(here, way):
    Session.objects.all().delete()
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


def test_who_was_switched_off_is_a_stranger(here, way, mia, amir):
    actions.deactivate(by=amir, user=mia)
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


def test_who_was_erased_is_a_stranger(here, way, mia):
    mia.delete()
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


def test_whose_password_changed_is_a_stranger(here, way, mia):
    mia.set_password("another battery staple")
    mia.save()
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


@pytest.mark.parametrize("proved", ["", None, "a made up proof"])
def test_a_session_without_a_proof_of_the_password_is_not_hers(here, way, proved):
    noted(here, **{HASH_SESSION_KEY: proved})
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


def test_a_session_that_another_key_signed_is_nobodys(here, way, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, []
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


def test_a_session_from_before_a_change_of_keys_is_renewed_by_the_whole_way(here, way, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", True)
    assert way() == "the short way"


def test_a_way_of_signing_in_that_is_no_longer_ours_counts_no_more(here, way, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


def test_who_came_by_another_way_of_signing_in_goes_the_whole_way(here, way):
    noted(here, _auth_user_backend="django.contrib.auth.backends.ModelBackend")
    assert way() == "the whole way"


def test_with_another_persons_number_before_her_session_she_goes_the_whole_way(here, way, max):
    signed = Session.objects.get().session_data.partition(";")[2]
    Session.objects.update(session_data=f"{max.pk};{signed}")
    assert way() == "the whole way"


def test_a_session_that_has_expired_is_nobodys(here, way):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


@pytest.mark.parametrize("name", [proof.SINCE, proof.SEEN])
def test_a_session_that_has_lasted_long_enough_ends_on_the_whole_way(here, way, name):
    noted(here, **{name: hours_ago(MEMBERS.whole.total_seconds() / 3600)})
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


def test_mia_who_becomes_staff_has_a_session_of_staff_at_once(here, way, mia):
    noted(here, since=hours_ago(STAFF.whole.total_seconds() / 3600))
    assert way() == "the short way"
    User.objects.filter(pk=mia.pk).update(role="editor")
    assert (way(), b"You have refused" in here.get("/").content) == ("the whole way", False)


def test_once_a_minute_it_is_noted_by_the_whole_way_that_she_is_here(here, way, time_machine):
    time_machine.shift(proof.WRITTEN_AGAIN_AFTER - 1)
    assert way() == "the short way"
    time_machine.shift(1)
    assert way() == "the whole way"
    here.get("/")
    assert (way(), here.session[proof.SEEN]) == ("the short way", timezone.now().timestamp())


def test_a_session_that_does_not_say_since_when_is_told_by_the_whole_way(here, way):
    session = here.session
    del session[proof.SINCE]
    session.save()
    assert way() == "the whole way"


def test_who_is_no_member_goes_the_whole_way(here, way, mia):
    User.objects.filter(pk=mia.pk).update(member_key="")
    assert way() == "the whole way"


@pytest.mark.parametrize("sent", ["1", "0", "", "1, 0"])
def test_a_signal_of_the_browser_is_heeded_on_the_whole_way(way, sent):
    assert way(**{"Sec-GPC": sent}) == "the whole way"


@pytest.mark.parametrize("cookie", ["", "a" * 32, "a" * 5000, "\xff" * 9, "aaaaaaaa'--", "aaaa"])
def test_a_made_up_session_goes_the_whole_way(way, cookie):
    assert way(cookie=cookie) == "the whole way"


@pytest.mark.parametrize("path", ["/how/", "/choices/", "/on/2026-11-24/", "/account/", "/nowhere/"])
def test_every_other_page_is_made_on_the_whole_way(here, way, path):
    here.get(path)
    assert way(path) == "the whole way"


def test_a_form_is_read_on_the_whole_way(way):
    assert way(method="post") == "the whole way"


def test_who_prefers_another_form_than_a_page_goes_the_whole_way(way):
    assert way(Accept="application/json") == "the whole way"
