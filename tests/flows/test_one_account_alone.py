"""Somebody took over one account, its second factor too: they publish nothing, and let no data be used (P-23).

They send every form that any role sees, each field filled otherwise, and something to every address there is.
"""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.utils.html import escape

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.conftest import Browser
from tests.consent.builders import USE as SCOPE
from tests.consent.builders import Chooser
from tests.flows.intruder import every_address, every_form, name_of
from tests.register.builders import use
from transparency.accounts import wishes
from transparency.accounts.actions import issue_token
from transparency.accounts.models import HistoryEntry, ServiceToken, User, Wish
from transparency.catalog import actions as catalog
from transparency.catalog.actions.sources import settings_of as source_settings
from transparency.catalog.models import Barrier, Binding, ClassificationRule, Counted, Observation, Refresh, Source
from transparency.config.chain import follow
from transparency.enforcement import actions as enforcement
from transparency.enforcement.actions.pipelines import settings_of as pipeline_settings
from transparency.enforcement.models import Canary, Pipeline
from transparency.review import actions as review
from transparency.review.models import Decision, Finding, Proposal

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
MIA, MAX = "1000001", "1000002"
CATEGORY, USE = "communications.messages", "communications.messages/job-ranking/training"
PUBLIC = (
    "/", "/categories/", f"/categories/{CATEGORY}/", "/features/", "/features/job-ranking/", f"/uses/{USE}/",
    "/downloads/", "/changes/", "/changes/feed.json", "/changes/feed.atom", "/policies/", "/how/", "/how/pipelines/",
    "/editions/1/", "/editions/1.json", "/search/?q=messages", "/api/v1/register/", "/api/v1/uses/",
    "/api/v1/observations/", "/api/v1/sources/", "/ledger/keys",
)  # fmt: skip
STAFF = ("otto", "ines", "ada", "amir")
# What only stops something, or refuses, is one person's act: afterwards less is allowed, never more.
NARROWING = {
    ("act-pipeline", "pause"), ("retire-pipeline", ""), ("revoke", ""), ("revoke-pipeline-key", ""), ("members", ""),
    ("bring-refusals", ""),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _at_christmas(settings, time_machine):
    settings.STAFF_SECOND_FACTOR = False
    settings.WEBHOOK_HOSTS, settings.CATALOG_HOSTS = ["hooks.example"], ["hub.example"]
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def seen(otto, ines, pip):
    """What the catalog shows: messages reach job recommendations, also at a stage at which nobody declared it."""
    lake = Source.objects.create(slug="lake", name="Lake", connector="dbt", location="target")
    Source.objects.create(slug="sent", name="Sent to us", connector="openlineage_http", enabled=False)
    catalog.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="chat", category=CATEGORY)
    catalog.add_binding(by=otto, agreed_by=ines, key=key("model ranker"), feature="job-ranking", stage="training")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("job serve"), feature="job-ranking", stage="inference")
    graph = snapshot(flow("chats", "model ranker"), flow("chats", "job serve"), tags={"chats": "chat"})
    Counted.objects.create(category=CATEGORY, feature="ads", reason="Chosen by it", author=otto)
    stop = {"key": key("chats"), "category": "work.skills", "expires_at": NOW + timedelta(days=90)}
    catalog.approve_barrier(by=ines, barrier=catalog.propose_barrier(by=otto, reason="Totals", **stop))
    # What is read next is doubted: most of it is gone.
    for shown in (graph, snapshot(flow("chats", "model ranker"), tags={"chats": "chat"})):
        asked = catalog.request_refresh(by=None, source=lake)
        catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(shown))
    follow(NOW)


@pytest.fixture
def secrets(amir, pip, otto):
    """The keys of Pip, and of Pop, who is paused because he listens to nobody."""
    told = {"slug": "pop", "name": "Pop", "contact": "#pop", "assignments": [("job-ranking", "training")]}
    pop = enforcement.register_pipeline(by=amir, **told)
    made = [enforcement.issue_pipeline_key(by=amir, pipeline=one, name="Production")[1] for one in (pip, pop)]
    enforcement.pause_pipeline(by=otto, pipeline=pop, reason="Listens to nobody")
    enforcement.start_trials(by=amir)
    issue_token(by=amir, name="Settings page", scopes=["choices"])
    return made


@pytest.fixture
def house(mia, max, otto, olga, ines, ada, amir, seen, secrets, person):
    """Much waits here: Olga's draft, Otto's proposal and barrier, Amir's wish. Anna is an administrator too."""
    person("Anna", "administrator")
    person("Nora", "reviewer", is_active=False)
    TOTP.activate(olga, "JBSWY3DPEHPK3PXP")
    Chooser(MIA).refuses(SCOPE, at=NOW - timedelta(days=1))
    eve = {"email": "eve@evil.example", "name": "Eve", "role": "reviewer"}
    wishes.ask(by=amir, verb="invite", facts=eve, at=NOW)
    review.start_proposal(by=olga, title="Unfinished")
    catalog.propose_barrier(by=otto, key=key("chats"), reason="Says nothing", expires_at=NOW + timedelta(days=90))
    mine = review.start_proposal(by=otto, title="Of the intruder")
    content = msgspec.to_builtins(use(retention="For ever"))
    review.put_record(by=otto, proposal=mine, version=mine.version, kind="use", content=content)
    review.submit(by=otto, proposal=Proposal.objects.get(pk=mine.pk))


@pytest.fixture
def attempts(house, request):
    """Every form that any role sees, in every way to fill it in."""
    return [one for who in STAFF for one in every_form(signed_in(request.getfixturevalue(who)))]


@pytest.fixture
def anything():
    """What could be sent to any address at all."""
    told = {
        "name": "Eve", "title": "Eve", "reason": "Because I say so.", "person": User.objects.get(name="Nora").pk,
        "role": "administrator", "email": "eve@evil.example", "member": MIA, "deleted": "on", "source": "sent",
        "slug": "eve", "password": "correct horse battery", "finding": 1, "key": "x", "sure": "no", "digest": "0" * 64,
    }  # fmt: skip
    things = {
        "pk": sorted({one.pk for kind in (Proposal, Barrier, Wish, Source) for one in kind.objects.all()}),
        "edit": (1,), "slug": ("lake", "sent", "pip", "pop"), "kind": ("use", "changes"),
        "verb": ("approve", "publish", "submit", "resume", "agree", "stop", "remove"), "number": (1,),
    }  # fmt: skip
    return [(address, told) for address in every_address(things) if not address.startswith("/accounts/logout")]


@pytest.fixture
def ask(secrets):
    """Of which members each pipeline may use the messages, as it is told by the site."""

    def ask():
        asked = {"feature": "job-ranking", "stage": "training", "categories": [CATEGORY], "members": [MIA, MAX]}
        return dict(zip(("Pip", "Pop"), (answer(Browser(), secret, asked) for secret in secrets), strict=True))

    return ask


def answer(browser, secret, asked):
    told = browser.post("/api/v1/decisions", asked, "application/json", headers={"Authorization": f"Bearer {secret}"})
    return json.loads(told.content)["allowed"] if told.status_code == 200 else [False, False]


def signed_in(user):
    browser = Browser()
    if user:
        browser.force_login(user)
    return browser


def narrows(address, told):
    takes = told.get("verb") == "off" or (told.get("verb") == "role" and told.get("role") == "member")
    return name_of(address) in NARROWING or (name_of(address)[0] == "change-person" and takes)


def send_all(user, attempts):
    browser = signed_in(user)
    for address, told in attempts:
        browser.post(address, told)


def public():
    """Every public byte."""
    return {path: Browser().get(path).content for path in PUBLIC}


def power():
    """Who may do what, with which second factor; which keys there are; what is read, and who must obey; what counts."""
    return {
        "people": list(User.objects.order_by("pk").values_list("email", "role", "is_active")),
        "factors": Authenticator.objects.count(),
        "keys": list(ServiceToken.objects.order_by("pk").values_list("digest", "scopes", "revoked_at")),
        "sources": [source_settings(one) for one in Source.objects.order_by("pk")],
        "pipelines": [pipeline_settings(one) | {"active": one.active} for one in Pipeline.objects.order_by("pk")],
        "tried": Canary.objects.get().active,
        "approved": Decision.objects.filter(verdict="approved").count(),
        "barriers": Barrier.objects.exclude(approver=None).count(),
        "taken": Refresh.objects.exclude(accepts=None).count(),
        "said": [list(kind.objects.order_by("pk").values_list()) for kind in (ClassificationRule, Binding, Counted)],
        "seen": list(Observation.objects.order_by("pk").values_list("category", "feature", "stage", "seen")),
        "findings": sorted(Finding.objects.exclude(state="closed").values_list("kind", "subject")),
    }


def everything(ask):
    """Once more compared with the catalog, as workers do it again and again."""
    follow(NOW)
    return (ask(), public(), power())


def differing(before, after):
    return [name for was, now in zip(before, after, strict=True) for name in was if was[name] != now[name]]


def leave_out_what_two_did(who):
    """What Otto wrote, Ines may approve: it is not what this is about."""
    if who == "ines":
        Proposal.objects.filter(state="submitted").update(state="draft")
        Barrier.objects.filter(approver=None).delete()


@pytest.mark.parametrize("who", STAFF)
def test_nothing_becomes_public_and_nothing_is_let_go_by_one_account(who, attempts, ask, request):
    leave_out_what_two_did(who)
    ask()
    before = everything(ask)
    send_all(request.getfixturevalue(who), [one for one in attempts if not narrows(*one)])
    assert differing(before, everything(ask)) == []
    assert len(attempts) > 300


@pytest.mark.parametrize("who", [*STAFF, "mia", None])
def test_nor_by_whatever_is_sent_to_any_address(who, house, anything, ask, request):
    leave_out_what_two_did(who)
    ask()
    before = everything(ask)
    send_all(request.getfixturevalue(who) if who else None, [one for one in anything if not narrows(*one)])
    assert differing(before, everything(ask)) == []
    assert len(anything) > 300


@pytest.mark.parametrize("who", STAFF)
def test_what_one_account_stops_lets_nothing_go(who, attempts, ask, request):
    before = ask()
    send_all(request.getfixturevalue(who), [one for one in attempts if narrows(*one)])
    assert [name for name, now in ask().items() if now > before[name] or now[0]] == []
    assert User.objects.filter(role="administrator", is_active=True).count() == 2


def test_all_that_amir_tried_is_there_for_everybody_to_see(attempts, amir, ada):
    send_all(amir, [one for one in attempts if not narrows(*one)])
    asked = HistoryEntry.objects.filter(verb="account.ask", actor=amir)
    assert Wish.objects.count() == asked.count() > 20
    page = signed_in(ada).get("/staff/sensitive/").content.decode()
    assert [one.subject for one in Wish.objects.all() if escape(one.subject) not in page] == []
