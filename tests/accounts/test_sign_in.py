"""Signing in with a password: what works, what is refused, and what nobody learns from it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from redis import Redis

from transparency.accounts import actions
from transparency.accounts.models import HistoryEntry, Limit

PASSWORD = "correct horse battery"
NEW = "seven purple elephants dance"
BAD = [
    ("short", "editor"),
    ("password1234", "member"),
    ("fourteen chars", "editor"),
    ("otto@tandem.example", "editor"),
    ("HowYourDataIsUsed Tandem", "member"),
    ("x" * 64 + "y" * 65, "member"),
]
NASTY = ["", "\x00", "\u202e" * 50, "e\u0301" * 300, "a" * 100_000, "{}", "[[[[", "null", "' OR 1=1 --"]


@pytest.fixture
def another_browser():
    return Client()


def sign_in(client, email, password=PASSWORD, **more):
    return client.post("/accounts/login/", {"login": email, "password": password} | more)


def test_without_javascript_it_is_said_that_only_passkeys_need_it(client, db):
    page = client.get("/accounts/login/").content.decode()
    assert "Passkeys and keys need JavaScript. A password, or a code from an app, does not." in page
    assert "This functionality requires JavaScript" not in page


def test_mia_signs_in_and_lands_on_her_account(client, mia):
    assert sign_in(client, mia.email)["Location"] == "/accounts/here/"
    assert "Hello, Mia" in client.get("/accounts/here/").content.decode()


def test_letters_of_an_address_may_be_large_or_small(client, mia):
    assert sign_in(client, "MIA@Tandem.Example").status_code == 302


def test_the_session_gets_a_new_name_when_somebody_signs_in(client, mia):
    client.get("/accounts/login/")
    sign_in(client, mia.email)
    first = client.cookies["sid"].value
    client.post("/accounts/logout/")
    sign_in(client, mia.email)
    assert client.cookies["sid"].value != first
    assert not Session.objects.filter(pk=first).exists()


def test_a_session_name_that_a_stranger_chose_is_not_taken_over(client, mia):
    client.cookies["sid"] = "chosenbyastrangerchosenbyastrang"
    sign_in(client, mia.email)
    assert client.cookies["sid"].value != "chosenbyastrangerchosenbyastrang"


def test_signing_out_needs_a_form_and_clears_what_the_browser_kept(client, mia):
    sign_in(client, mia.email)
    assert client.get("/accounts/logout/").status_code == 200
    response = client.post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/accounts/here/").status_code == 302


def test_somebody_who_was_switched_off_is_out_at_the_next_request(client, mia):
    sign_in(client, mia.email)
    type(mia).objects.update(is_active=False)
    assert client.get("/accounts/here/").status_code == 302
    assert sign_in(client, mia.email)["Location"] == "/accounts/inactive/"


@pytest.mark.parametrize("email", ["mia@tandem.example", "nobody@tandem.example"])
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client, mia, email):
    page = sign_in(client, email, "wrong horse battery").content.decode()
    assert "The email address and/or password you specified are not correct." in page


@pytest.mark.parametrize("email", ["mia@tandem.example", "nobody@tandem.example"])
def test_asking_for_a_new_password_tells_nothing_of_who_has_an_account(client, mia, email):
    response = client.post("/accounts/password/reset/", {"email": email})
    assert response["Location"] == "/accounts/password/reset/done/"
    assert [message.to for message in mail.outbox] == [[email]]


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere_after_signing_in(client, mia, target):
    assert sign_in(client, mia.email, next=target)["Location"] == "/accounts/here/"


def test_nobody_makes_an_account_by_themselves(client, db):
    assert "You can’t make an account here" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", {"email": "eve@evil.example", "password1": NEW, "password2": NEW})
    assert sign_in(client, "eve@evil.example", NEW).status_code == 200


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "confirm-email/x/", "password/set/", "3rdparty/"])
def test_nobody_changes_who_they_are(client, otto, path):
    client.force_login(otto)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_a_new_password_comes_by_mail_and_ends_every_session(client, mia, another_browser):
    sign_in(another_browser, mia.email)
    client.post("/accounts/password/reset/", {"email": mia.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    form = client.get(link)["Location"]
    client.post(form, {"password1": NEW, "password2": NEW})
    assert another_browser.get("/accounts/here/").status_code == 302
    assert sign_in(client, mia.email, NEW).status_code == 302


def test_the_link_for_a_new_password_works_once(client, mia):
    client.post("/accounts/password/reset/", {"email": mia.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    client.post(client.get(link)["Location"], {"password1": NEW, "password2": NEW})
    assert b"This link has ended" in client.get(link, follow=True).content


def test_the_link_for_a_new_password_ends_with_the_account(client, mia):
    client.post("/accounts/password/reset/", {"email": mia.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    type(mia).objects.filter(pk=mia.pk).update(is_active=False)
    client.post(client.get(link, follow=True).request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    mia.refresh_from_db()
    assert not mia.check_password(NEW)
    assert client.get("/accounts/here/").status_code == 302


def test_nor_does_it_come_back_with_the_account(client, mia, amir):
    client.post("/accounts/password/reset/", {"email": mia.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    actions.deactivate(by=amir, user=mia)
    actions.reactivate(by=amir, user=mia)
    assert b"This link has ended" in client.get(link, follow=True).content


def test_nor_does_it_outlive_a_sign_out_everywhere(client, mia):
    client.post("/accounts/password/reset/", {"email": mia.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    actions.sign_out_everywhere(by=mia)
    assert b"This link has ended" in client.get(link, follow=True).content


def test_somebody_who_comes_through_the_company_gets_no_password_by_mail(client, mia):
    mia.set_unusable_password()
    mia.save()
    client.post("/accounts/password/reset/", {"email": mia.email})
    assert "/password/reset/key/" not in mail.outbox[0].body


def test_mail_that_cannot_be_sent_is_nobodys_error(client, mia, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert client.post("/accounts/password/reset/", {"email": mia.email}).status_code == 302


@pytest.mark.parametrize(("password", "role"), BAD)
def test_a_password_that_is_too_weak_is_refused(person, password, role):
    otto = person("Otto", role)
    with pytest.raises(ValidationError):
        validate_password(password, otto)


@pytest.mark.parametrize(
    "password", ["korrekt pferd batterie", "密码是一个很长的句子也可以用", "   spaces count too   "]
)
def test_any_characters_make_a_password(person, password):
    validate_password(password, person("Mia", "member"))


def test_a_changed_password_is_told_by_mail_and_stands_in_the_history(client, otto):
    sign_in(client, otto.email)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert mail.outbox[0].to == [otto.email]
    assert [entry.verb for entry in HistoryEntry.objects.filter(actor=otto)] == [
        "account.password_changed",
        "account.sign_in",
    ]


def test_comings_of_members_are_not_kept(client, mia):
    sign_in(client, mia.email)
    assert not HistoryEntry.objects.exists()


def test_after_five_wrong_tries_even_the_right_password_waits(client, mia):
    for _ in range(5):
        sign_in(client, mia.email, "wrong horse battery")
    assert b"Too many failed login attempts" in sign_in(client, mia.email).content


def test_the_limit_holds_while_redis_is_away(client, mia, monkeypatch):
    monkeypatch.setattr(Redis, "execute_command", lambda *args, **options: 1 / 0)
    test_after_five_wrong_tries_even_the_right_password_waits(client, mia)


def test_the_limit_ends_after_five_minutes(client, mia, time_machine):
    time_machine.move_to(timezone.now())
    test_after_five_wrong_tries_even_the_right_password_waits(client, mia)
    time_machine.shift(timedelta(minutes=5, seconds=1))
    assert sign_in(client, mia.email).status_code == 302


def test_many_tries_from_one_place_are_stopped_whoever_they_are_for(client, db):
    answers = [sign_in(client, f"guess{number}@tandem.example", "wrong").status_code for number in range(31)]
    assert answers[-1] == 429


def test_a_forged_header_does_not_move_somebody_elsewhere(client, db, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(31):
        headers = {"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.9"}
        answer = client.post("/accounts/login/", {"login": f"a{number}@b.example", "password": "x"}, headers=headers)
    assert answer.status_code == 429


def test_what_counts_tries_does_not_tell_whose_they_are(client, mia):
    sign_in(client, mia.email, "wrong horse battery")
    assert Limit.objects.exists()
    assert not [limit for limit in Limit.objects.all() if mia.email in f"{limit.key}{limit.value}"]


def test_what_expired_is_forgotten(client, mia):
    sign_in(client, mia.email)
    actions.forget_expired(at=timezone.now() + timedelta(days=30))
    assert not Session.objects.exists()
    assert not Limit.objects.exists()


def test_with_passwords_switched_off_nobody_signs_in_with_one(client, mia, settings):
    settings.PASSWORD_SIGN_IN = False
    assert b"Passwords are switched off here" in sign_in(client, mia.email).content
    assert b'type="password"' not in client.get("/accounts/login/").content


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize(
    "path", ["login/", "password/reset/", "password/reset/key/1-x/", "signup/", "2fa/authenticate/"]
)
def test_nasty_input_is_never_an_error_of_ours(client, mia, path, text):
    named = dict.fromkeys(("login", "email", "password", "code", "next", "credential", "key"), text)
    assert client.post(f"/accounts/{path}", named).status_code < 500
    assert client.get(f"/accounts/{path}", {"next": text}).status_code < 500


@pytest.mark.parametrize(("path", "field"), [("login/", "login"), ("password/reset/", "email")])
def test_what_was_typed_is_shown_again_without_what_no_page_may_hold(client, db, path, field):
    page = client.post(f"/accounts/{path}", {field: "mia\x00\x1b@tandem.example\x85", "password": "x"}).content.decode()
    assert 'value="mia@tandem.example"' in page
    assert "\x00" not in page


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("path", ["password/change/", "reauthenticate/", "2fa/totp/activate/", "2fa/webauthn/add/"])
def test_nasty_input_of_somebody_signed_in_is_no_error_of_ours_either(client, otto, path, text):
    sign_in(client, otto.email)
    named = dict.fromkeys(("oldpassword", "password", "password1", "password2", "code", "name", "credential"), text)
    assert client.post(f"/accounts/{path}", named).status_code < 500


@pytest.mark.parametrize(
    "body", [b"login=%ED%A0%80&password=%ED%A0%80", b"login=%FF%FE&password=x", b"%", b"&" * 1_000]
)
def test_a_form_that_no_browser_sends_is_no_error_of_ours(client, db, body):
    response = client.post("/accounts/login/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code < 500
