"""Who is here: read in two short statements, and nobody who may not be."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore as Djangos
from django.contrib.sessions.models import Session
from django.utils import timezone

from transparency.accounts import actions
from transparency.accounts.models import User
from transparency.accounts.stored import SessionStore, StoredBackend

pytestmark = pytest.mark.django_db


def test_a_session_is_read_as_django_wrote_it():
    written = Djangos()
    written["edition_before"] = 3
    written.save()
    assert SessionStore(written.session_key)["edition_before"] == 3


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


def test_whose_password_changed_elsewhere_is_signed_out(client, mia):
    client.force_login(mia)
    mia.set_password("another battery staple")
    mia.save()
    assert client.get("/accounts/here/")["Location"].startswith("/accounts/login/")
