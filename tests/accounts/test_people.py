"""How people get an account."""

import re

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command

from transparency.accounts import actions
from transparency.accounts.models import HistoryEntry, User
from transparency.accounts.roles import Role

pytestmark = pytest.mark.django_db
NORA = {"email": "nora@tandem.example", "name": "Nora"}


def test_an_administrator_invites_an_editor(amir):
    nora = actions.invite(by=amir, **NORA, role=Role.EDITOR)
    assert (nora.role, HistoryEntry.objects.get().verb) == ("editor", "account.invite")


def test_nobody_else_invites(otto):
    with pytest.raises(PermissionDenied):
        actions.invite(by=otto, **NORA, role=Role.EDITOR)
    assert not User.objects.filter(email=NORA["email"]).exists()


@pytest.mark.parametrize("email", ["", "nora", "AMIR@tandem.example", "a@b@c.example", "x" * 260 + "@tandem.example"])
def test_an_address_that_is_none_or_taken_is_refused(amir, email):
    with pytest.raises(ValidationError):
        actions.invite(by=amir, email=email, name="Nora", role=Role.EDITOR)


def test_whoever_is_invited_sets_the_password_by_mail(client, amir):
    actions.invite(by=amir, **NORA, role=Role.EDITOR)
    client.post("/accounts/password/reset/", {"email": NORA["email"]})
    assert re.search(r"/accounts/password/reset/key/", mail.outbox[0].body)


def test_a_new_installation_gets_its_first_administrator(capsys):
    call_command("appoint_administrator", "nora@tandem.example", "Nora")
    assert User.objects.get().role == "administrator"
    assert "/accounts/password/reset/" in capsys.readouterr().out


def test_a_second_one_is_not_appointed_but_invited(amir):
    with pytest.raises(CommandError, match="There is an administrator already"):
        call_command("appoint_administrator", "nora@tandem.example", "Nora")


def test_a_new_installation_has_nobody():
    assert not User.objects.exists()
