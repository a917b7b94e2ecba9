"""Somebody took over one account, its second factor too: they publish nothing, and let no data be used (P-23).

They send every form that any role sees, each field filled otherwise, and something to every address there is.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.test import override_settings
from django.utils.html import escape
from time_machine import travel

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.conftest import Browser, somebody
from tests.consent.builders import USE as SCOPE
from tests.consent.builders import Chooser
from tests.flows.intruder import every_address, every_form, name_of
from tests.register.builders import Press, feature, register, use
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


SITE = {"STAFF_SECOND_FACTOR": False, "WEBHOOK_HOSTS": ["hooks.example"], "CATALOG_HOSTS": ["hub.example"]}


@pytest.fixture(autouse=True)
def _at_christmas(settings, time_machine):
    for name, value in SITE.items():
        setattr(settings, name, value)
    time_machine.move_to(NOW, tick=False)


def people():
    """Everybody who is here, by name."""
    roles = {"otto": "editor", "olga": "editor", "ines": "reviewer", "ada": "auditor", "amir": "administrator"}
    here = {name: somebody(name.title(), role) for name, role in roles.items()}
    members = {name: somebody(name.title(), "member", member_key=key) for name, key in (("mia", MIA), ("max", MAX))}
    TOTP.activate(here["olga"], "JBSWY3DPEHPK3PXP")
    return here | members | {"nobody": None}


def look(otto, ines):
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


def hand_out_keys(amir, otto):
    """The keys of Pip, and of Pop, who is paused because he listens to nobody."""
    training = {"assignments": [("job-ranking", "training")]}
    told = {"pip": {"contact": "#jobs-ml", "max_age": 3600}, "pop": {"contact": "#pop"}}
    two = [
        enforcement.register_pipeline(by=amir, slug=slug, name=slug.title(), **more, **training)
        for slug, more in told.items()
    ]
    made = [enforcement.issue_pipeline_key(by=amir, pipeline=one, name="Production")[1] for one in two]
    enforcement.pause_pipeline(by=otto, pipeline=two[1], reason="Listens to nobody")
    enforcement.start_trials(by=amir)
    issue_token(by=amir, name="Settings page", scopes=["choices"])
    return made


def leave_waiting(otto, olga, amir):
    """Much waits here: Olga's draft, Otto's proposal and barrier, Amir's wish. Anna is an administrator too."""
    somebody("Anna", "administrator")
    somebody("Nora", "reviewer", is_active=False)
    Chooser(MIA).refuses(SCOPE, at=NOW - timedelta(days=1))
    eve = {"email": "eve@evil.example", "name": "Eve", "role": "reviewer"}
    wishes.ask(by=amir, verb="invite", facts=eve, at=NOW)
    review.start_proposal(by=olga, title="Unfinished")
    catalog.propose_barrier(by=otto, key=key("chats"), reason="Says nothing", expires_at=NOW + timedelta(days=90))
    mine = review.start_proposal(by=otto, title="Of the intruder")
    content = msgspec.to_builtins(use(retention="For ever"))
    review.put_record(by=otto, proposal=mine, version=mine.version, kind="use", content=content)
    review.submit(by=otto, proposal=Proposal.objects.get(pk=mine.pk))


@dataclass
class House:
    """Who is here, the keys of both pipelines, and every form that any role sees, in every way to fill it in."""

    people: dict
    secrets: list
    attempts: list

    @classmethod
    def built(cls):
        here = people()
        otto, ines, amir = (here[name] for name in ("otto", "ines", "amir"))
        Press(ines)(register(features=(feature(), feature("writing-assistant", name="Writing assistant"))))
        look(otto, ines)
        secrets = hand_out_keys(amir, otto)
        leave_waiting(otto, here["olga"], amir)
        return cls(here, secrets, [one for who in STAFF for one in every_form(signed_in(here[who]))])


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, tmp_path_factory):
    """Built once: each test takes back only what itself did, as none here commits."""
    folder = tmp_path_factory.mktemp("house")
    own = SITE | {"LEDGER_DIR": folder / "ledger", "GRAPH_DIR": folder, "PROJECTIONS_DIR": folder / "projections"}
    with django_db_blocker.unblock(), transaction.atomic():
        with travel(NOW, tick=False), override_settings(**own):
            built = House.built()
        yield built
        transaction.set_rollback(True)


@pytest.fixture
def anything(house, db):
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
def ask(house, db):
    """Of which members each pipeline may use the messages, as it is told by the site."""

    def ask():
        asked = {"feature": "job-ranking", "stage": "training", "categories": [CATEGORY], "members": [MIA, MAX]}
        return {
            one: answer(Browser(), secret, asked) for one, secret in zip(("Pip", "Pop"), house.secrets, strict=True)
        }

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


def unseen(ada):
    """What was asked for and is missing on the page of what is sensitive, which every auditor reads."""
    page = signed_in(ada).get("/staff/sensitive/").content.decode()
    return [one.subject for one in Wish.objects.all() if escape(one.subject) not in page]


@pytest.mark.parametrize(("who", "wishes_at_least"), {**dict.fromkeys(STAFF, 1), "amir": 21}.items())
def test_nothing_becomes_public_and_nothing_is_let_go_by_one_account(who, wishes_at_least, house, ask):
    leave_out_what_two_did(who)
    ask()
    before = everything(ask)
    send_all(house.people[who], [one for one in house.attempts if not narrows(*one)])
    assert differing(before, everything(ask)) == []
    assert len(house.attempts) > 300
    # All that somebody tried is there for everybody to see.
    asked = HistoryEntry.objects.filter(verb="account.ask").count()
    assert (Wish.objects.count(), unseen(house.people["ada"])) == (asked, [])
    assert asked >= wishes_at_least


@pytest.mark.parametrize("who", [*STAFF, "mia", "nobody"])
def test_nor_by_whatever_is_sent_to_any_address(who, house, anything, ask):
    leave_out_what_two_did(who)
    ask()
    before = everything(ask)
    send_all(house.people[who], [one for one in anything if not narrows(*one)])
    assert differing(before, everything(ask)) == []
    assert len(anything) > 300


@pytest.mark.parametrize("who", STAFF)
def test_what_one_account_stops_lets_nothing_go(who, house, ask):
    before = ask()
    send_all(house.people[who], [one for one in house.attempts if narrows(*one)])
    assert [name for name, now in ask().items() if now > before[name] or now[0]] == []
    assert User.objects.filter(role="administrator", is_active=True).count() == 2
