"""Who is here: read in one short statement, and nobody who may not be."""

from datetime import timedelta

import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.db import SessionStore as Djangos
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import RequestFactory
from django.utils import timezone

from transparency.accounts import actions
from transparency.accounts.middleware import LastingMiddleware
from transparency.accounts.models import User
from transparency.accounts.stored import SessionStore, StoredBackend

pytestmark = pytest.mark.django_db


def test_a_session_is_read_as_django_wrote_it():
    written = Djangos()
    written["edition_before"] = 3
    written.save()
    assert SessionStore(written.session_key)["edition_before"] == 3


def test_what_a_session_holds_is_each_readers_own():
    written = SessionStore()
    written["list"] = [1]
    written.save()
    SessionStore(written.session_key)["list"].append(2)
    assert SessionStore(written.session_key)["list"] == [1]


def test_a_session_signed_with_a_key_that_is_no_longer_ours_is_empty(settings):
    written = SessionStore()
    written["a"] = 1
    written.save()
    assert SessionStore(written.session_key)["a"] == 1
    settings.SECRET_KEY = "another key than the one that signed it"
    assert SessionStore(written.session_key).get("a") is None


def test_a_session_that_was_tampered_with_is_empty():
    written = SessionStore()
    written["a"] = 1
    written.save()
    SessionStore(written.session_key).get("a")
    Session.objects.update(session_data=Concat("session_data", Value("x")))
    assert SessionStore(written.session_key).get("a") is None


def test_a_session_that_has_expired_is_empty():
    written = SessionStore()
    written["a"] = 1
    written.save()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(written.session_key).get("a") is None


def test_a_made_up_session_is_empty_and_gets_another_key():
    made_up = SessionStore("a" * 32)
    assert (made_up.get("a"), made_up.session_key) == (None, None)


def test_a_person_is_read_whole(mia):
    found, expected = StoredBackend().get_user(mia.pk), User.objects.get(pk=mia.pk)
    names = [field.attname for field in User._meta.concrete_fields]
    assert [getattr(found, name) for name in names] == [getattr(expected, name) for name in names]
    assert not found.get_deferred_fields()


def test_whoever_is_switched_off_is_nobody_with_the_next_request(client, mia, amir):
    client.force_login(mia)
    assert client.get("/accounts/here/").status_code == 200
    actions.deactivate(by=amir, user=mia)
    assert client.get("/accounts/here/")["Location"].startswith("/accounts/login/")


def test_who_is_here_is_one_statement(client, mia, django_assert_num_queries):
    client.force_login(mia)
    with django_assert_num_queries(1):
        assert auth_of(client) == mia


def test_whoever_comes_with_a_session_that_django_wrote_is_known(client, mia):
    client.force_login(mia)
    Session.objects.update(session_data=Session.objects.get().session_data.partition(";")[2])
    assert auth_of(client) == mia


def test_who_somebody_is_the_signed_session_alone_says(client, mia, otto):
    client.force_login(mia)
    signed = Session.objects.get().session_data.partition(";")[2]
    Session.objects.update(session_data=f"{otto.pk};{signed}")
    assert auth_of(client) == mia


@pytest.mark.parametrize("whose", ["", "0", "9" * 18, "9" * 19, "-1", "x", "1;1"])
def test_whatever_stands_before_a_session_is_only_where_to_look(client, mia, whose):
    client.force_login(mia)
    signed = Session.objects.get().session_data.partition(";")[2]
    Session.objects.update(session_data=f"{whose};{signed}")
    assert auth_of(client) == mia


def test_whoever_was_read_beside_a_session_is_read_again_by_everybody_else(client, mia, amir):
    client.force_login(mia)
    assert auth_of(client) == mia
    actions.deactivate(by=amir, user=mia)
    assert StoredBackend().get_user(mia.pk) is None


def test_a_new_role_counts_from_the_next_request_on(client, otto):
    client.force_login(otto)
    assert auth_of(client).role == "editor"
    User.objects.filter(pk=otto.pk).update(role="auditor")
    assert auth_of(client).role == "auditor"


def auth_of(client):
    """Who a request of this browser is from, as middleware finds out."""
    request = RequestFactory().get("/")
    request.session = SessionStore(client.cookies["sid"].value)
    AuthenticationMiddleware(lambda _: None).process_request(request)
    LastingMiddleware(lambda _: None)(request)
    return request.user if request.user.is_authenticated else None


def test_whose_password_changed_elsewhere_is_signed_out(client, mia):
    client.force_login(mia)
    mia.set_password("another battery staple")
    mia.save()
    assert client.get("/accounts/here/")["Location"].startswith("/accounts/login/")


def test_a_new_secret_key_signs_everybody_out(client, mia, settings):
    client.force_login(mia)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, []
    assert client.get("/accounts/here/")["Location"].startswith("/accounts/login/")


def test_a_new_secret_key_beside_the_old_one_signs_nobody_out(client, mia, settings):
    client.force_login(mia)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert client.get("/accounts/here/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/accounts/here/").status_code == 200


def test_a_session_written_under_another_secret_key_is_empty(settings):
    written = SessionStore()
    written["a"] = 1
    written.save()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, []
    assert SessionStore(written.session_key).get("a") is None


def test_whoever_is_erased_is_nobody_with_the_next_request(client, mia):
    client.force_login(mia)
    User.objects.filter(pk=mia.pk).delete()
    assert client.get("/accounts/here/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("key", [r'"aaaaaaaaaa\000"', "a" * 5000, "\xff" * 9, "aaaaaaaa'--", "aaaa", ""])
def test_whoever_sends_a_malformed_cookie_is_a_stranger(client, key):
    answer = client.get("/accounts/here/", HTTP_COOKIE=f"sid={key}")
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.django_db(transaction=True)
def test_who_is_here_is_still_known_after_the_connection_was_lost(client, mia):
    client.force_login(mia)
    lose_the_connection()
    assert client.get("/accounts/here/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_looking_who_is_here_is_all_that_is_asked_of_the_connection(monkeypatch):
    connection.ensure_connection()
    connection.health_check_done = False  # as with each new request
    monkeypatch.setattr(connection, "is_usable", lambda: pytest.fail("Django asked whether the connection works."))
    assert SessionStore("a" * 32).load() == {}


def lose_the_connection():
    with connection.cursor() as cursor, connections.create_connection("default").cursor() as other:
        cursor.execute("SELECT pg_backend_pid()")
        other.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
        other.connection.close()
