"""Who may do what, and who may say so."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.exceptions import ValidationError

from transparency.accounts import actions
from transparency.accounts.models import HistoryEntry, User, Wish


@pytest.fixture(autouse=True)
def _amir_is_signed_in(client, amir, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(amir)


def change(client, user, verb, **more):
    answer = client.post("/staff/people/change/", {"person": user.pk, "verb": verb, **more}, follow=True)
    user.refresh_from_db()
    return answer.content.decode()


def test_amir_sees_staff_and_no_members(client, otto, mia):
    page = client.get("/staff/people/").content.decode()
    assert otto.email in page
    assert mia.email not in page


def test_he_gives_otto_another_role(client, otto):
    change(client, otto, "role", role="reviewer")
    assert otto.role == "reviewer"
    assert HistoryEntry.objects.get(verb="account.role").before == {"role": "editor"}


def test_he_switches_an_account_off_and_on(client, otto):
    change(client, otto, "off")
    assert not otto.is_active
    change(client, otto, "on")
    assert otto.is_active


def test_whoever_is_switched_off_is_out_at_the_next_click(client, otto, django_user_model):
    browser = type(client)()
    browser.force_login(otto)
    change(client, otto, "off")
    assert browser.get("/staff/")["Location"].startswith("/accounts/login/")


@pytest.mark.django_db(transaction=True)
def test_who_lost_everything_sets_up_a_new_second_factor_and_is_told(client, otto):
    TOTP.activate(otto, "JBSWY3DPEHPK3PXP")
    assert "Forget the second factor of Otto" in client.get("/staff/people/").content.decode()
    change(client, otto, "factor")
    assert not Authenticator.objects.exists()
    assert HistoryEntry.objects.get(verb="account.second_factor_forgotten").actor_name == "Amir"
    assert mail.outbox[0].to == [otto.email]
    assert "Amir took your second factor away" in mail.outbox[0].body


def test_nobody_takes_away_their_own(client, amir):
    TOTP.activate(amir, "JBSWY3DPEHPK3PXP")
    assert "another administrator" in change(client, amir, "factor")
    assert Authenticator.objects.exists()


@pytest.mark.parametrize("verb", ["off", "role"])
def test_nobody_changes_their_own_account(client, amir, verb):
    assert "another administrator" in change(client, amir, verb, role="member")
    assert (amir.role, amir.is_active) == ("administrator", True)


def test_the_only_other_administrator_is_removed_only_once_a_reviewer_agrees(client, amir, person, ines):
    anna = person("Anna", "administrator")
    assert "they were written to" in change(client, anna, "off")
    client.force_login(ines)
    client.post(f"/staff/sensitive/{Wish.objects.get().pk}/agree/")
    anna.refresh_from_db()
    assert not anna.is_active


def test_two_administrators_who_remove_each_other_leave_one(client, amir, person):
    """Amir's removal of Anna is committed while hers of him, begun before, still waits."""
    anna = person("Anna", "administrator")
    User.objects.filter(pk=anna.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="last administrator"):
        actions.deactivate(by=anna, user=amir)


def test_an_invitation_makes_an_account_without_a_known_password(client):
    client.post("/staff/people/invite/", {"email": "Nora@tandem.example", "name": "Nora", "role": "auditor"})
    nora = User.objects.get(email__iexact="nora@tandem.example")
    assert (nora.role, nora.has_usable_password()) == ("auditor", True)


def test_a_member_may_become_staff(client, mia):
    client.post("/staff/people/invite/", {"email": mia.email.upper(), "name": "Mia", "role": "editor"})
    mia.refresh_from_db()
    assert mia.role == "editor"


WRONG = (
    {},
    {"email": "no", "name": "N", "role": "editor"},
    {"email": "a@b.example", "name": "N", "role": "king"},
)


@pytest.mark.parametrize("told", WRONG)
def test_a_wrong_invitation_is_a_form_error(client, told):
    assert client.post("/staff/people/invite/", told).status_code == 400


@pytest.mark.parametrize(("verb", "role"), [("role", "king"), ("delete", ""), ("", "")])
def test_there_is_no_other_change(client, otto, verb, role):
    assert client.post("/staff/people/change/", {"person": otto.pk, "verb": verb, "role": role}).status_code == 404


@pytest.mark.parametrize("number", ["", "x", "999999", "9" * 40])
def test_a_person_that_is_not_there_is_not_found(client, number):
    assert client.post("/staff/people/change/", {"person": number, "verb": "off"}).status_code == 404


def test_a_member_is_nobody_here(client, mia):
    assert client.post("/staff/people/change/", {"person": mia.pk, "verb": "off"}).status_code == 404
