"""P-42: whoever signs out everywhere is out everywhere, at the next request of each device."""

import pytest
from django.test import Client

from tests.accounts.test_sign_in import sign_in
from transparency.accounts import actions
from transparency.accounts.models import HistoryEntry, User

HERE, OUT = "/accounts/here/", "/accounts/here/sign-out/"


@pytest.fixture(params=["mia", "otto"])
def somebody(request):
    """A member, and somebody of the staff."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def devices(somebody):
    """Their phone, and a computer that isn't theirs."""
    both = Client(), Client()
    for one in both:
        sign_in(one, somebody.email)
        assert is_in(one)
    return both


def is_in(device):
    return device.get(HERE).status_code == 200


def test_both_devices_are_out_at_once(devices):
    phone, computer = devices
    answer = phone.post(OUT)
    assert (answer.status_code, answer.url) == (302, "/accounts/login/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(phone)
    assert not is_in(computer)


def test_what_the_other_device_sends_meanwhile_is_refused(somebody, devices, published):
    actions.sign_out_everywhere(by=somebody)
    answer = devices[1].post("/choices/", {"scope": "all", "decision": "refuse"})
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/")


def test_signing_in_again_counts(somebody, devices):
    phone, computer = devices
    phone.post(OUT)
    sign_in(phone, somebody.email)
    assert is_in(phone)
    assert not is_in(computer)


def test_nobody_else_is_signed_out(devices, max):
    other = Client()
    sign_in(other, max.email)
    devices[0].post(OUT)
    assert is_in(other)


def test_it_takes_somebody_who_is_signed_in_and_a_button(client, mia):
    assert client.post(OUT).url == "/accounts/login/?next=%2Faccounts%2Fhere%2F"
    client.force_login(mia)
    assert client.get(OUT).status_code == 405
    assert is_in(client)


def test_another_site_can_not_press_it(mia):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(mia)
    assert careful.post(OUT).status_code == 403
    assert User.objects.get(pk=mia.pk).sign_outs == 0


def test_that_staff_did_it_stands_in_the_history_and_not_that_a_member_did(mia, otto):
    actions.sign_out_everywhere(by=mia)
    actions.sign_out_everywhere(by=otto)
    kept = HistoryEntry.objects.filter(verb="account.sign_out_everywhere")
    assert list(kept.values_list("actor_name", flat=True)) == ["Otto"]


def test_a_session_from_before_there_was_such_a_button_goes_on(mia):
    assert len(mia.get_session_auth_hash()) == 64


def test_a_new_password_ends_what_the_old_one_began(devices):
    phone, computer = devices
    new = "nine green bottles hang there"
    answer = phone.post(
        "/accounts/password/change/", {"oldpassword": "correct horse battery", "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    assert not is_in(computer)


def test_a_role_that_is_taken_opens_nothing_at_the_next_click(otto, amir, settings):
    settings.STAFF_SECOND_FACTOR = False
    device = Client()
    sign_in(device, otto.email)
    assert device.get("/staff/").status_code == 200
    actions.change_role(by=amir, user=otto, role="member")
    assert device.get("/staff/").status_code in (403, 404)
