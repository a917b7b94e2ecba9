"""A company in which every address has something to show: what the sweeps over all addresses ask about."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.consent.builders import NAME, USE, Chooser
from tests.register.builders import policy, register
from transparency.accounts import wishes
from transparency.accounts.actions import issue_token
from transparency.accounts.models import User
from transparency.catalog import actions as catalog
from transparency.catalog.models import Source, Suggestion
from transparency.config import chain
from transparency.enforcement import actions as enforcement
from transparency.enforcement.models import Pipeline
from transparency.enforcement.suppressions import Wanted
from transparency.review import actions as review
from transparency.review.models import Finding

MIA, MAX = "1000001", "1000002"
TRAINING = [("job-ranking", "training")]


@dataclass
class Settled:
    """What there is: by the full name of an address, or by the name of a part, what fills its parts."""

    parts: dict = field(default_factory=dict)
    of: dict = field(default_factory=dict)
    keys: dict = field(default_factory=dict)

    def fill(self, address):
        return {name: self.of.get((address.name, name), self.parts.get(name)) for name in address.parts}


def settle(publish, amir, otto):
    """Two editions, a source that was read, a draft, a pipeline with a list, choices of Mia and Max, a wish, keys."""
    there = Settled()
    publish(register(policies=(policy(),)))
    publish(register(policies=(policy(),)))
    _look(there, otto)
    _review(there, otto)
    _obey(there, amir)
    _ask(there, amir)
    there.parts |= {
        "number": 1, "first": 1, "second": 2, "day": timezone.now().date(), "stage": "training", "name": NAME,
        "category": "communications.messages", "feature": "job-ranking", "key": "communications.messages",
        "slug": "job-ranking", "file": "register.jsonld", "path": "0/000.p/1", "subject": "1", "pk": 1,
        "uidb36": "1", "provider_id": "company", "verb": "submit", "kind": "use",
        "reference": Chooser(MIA).refuses(USE, at=timezone.now()).reference,
    }  # fmt: skip
    Chooser(MAX).refuses(USE, at=timezone.now())
    there.of |= {
        ("members:ledger-index", "kind"): "edition", ("members:ledger-proof", "number"): 0,
        ("members:clause", "number"): "3.2", ("members:on:clause", "number"): "3.2",
        ("staff:change-rule", "verb"): "up", ("staff:decide-suggestions", "verb"): "accept",
        ("staff:trials", "verb"): "start", ("staff:act-pipeline", "verb"): "pause",
        ("staff:decide-wish", "verb"): "agree", ("staff:try-source", "kind"): "changes",
    }  # fmt: skip
    policies = ("members:policy", "members:clause", "members:on:policy", "members:on:clause")
    there.of |= {(name, "slug"): "privacy-policy" for name in policies}
    return there


def _names(there, names, part, value):
    there.of |= {(f"staff:{name}", part): value for name in names.split()}


def _look(there, otto):
    source = Source.objects.create(slug="lake", name="Lake", connector="openlineage_http")
    ines = User.objects.get(role="reviewer")
    catalog.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="pii", category="communications.messages")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("model ranker"), feature="job-ranking", stage="training")
    in_a_week = timezone.now() + timedelta(days=7)
    barred = {"key": key("users.email"), "reason": "Hashed there.", "expires_at": in_a_week, "category": ""}
    barrier = catalog.propose_barrier(by=otto, **barred)
    seen = snapshot(
        flow("users.email", "model ranker"), flow("chat.message_text", "model ranker"), tags={"users.email": "pii"}
    )
    asked = catalog.request_refresh(by=None, source=source)
    refresh = catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(seen))
    chain.follow(refresh.finished_at)
    chain.suggest(refresh.finished_at)
    _names(there, "source change-source retire-source progress tryouts try-source refresh accept", "slug", source.slug)
    _names(there, "accept", "pk", refresh.pk)
    _names(there, "approve-barrier remove-barrier", "pk", barrier.pk)
    _names(there, "suggestion accept-suggestion reopen-suggestion", "pk", Suggestion.objects.first().pk)
    for model, names in (("ClassificationRule", "change-rule"), ("Binding", "remove-binding")):
        _names(there, names, "pk", source._meta.apps.get_model("catalog", model).objects.first().pk)


def _review(there, otto):
    _names(there, "finding reopen propose", "pk", Finding.objects.first().pk)
    draft = review.start_proposal(by=otto, title="Shorter retention")
    pages = "proposal update undo edit act preview terms document table bring"
    _names(there, pages, "pk", draft.pk)


def _obey(there, amir):
    told = {"slug": "pip", "name": "Pip, nightly training", "contact": "#jobs-ml", "max_age": 3600}
    pip = enforcement.register_pipeline(by=amir, assignments=TRAINING, webhook_url="", **told)
    token, secret = enforcement.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")
    kept = enforcement.order_list(
        pipeline=Pipeline.objects.get(), wanted=Wanted(*TRAINING[0]), form="ndjson", at=timezone.now()
    )[0]
    pages = "pipeline change-pipeline act-pipeline retire-pipeline pipeline-keys revoke-pipeline-key webhook-secret"
    _names(there, f"{pages} tell-again", "slug", "pip")
    _names(there, "revoke-pipeline-key revoke", "pk", token.pk)
    there.of["api:suppressions-kept", "reference"] = kept.reference
    there.keys |= {"pipeline": secret}


def _ask(there, amir):
    for name, scope in (("lineage", "lineage:lake"), ("choices", "choices")):
        there.keys[name] = issue_token(by=amir, name=name, scopes=[scope])[1]
    anna = {"name": "Anna", "role": "administrator", "role_since": timezone.now() - timedelta(days=99)}
    User.objects.create_user("anna@tandem.example", "correct horse battery", **anna)
    facts = {"name": "Spark", "scopes": ["lineage:lake"]}
    waiting = wishes.ask(by=amir, verb="key", at=timezone.now(), facts=facts)
    _names(there, "wish decide-wish fetch-wish", "pk", waiting.pk)
