"""Every page of signing in, in a real browser: in our design, for everybody, without breaking our own policy."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from tests.accounts.issuer import Issuer

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"
FOR_STRANGERS = [
    *("login/", "signup/", "password/reset/", "password/reset/done/", "password/reset/key/1-x/", "inactive/"),
    "3rdparty/login/cancelled/",
]
FOR_OTTO = [
    "here/",
    "logout/",
    "password/change/",
    "reauthenticate/",
    "2fa/",
    "2fa/totp/activate/",
    "2fa/webauthn/",
    "2fa/webauthn/add/",
]
WITH_SECOND_FACTOR = [
    "2fa/",
    "2fa/reauthenticate/",
    "2fa/totp/deactivate/",
    "2fa/recovery-codes/",
    "2fa/recovery-codes/generate/",
]


@pytest.fixture
def otto(person):
    return person("Otto", "editor")


@pytest.fixture
def signed_in(site, page, otto):
    """Otto signs in with the form; returns where the site is."""
    page.goto(site + "/accounts/login/")
    page.fill("[name=login]", otto.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/accounts/here/")
    return site


def assert_fit_for_everybody(page, complaints):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert [(one["id"], one["nodes"][0]["html"][:150]) for one in found.response["violations"]] == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert complaints == []


@pytest.mark.parametrize("path", FOR_STRANGERS)
def test_pages_for_strangers(site, page, complaints, path):
    page.goto(f"{site}/accounts/{path}")
    assert_fit_for_everybody(page, complaints)


def test_what_the_company_answers_may_be_of_no_use(site, page, complaints):
    page.goto(f"{site}/accounts/3rdparty/login/error/")
    assert page.get_by_role("heading", name="Signing in did not work").is_visible()
    complaints.clear()  # browsers complain of every 401
    assert_fit_for_everybody(page, complaints)


@pytest.mark.parametrize("path", FOR_OTTO)
def test_pages_for_somebody_signed_in(signed_in, page, complaints, path):
    page.goto(f"{signed_in}/accounts/{path}")
    assert page.url == f"{signed_in}/accounts/{path}"
    assert_fit_for_everybody(page, complaints)


@pytest.mark.parametrize("path", WITH_SECOND_FACTOR)
def test_pages_for_somebody_with_a_second_factor(signed_in, page, complaints, otto, path):
    TOTP.activate(otto, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(otto)
    page.goto(f"{signed_in}/accounts/{path}")
    assert page.url == f"{signed_in}/accounts/{path}"
    assert_fit_for_everybody(page, complaints)


def test_the_question_for_a_code(site, page, complaints, otto):
    TOTP.activate(otto, "JBSWY3DPEHPK3PXP")
    page.goto(site + "/accounts/login/")
    page.fill("[name=login]", otto.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/accounts/2fa/authenticate/")
    assert_fit_for_everybody(page, complaints)


def test_a_recovery_code_opens_the_door_and_the_page_says_so(site, page, complaints, otto):
    RecoveryCodes.activate(otto)
    TOTP.activate(otto, "JBSWY3DPEHPK3PXP")
    page.goto(site + "/accounts/login/")
    page.fill("[name=login]", otto.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/accounts/2fa/authenticate/")
    assert page.get_by_text("Type one of your recovery codes where the six digits go").is_visible()
    page.fill("[name=code]", RecoveryCodes(otto.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0])
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url("**/accounts/here/")
    assert complaints == []


def test_too_many_tries_are_answered_in_our_design(site, page, complaints):
    for number in range(31):
        Client().post("/accounts/login/", {"login": f"guess{number}@tandem.example", "password": "wrong"})
    page.goto(site + "/accounts/login/")
    page.fill("[name=login]", "otto@tandem.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button")
    assert page.get_by_role("heading", name="Too many tries").is_visible()
    complaints.clear()  # browsers complain of every 429
    assert_fit_for_everybody(page, complaints)


def test_a_key_opens_the_door(signed_in, page, complaints, otto):
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": kind | {"isUserVerified": True}})
    page.goto(signed_in + "/accounts/2fa/webauthn/add/")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/accounts/2fa/recovery-codes/**")
    page.goto(signed_in + "/staff/")
    assert page.get_by_role("heading", name="What needs you today").is_visible()
    for words in ("Rename Master key", "Remove Master key"):
        page.goto(signed_in + "/accounts/2fa/webauthn/")
        assert_fit_for_everybody(page, complaints)
        page.get_by_role("link", name=words).click()
        assert_fit_for_everybody(page, complaints)
    page.goto(signed_in + "/accounts/logout/")
    page.click("main form button")
    page.goto(signed_in + "/accounts/login/")
    page.click("#passkey_login")
    page.wait_for_url("**/accounts/here/")
    assert complaints == []


@pytest.fixture
def issuer(settings):
    """The company's server, and a policy that lets the button lead there."""
    issuer = Issuer()
    issuer.person = {"sub": "4711", "email": "nora@tandem.example", "email_verified": True, "name": "Nora"}
    settings.SOCIALACCOUNT_PROVIDERS = issuer.introduced(settings.SOCIALACCOUNT_PROVIDERS)
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy | {"form-action": ["'self'", issuer.url]}}
    yield issuer
    issuer.close()


def test_the_button_leads_to_the_company_and_back(issuer, site, page, complaints):
    page.goto(site + "/accounts/login/")
    page.get_by_role("button", name="Sign in with Tandem").click()
    page.wait_for_url("**/accounts/here/")
    assert page.get_by_role("heading", name="Hello, Nora").is_visible()
    assert complaints == []


def test_the_pages_on_the_way_to_the_company(issuer, site, page, complaints):
    page.goto(site + "/accounts/oidc/company/login/")
    assert_fit_for_everybody(page, complaints)
