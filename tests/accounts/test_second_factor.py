"""The second factor: staff need one, its seed is kept safe, and each code works once."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.utils import timezone

from tests.accounts.test_sign_in import PASSWORD, sign_in
from transparency.accounts.adapter import SecondFactorAdapter
from transparency.accounts.models import HistoryEntry
from transparency.accounts.sessions import FRESH

pytestmark = pytest.mark.django_db


def code(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def secret(client, otto):
    """Otto signs in and sets up his app; this is its secret."""
    sign_in(client, otto.email)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    return secret


def test_staff_without_one_are_led_to_set_one_up(client, otto):
    sign_in(client, otto.email)
    assert client.get("/staff/")["Location"] == "/accounts/2fa/"


def test_with_one_set_up_the_work_opens(client, secret):
    assert client.get("/staff/").status_code == 200


def test_the_next_sign_in_asks_for_it(client, otto, secret, time_machine):
    client.post("/accounts/logout/")
    assert sign_in(client, otto.email)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/staff/").status_code == 302
    assert client.get("/accounts/here/").status_code == 302


def test_a_recovery_code_opens_the_door_once(client, otto, secret):
    spare = Authenticator.objects.get(user=otto, type="recovery_codes").wrap().get_unused_codes()[0]
    assert enter(client, otto, spare)["Location"] == "/accounts/here/"
    assert enter(client, otto, spare).status_code == 200


def test_a_code_works_once(client, otto, secret, time_machine):
    now = code(secret)
    enter(client, otto, now)
    assert b"Incorrect code" in enter(client, otto, now).content


def test_a_wrong_code_is_refused_and_too_many_wait(client, otto, secret):
    answers = [enter(client, otto, "000000") for _ in range(7)]
    assert b"Incorrect code" in answers[0].content
    assert b"Too many" in answers[-1].content


def test_a_new_password_does_not_replace_it(client, otto, secret):
    client.post("/accounts/logout/")
    otto.set_password("seven purple elephants dance")
    otto.save()
    assert sign_in(client, otto.email, "seven purple elephants dance")["Location"] == "/accounts/2fa/authenticate/"


def test_the_seed_is_not_readable_in_the_database(otto, secret):
    stored = Authenticator.objects.get(user=otto, type="totp").data["secret"]
    assert secret not in stored
    assert SecondFactorAdapter().decrypt(stored) == secret


def test_a_seed_survives_a_new_key(settings):
    stored = SecondFactorAdapter().encrypt("seed")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
    assert SecondFactorAdapter().decrypt(stored) == "seed"


@pytest.mark.django_db(transaction=True)
def test_setting_it_up_is_told_by_mail_and_stands_in_the_history(otto, secret):
    assert otto.email in mail.outbox[0].to
    assert HistoryEntry.objects.filter(actor=otto, verb="account.totp_activated").exists()


def test_changing_it_needs_a_code_anew(client, otto, secret, time_machine):
    time_machine.move_to(timezone.now() + FRESH)
    response = client.get("/accounts/2fa/totp/deactivate/")
    assert response["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_without_it_the_work_closes_again(client, otto, secret):
    client.post("/accounts/2fa/totp/deactivate/")
    assert client.get("/staff/")["Location"] == "/accounts/2fa/"


def test_the_picture_of_the_secret_is_drawn_in_the_page(client, otto):
    sign_in(client, otto.email)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    assert '<svg class="qr"' in page
    assert "data:image" not in page


def enter(client, user, text):
    """Sign in anew, and answer the question for a code with ``text``."""
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client.post("/accounts/2fa/authenticate/", {"code": text})
