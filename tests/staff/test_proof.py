"""Before an act that others rely on, staff prove anew who they are; nothing that they typed is lost by that."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from tests.accounts.issuer import Issuer
from tests.accounts.test_second_factor import code
from tests.accounts.test_sign_in import PASSWORD, sign_in
from tests.register.builders import NOON
from tests.staff.test_access import PARTS, ROLES, WRITES
from transparency.accounts.models import HistoryEntry, User
from transparency.accounts.sessions import FRESH, STAFF
from transparency.catalog.models import Source
from transparency.members.urls import urlpatterns as of_members
from transparency.staff.access import SENSITIVE
from transparency.staff.urls import urlpatterns

SECOND = timedelta(seconds=1)
VERBS = {
    "act-pipeline": ("pause", "resume"),
    "act": ("submit", "approve", "return", "publish", "withdraw", "comment"),
    "change-rule": ("move", "remove"),
    "decide-wish": ("agree", "decline"),
}
# Everything else that can be sent: what it does is undone as easily, or takes somebody else's agreement.
ORDINARY = {
    ("members", ""), ("earlier-refusals", ""), ("trials", ""), ("decide-wish", "decline"),
    ("tell-again", ""),
    ("act-pipeline", "pause"),
    ("act", "submit"), ("act", "return"), ("act", "withdraw"), ("act", "comment"), ("change-rule", "move"),
    ("change-rule", "remove"), ("dismiss", ""), ("reopen", ""), ("propose", ""), ("start", ""),
    ("update", ""), ("undo", ""), ("settle", ""), ("edit", ""), ("table", ""), ("bring", ""), ("refresh", ""),
    ("try-source", ""), ("add-rule", ""),
    ("add-binding", ""), ("remove-binding", ""), ("propose-barrier", ""), ("remove-barrier", ""),
    ("decline-barrier", ""),
    ("mails", ""), ("accept-suggestion", ""), ("decide-suggestions", ""), ("reopen-suggestion", ""),
    ("count-looking", ""), ("uncount-looking", ""),
    ("add-name-rule", ""), ("remove-name-rule", ""), ("part-names", ""), ("join-names", ""),
}  # fmt: skip
BOTH = {
    "members",
    "earlier-refusals",
    "erase-member",
    "edit",
    "table",
    "add-pipeline",
    "change-pipeline",
    "add-source",
    "change-source",
    "retire-source",
    "part-names",
    "tokens",
}
INVITED = {"email": "nora@tandem.example", "name": "Nora", "role": "auditor"}


@pytest.fixture(autouse=True)
def _at_noon(settings, time_machine):
    settings.STAFF_SECOND_FACTOR = False
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def signed_in(client, person, time_machine):
    """Signs somebody with a role in, and lets so much time pass."""

    def sign_in(role, later):
        somebody = person("Sam", role)
        client.force_login(somebody)
        time_machine.move_to(NOON + later, tick=False)
        return somebody

    return sign_in


def address(name, verb):
    return reverse(f"staff:{name}", kwargs=PARTS.get(name, {}) | ({"verb": verb} if verb else {}))


def is_asked_to_prove(answer):
    return answer.status_code == 302 and "reauthenticate/?next=%2Fstaff%2Fagain%2F" in answer["Location"]


def holder(name):
    (pattern,) = (one for one in urlpatterns if one.name == name)
    return pattern.callback.permission


HOLDERS = {
    "proposal.comment": "reviewer", "barrier.approve": "reviewer", "source.edit": "administrator",
    "pipeline.manage": "administrator", "pipeline.pause": "reviewer",
    "choice.on_behalf": "editor", "choice.import": "administrator", "member.erase": "administrator",
    "source.refresh": "administrator", "token.manage": "administrator", "user.manage": "administrator",
    "staff.read": "auditor", "finding.decide": "editor", "proposal.edit": "editor", "catalog.edit": "editor",
}  # fmt: skip


def test_everything_that_can_be_sent_stands_in_one_of_the_two_tables():
    sent = {(name, verb) for name in WRITES | BOTH for verb in VERBS.get(name, ("",))}
    assert sent == SENSITIVE.keys() | ORDINARY
    assert not SENSITIVE.keys() & ORDINARY


@pytest.mark.parametrize(("name", "verb"), sorted(SENSITIVE))
def test_a_sensitive_act_asks_for_a_proof_after_ten_minutes(client, signed_in, name, verb):
    signed_in(HOLDERS[holder(name)], FRESH)
    assert is_asked_to_prove(client.post(address(name, verb)))


@pytest.mark.parametrize(("name", "verb"), sorted(SENSITIVE))
def test_but_not_before(client, signed_in, name, verb):
    signed_in(HOLDERS[holder(name)], FRESH - SECOND)
    assert not is_asked_to_prove(client.post(address(name, verb)))


@pytest.mark.parametrize(("name", "verb"), sorted(ORDINARY))
def test_an_ordinary_act_never_does(client, signed_in, name, verb):
    signed_in(HOLDERS[holder(name)], STAFF.idle - SECOND)
    assert not is_asked_to_prove(client.post(address(name, verb)))


@pytest.mark.parametrize("name", ["tokens", "add-source"])
def test_looking_never_does(client, signed_in, name):
    signed_in("administrator", STAFF.idle - SECOND)
    assert client.get(address(name, "")).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_who_may_not_do_it_is_refused_and_not_asked(client, signed_in, role):
    signed_in(role, FRESH)
    refused = client.post(address("approve-barrier", "")).status_code == 403
    assert refused == (role != "reviewer")


def test_nothing_that_members_do_is_sensitive():
    assert not [pattern for pattern in of_members if "staff" in getattr(pattern.callback, "__module__", "")]


def test_amir_proves_himself_and_finds_what_he_typed(client, signed_in):
    signed_in("administrator", FRESH)
    asked = client.post("/staff/people/invite/", INVITED)["Location"]
    assert not User.objects.filter(name="Nora").exists()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": parse_qs(urlsplit(asked).query)["next"][0]})
    page = client.get("/staff/again/").content.decode()
    assert "Now invite this person?" in page
    assert "nora@tandem.example" in page
    client.post("/staff/people/invite/", INVITED)
    assert User.objects.filter(name="Nora").exists()
    assert client.get("/staff/again/")["Location"] == "/staff/"


def test_after_the_proof_he_is_led_to_what_he_typed(client, signed_in):
    signed_in("administrator", FRESH)
    client.post("/staff/people/invite/", INVITED)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/staff/again/"})
    assert answer["Location"] == "/staff/again/"


def test_a_wrong_password_proves_nothing(client, signed_in):
    signed_in("administrator", FRESH)
    client.post("/accounts/reauthenticate/", {"password": "wrong horse battery", "next": "/staff/again/"})
    assert is_asked_to_prove(client.post("/staff/people/invite/", INVITED))


def test_looking_at_what_was_typed_does_nothing(client, signed_in):
    signed_in("administrator", FRESH)
    client.post("/staff/people/invite/", INVITED)
    client.get("/staff/again/")
    assert not HistoryEntry.objects.exists()


def test_who_has_a_second_factor_proves_with_it_not_with_the_password(client, otto, time_machine):
    sign_in(client, otto.email)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    User.objects.filter(pk=otto.pk).update(role="administrator")
    time_machine.shift(FRESH)
    asked = client.post("/staff/people/invite/", INVITED)["Location"]
    assert asked == "/accounts/2fa/reauthenticate/?next=%2Fstaff%2Fagain%2F"
    assert client.get("/accounts/reauthenticate/")["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert client.post(asked, {"code": code(secret), "next": "/staff/again/"})["Location"] == "/staff/again/"


@pytest.fixture
def issuer(settings):
    """The company's server, by which alone people come."""
    issuer = Issuer()
    settings.SOCIALACCOUNT_PROVIDERS = issuer.introduced(settings.SOCIALACCOUNT_PROVIDERS)
    settings.PASSWORD_SIGN_IN = False
    issuer.person = {"sub": "4711", "email": "amir@tandem.example", "email_verified": True, "name": "Amir"}
    yield issuer
    issuer.close()


def come_by_the_company(client, start="/accounts/oidc/company/login/"):
    sent = client.post(start)["Location"]
    state = parse_qs(urlsplit(sent).query)["state"][0]
    return sent, client.get("/accounts/oidc/company/login/callback/", {"code": "granted", "state": state})


def test_who_comes_by_the_company_proves_there_and_stays_in_the_same_session(client, issuer, amir, time_machine):
    come_by_the_company(client)
    time_machine.shift(FRESH)
    asked = client.post("/staff/people/invite/", INVITED)["Location"]
    sent, back = come_by_the_company(client, asked)
    assert "prompt=login" in sent
    assert back["Location"] == "/staff/again/"
    assert b"nora@tandem.example" in client.get("/staff/again/").content
    client.post("/staff/people/invite/", INVITED)
    assert User.objects.filter(name="Nora").exists()


def test_somebody_else_who_comes_by_the_company_has_proved_nothing_for_amir(client, issuer, amir, otto, time_machine):
    come_by_the_company(client)
    time_machine.shift(FRESH)
    asked = client.post("/staff/people/invite/", INVITED)["Location"]
    issuer.person = issuer.person | {"sub": "4712", "email": otto.email}
    come_by_the_company(client, asked)
    assert client.post("/staff/people/invite/", INVITED).status_code == 403


def test_what_was_sent_after_the_session_had_ended_waits_too(client, signed_in):
    sam = signed_in("editor", STAFF.idle)
    answer = client.post("/staff/proposals/start/", {"title": "Shorter retention", "why": "An hour of\nwriting."})
    assert answer["Location"] == "/accounts/login/?next=/staff/again/"
    sign_in(client, sam.email)
    page = client.get("/staff/again/").content.decode()
    assert "Shorter retention" in page
    assert "An hour of\nwriting." in page


def test_it_waits_for_nobody_else(client, signed_in, olga):
    signed_in("editor", STAFF.idle)
    client.post("/staff/proposals/start/", {"title": "Shorter retention"})
    sign_in(client, olga.email)
    assert client.get("/staff/again/")["Location"] == "/staff/"


@pytest.mark.parametrize("text", ["\0", "\u202e", "<script>alert(1)</script>", '"><img src=x>', "a\r\nb"])
def test_whatever_was_typed_is_only_text(client, signed_in, text):
    signed_in("administrator", FRESH)
    client.post("/staff/people/invite/", INVITED | {"name": text})
    answer = client.get("/staff/again/")
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content
    assert b"<img" not in answer.content.split(b"<main")[1]


def test_more_than_any_form_holds_is_refused(client, signed_in):
    signed_in("administrator", FRESH)
    assert client.post("/staff/people/invite/", {"name": "x" * 400_001}).status_code == 400


@pytest.mark.parametrize("referer", ["https://evil.example/staff/", "//evil.example/staff/", "javascript:alert(1)", ""])
def test_the_way_back_never_leads_elsewhere(client, signed_in, referer):
    signed_in("administrator", FRESH)
    client.post("/staff/people/invite/", INVITED, headers={"Referer": referer})
    assert 'href="/staff/">No, go back' in client.get("/staff/again/").content.decode()


def test_the_way_back_leads_to_the_page_where_it_was_typed(client, signed_in):
    signed_in("administrator", FRESH)
    client.post("/staff/people/invite/", INVITED, headers={"Referer": "http://testserver/staff/people/"})
    assert 'href="/staff/people/">No, go back' in client.get("/staff/again/").content.decode()


def test_a_key_is_made_once_proved(client, signed_in):
    Source.objects.create(slug="lake", name="Lake", connector="openlineage_http")
    signed_in("administrator", FRESH)
    assert is_asked_to_prove(client.post("/staff/tokens/", {"name": "Airflow", "source": "lake"}))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/staff/again/"})
    assert b"shown once" in client.post("/staff/tokens/", {"name": "Airflow", "source": "lake"}).content
