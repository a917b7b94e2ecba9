"""Signing in through the company's OpenID Connect server."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.accounts.issuer import Issuer
from tests.accounts.test_second_factor import secret  # noqa: F401 - a fixture
from tests.accounts.test_sign_in import PASSWORD, sign_in
from transparency.accounts.models import User

pytestmark = pytest.mark.django_db

START, BACK = "/accounts/oidc/company/login/", "/accounts/oidc/company/login/callback/"
NORA = {"sub": "4711", "email": "nora@tandem.example", "email_verified": True, "name": "Nora"}


@pytest.fixture
def issuer(settings):
    """The company's server, which this site is told to use."""
    issuer = Issuer()
    settings.SOCIALACCOUNT_PROVIDERS = issuer.introduced(settings.SOCIALACCOUNT_PROVIDERS)
    issuer.person = NORA
    yield issuer
    issuer.close()


def come(client):
    """Press the button, sign in over there, come back."""
    asked = parse_qs(urlsplit(client.post(START)["Location"]).query)
    return client.get(BACK, {"code": "granted", "state": asked["state"][0]})


def test_somebody_new_becomes_a_member(client, issuer):
    assert come(client)["Location"] == "/accounts/here/"
    assert User.objects.values_list("email", "name", "role").get() == ("nora@tandem.example", "Nora", "member")


def test_the_same_person_comes_to_the_same_account(client, issuer):
    come(client)
    client.post("/accounts/logout/")
    come(client)
    assert User.objects.count() == 1


def test_an_invited_editor_gets_the_editors_account_and_loses_the_password(client, issuer, otto):
    issuer.person = NORA | {"email": otto.email}
    come(client)
    assert "Otto" in client.get("/accounts/here/").content.decode()
    client.post("/accounts/logout/")
    assert sign_in(client, otto.email, PASSWORD).status_code == 200


def test_the_second_factor_is_asked_for_here_too(client, issuer, otto, secret):  # noqa: F811 - a fixture
    client.post("/accounts/logout/")
    issuer.person = NORA | {"email": otto.email}
    assert come(client)["Location"] == "/accounts/2fa/authenticate/"


@pytest.mark.parametrize("told", [{"email_verified": False}, {"email": ""}, {"email": "not an address"}])
def test_an_address_that_the_company_does_not_vouch_for_opens_nothing(client, issuer, otto, told):
    issuer.person = NORA | {"email": otto.email} | told
    come(client)
    assert client.get("/accounts/here/").status_code == 302
    assert list(User.objects.all()) == [otto]


def test_the_browser_is_sent_with_a_proof_that_only_it_can_complete(client, issuer):
    asked = parse_qs(urlsplit(client.post(START)["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://testserver{BACK}"]
    assert sorted(asked["scope"][0].split()) == ["email", "openid", "profile"]


def test_a_state_that_was_not_given_out_is_refused(client, issuer):
    client.post(START)
    assert client.get(BACK, {"code": "granted", "state": "guessed"}).status_code == 401
    assert not User.objects.exists()


def test_the_journey_starts_with_a_form_not_with_a_link(client, issuer):
    assert client.get(START).status_code == 200


def test_a_server_that_does_not_answer_is_no_error_of_ours(client, issuer):
    issuer.server.server_close()
    response = client.post(START)
    assert (response.status_code, b"does not answer" in response.content) == (503, True)


def test_the_page_offers_it(client, issuer):
    assert "Sign in with Tandem" in client.get("/accounts/login/").content.decode()


def test_without_a_server_there_is_no_such_page(client):
    assert client.post(START).status_code == 404


def key_of(person):
    return User.objects.get(email=person["email"]).member_key


def test_the_company_says_which_member_somebody_is(client, issuer):
    come(client)
    assert key_of(NORA) == "4711"


def test_another_claim_may_say_it(client, issuer, settings):
    settings.OIDC_MEMBER_CLAIM = "member_id"
    issuer.person = NORA | {"member_id": 1000007}
    come(client)
    assert key_of(NORA) == "1000007"


def test_what_the_company_says_at_the_next_sign_in_counts(client, issuer, settings):
    come(client)
    client.post("/accounts/logout/")
    settings.OIDC_MEMBER_CLAIM = "member_id"
    issuer.person = NORA | {"member_id": "n-7"}
    come(client)
    assert key_of(NORA) == "n-7"


@pytest.mark.parametrize("claim", [None, "", "n" * 65, "n\n7", -1, 2**64, True, 7.5, ["7"], {"id": 7}])
def test_a_claim_that_names_no_member_leaves_nobody_elses_key(client, issuer, settings, claim):
    come(client)
    client.post("/accounts/logout/")
    settings.OIDC_MEMBER_CLAIM = "member_id"
    issuer.person = NORA | {"member_id": claim}
    assert come(client)["Location"] == "/accounts/here/"
    assert key_of(NORA) == ""


def test_a_claim_that_names_no_member_is_logged_without_saying_who_it_was(client, issuer, settings, caplog):
    settings.OIDC_MEMBER_CLAIM = "member_id"
    issuer.person = NORA | {"member_id": "Nora Norris\n"}
    come(client)
    said = caplog.text
    assert "OIDC_MEMBER_CLAIM" in said
    assert "Norris" not in said
