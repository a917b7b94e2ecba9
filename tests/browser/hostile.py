"""A company whose catalog, staff and policies mean mischief in every field that takes text."""

import json
from datetime import timedelta
from types import SimpleNamespace

import msgspec
from django.conf import settings as site
from django.utils import timezone
from msgspec import structs

from tests.catalog.builders import Shelf
from tests.consent.builders import Chooser
from tests.register.builders import Press, category, correction, feature, policy, register, use
from transparency.accounts.actions import issue_token, record
from transparency.accounts.models import MailChoice, User
from transparency.accounts.wishes import ask
from transparency.catalog import actions as catalog
from transparency.catalog.connectors import connector_for
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.models import Asset, Source, Suggestion, Tryout
from transparency.config import chain
from transparency.enforcement.acknowledgements import Statement
from transparency.enforcement.actions import acknowledge, pause_pipeline, register_pipeline
from transparency.register.schema import Clause, Criterion, Recipient, Scope
from transparency.review import actions as review
from transparency.review import queries as judged
from transparency.review.models import Finding

# What names another record, stands in a vocabulary or has a form of its own is no free text.
NOT_FREE = {
    "key", "slug", "category", "feature", "stage", "parent", "purpose", "dpv", "fides", "number", "legal_basis",
    "about", "subject", "field", "since", "until", "effective_from", "weight", "jurisdictions", "clauses", "purposes",
    "aliases", "origin", "sensitivity", "kind", "status", "decides", "refusal", "default", "role", "version",
}  # fmt: skip
LINK = "https://evil.example/\"onmouseover='xss(~)'<sCript>xss(~)</sCript>"


def poisoned(record, seeds, where):
    """The record with mischief in every field that takes free text, those that were empty too."""
    fields = {name: getattr(record, name) for name in record.__struct_fields__ if name not in NOT_FREE}
    return structs.replace(record, **{name: _poison(was, seeds, f"{where}.{name}") for name, was in fields.items()})


def _poison(was, seeds, field):
    if field.endswith("_url"):
        return seeds.sown(field, LINK)
    if isinstance(was, str):
        return seeds.shown(field)
    if isinstance(was, tuple):
        return tuple(_poison(one, seeds, field) for one in was)
    return poisoned(was, seeds, field) if isinstance(was, msgspec.Struct) else was


EVERYWHERE = Scope(jurisdictions=("*",), legal_basis="contract", rights=("x",), why_not="x")
RECIPIENTS = (Recipient(name="x", role="processor"),)
A_USE = use(scopes=(EVERYWHERE,), recipients=RECIPIENTS, safeguards=("x",))
A_FEATURE = feature(
    criteria=(Criterion(name="x", weight="high", reason=""),), third_party_models=("x",), decides="significant"
)


def hostile_register(seeds):
    day = str((timezone.now() - timedelta(days=4)).date())
    clauses = (Clause(number="3.2", text=seeds.text("policy.text"), heading=seeds.shown("policy.heading")),)
    said = {"title": seeds.shown("policy.title"), "version": seeds.sown("policy.version", "<iMg src onerror=xss(~)>")}
    return register(
        poisoned(A_USE, seeds, "use"),
        categories=(
            poisoned(category("communications"), seeds, "group"),
            poisoned(category(parent="communications"), seeds, "category"),
            poisoned(category("contact.email", parent="communications"), seeds, "other"),
        ),
        features=(poisoned(A_FEATURE, seeds, "feature"),),
        policies=(structs.replace(policy(**said), opening=seeds.text("policy.opening"), clauses=clauses),),
        corrections=(poisoned(correction(since=day, until=day), seeds, "correction"),),
    )


def _dataset(seeds, name, *columns, lineage=None):
    said = f"catalog.{name}"
    schema = [{"name": column, "type": seeds.name(f"{said}.type"), "description": about} for column, about in columns]
    tags = [{"key": seeds.name(f"{said}.tag"), "value": seeds.name(f"{said}.tag value"), "source": "x"}]
    facets = {
        "schema": {"fields": schema},
        "documentation": {"description": seeds.text(f"{said}.description")},
        "tags": {"tags": tags},
        "ownership": {"owners": [{"name": seeds.name(f"{said}.owner"), "type": seeds.name(f"{said}.owner type")}]},
        "symlinks": {
            "identifiers": [{"namespace": "hive://h", "name": seeds.name(f"{said}.symlink"), "type": "TABLE"}]
        },
        "datasetType": {"datasetType": seeds.name(f"{said}.kind"), "subType": seeds.name(f"{said}.kind below")},
        seeds.name(f"{said}.facet"): {seeds.name(f"{said}.facet key"): seeds.name(f"{said}.facet value")},
    }
    place = {"namespace": "postgres://db:5432/" + seeds.name(f"{said}.namespace"), "name": seeds.name(f"{said}.name")}
    return place | {"facets": facets | ({"columnLineage": {"fields": lineage}} if lineage else {})}


def _job(seeds, name):
    said = f"catalog.{name}"
    facets = {
        "documentation": {"description": seeds.text(f"{said}.description")},
        "ownership": {"owners": [{"name": seeds.name(f"{said}.owner")}]},
        "tags": {"tags": [{"key": seeds.name(f"{said}.tag")}]},
        "jobType": {"integration": seeds.name(f"{said}.integration"), "jobType": seeds.name(f"{said}.kind")},
    }
    return {"namespace": seeds.name(f"{said}.namespace"), "name": seeds.name(f"{said}.name"), "facets": facets}


def _event(job, inputs, outputs):
    when = timezone.now().isoformat()
    run = {"runId": "01941b3e-7a9c-7c3a-9c7e-0a7f3a1b2c3d", "facets": {}}
    told = {"eventTime": when, "eventType": "COMPLETE", "producer": "https://evil.example", "schemaURL": "https://x.y/"}
    return told | {"run": run, "job": job, "inputs": inputs, "outputs": outputs}


def _way(dataset, column, kind, seeds, **more):
    told = {"type": kind, "subtype": seeds.name(f"flow.{kind}"), "description": seeds.name(f"flow.{kind} words")}
    return {k: dataset[k] for k in ("namespace", "name")} | {"field": column, "transformations": [told | more]}


def lineage(seeds):
    """Two jobs one after the other: a column copied, one masked, one only looked at, and one that nobody labels."""
    text, mail, mood = (seeds.name(f"catalog.column {name}") + name for name in ("text", "mail", "mood"))
    extra = f"private message {seeds.shown('catalog.column unlabelled')}"
    columns = [(one, seeds.text("catalog.column description")) for one in (text, mail, mood, extra)]
    raw = _dataset(seeds, "raw", *columns)
    ways = {
        text: [_way(raw, text, "DIRECT", seeds), _way(raw, mood, "INDIRECT", seeds)],
        mail: [_way(raw, mail, "DIRECT", seeds, masking=True)],
        extra: [_way(raw, extra, "DIRECT", seeds)],
    }
    told = {column: {"inputFields": fields} for column, fields in ways.items()}
    made = _dataset(seeds, "made", *columns, lineage=told)
    events = [_event(_job(seeds, "job"), [raw], [made]), _event(_job(seeds, "serving"), [made], [])]
    return [json.dumps(one) for one in events]


def hostile_company(seeds):
    """Everything of it, as it stands after a refresh and what follows it. Returns who is there."""
    now = timezone.now()
    people = SimpleNamespace(
        **{role: _person(seeds, role) for role in ("editor", "reviewer", "auditor", "administrator", "member")}
    )
    press = Press(people.reviewer)
    press(register(), at=now - timedelta(days=9))
    press(hostile_register(seeds), at=now - timedelta(days=2))
    _catalog(seeds, people)
    _judged(seeds, people)
    _pipelines(seeds, people)
    return people


def _person(seeds, role, called=""):
    known = {"name": seeds.shown(f"{role}.name"), "role": role, "role_since": timezone.now() - timedelta(days=99)}
    more = {"member_key": "1000001"} if role == "member" else {}
    one = User.objects.create_user(f"{called or role}@tandem.example", "correct horse battery", **known | more)
    MailChoice.objects.create(user=one, kind="digest", wanted=True)
    return one


def _catalog(seeds, people):
    by = people.editor
    (site.IMPORTS_DIR / "events").mkdir(parents=True)
    named = f"{seeds.shown('file name')}.ndjson".replace("/", "∕")
    bad = json.dumps({"eventTime": "\x1b]0;now\x07", "\0": "\0\x1b[2J"})
    (site.IMPORTS_DIR / "events" / named).write_text("\n".join([*lineage(seeds), bad, ""]))
    told = {"connector": "openlineage_file", "location": "events"}
    events = Source.objects.create(slug="events", name=seeds.shown("source.name"), **told)
    _refresh(events, connector_for)
    for kind in Tryout.Kind.values:
        tried = catalog.ask_to_try(by=people.administrator, source=events, kind=kind, at=timezone.now())
        catalog.try_source(tryout_id=tried.pk, asked_at=tried.asked_at, connector_for=connector_for)
    broken = Source.objects.create(slug="broken", name=seeds.shown("broken.name"), **told)
    for _ in range(3):
        _refresh(broken, Shelf(SourceUnreadable(seeds.name("source.error"))))
    _mark(seeds, people)
    chain.follow(timezone.now())
    chain.suggest(timezone.now())
    reason = seeds.shown("counted.reason")
    catalog.count_looking(
        by=by, agreed_by=people.reviewer, category="contact.email", feature="job-ranking", reason=reason
    )
    chain.follow(timezone.now())


def _refresh(source, reads):
    asked = catalog.request_refresh(by=None, source=source)
    return catalog.refresh(refresh_id=asked.pk, connector_for=reads)


def _mark(seeds, people):
    by = people.editor
    for kind, called in (("text", "communications.messages"), ("mail", "contact.email"), ("mood", "contact.email")):
        note = seeds.shown("rule.note")
        catalog.add_rule(
            by=by, agreed_by=people.reviewer, matches="column", pattern=f"*{kind}", category=called, note=note
        )
    catalog.add_rule(
        by=by, agreed_by=people.reviewer, matches="tag", pattern=seeds.shown("rule.pattern"), category="contact.email"
    )
    for job in Asset.objects.filter(kind="job"):
        note = seeds.shown("binding.note")
        catalog.add_binding(
            by=by, agreed_by=people.reviewer, key=job.key, feature="job-ranking", stage="training", note=note
        )
    until = timezone.now() + timedelta(days=5)
    for asset in Asset.objects.filter(kind="dataset")[:1]:
        reason = seeds.shown("barrier.reason")
        told = {"key": asset.key, "category": "communications", "expires_at": until}
        barrier = catalog.propose_barrier(by=by, reason=reason, **told)
        catalog.approve_barrier(by=people.reviewer, barrier=barrier)


def _judged(seeds, people):
    editor, reviewer = people.editor, people.reviewer
    told = {name: seeds.shown(f"proposal.{name}") for name in ("title", "why", "notice", "sooner")}
    draft = review.start_proposal(by=editor, **told)
    for kind, one in (("use", A_USE), ("category", category()), ("feature", A_FEATURE)):
        content = msgspec.to_builtins(poisoned(one, seeds, f"proposed {kind}"))
        review.put_record(by=editor, proposal=draft, version=draft.version, kind=kind, content=content)
    review.comment(by=editor, proposal=draft, text=seeds.text("comment"))
    review.submit(by=editor, proposal=draft)
    review.return_to_author(by=reviewer, proposal=draft, reason=seeds.text("returned.reason"))
    waiting = review.start_proposal(by=editor, title=seeds.shown("waiting.title"))
    review.remove_record(by=editor, proposal=waiting, version=waiting.version, kind="use", subject=use().id)
    review.submit(by=editor, proposal=waiting)
    review.approve(by=reviewer, proposal=waiting, content_digest=judged.content_digest(waiting))
    (finding,) = Finding.objects.filter(state="open").order_by("pk")[:1]
    review.dismiss(by=editor, findings=[finding], reason=seeds.shown("dismissed.reason"))
    (suggested,) = Suggestion.objects.order_by("pk")[:1]
    catalog.reject_suggestions(by=editor, suggestions=[suggested], reason=seeds.shown("rejected.reason"))
    Chooser("1000001").allows(edition=2, at=timezone.now())
    subject, after = seeds.shown("history.subject"), {"pattern": seeds.text("history.after")}
    record(by=editor, verb="rule.add", subject_kind="rule", subject=subject, after=after)


def _pipelines(seeds, people):
    by, now = people.administrator, timezone.now()
    told = {"name": seeds.shown("pipeline.name"), "contact": seeds.shown("pipeline.contact"), "max_age": 60}
    pip = register_pipeline(by=by, slug="pip", assignments=[("job-ranking", "training")], **told)
    began = {"started_at": now - timedelta(hours=2), "ended_at": now - timedelta(hours=1)}
    counts = {"sequence": 0, "edition": 2, "members_seen": 9, "members_left_out": 0}
    run = Statement(run=seeds.shown("run.id"), feature="job-ranking", stage="training", **began, **counts)
    acknowledge(pipeline=pip, statement=run, at=now)
    pause_pipeline(by=by, pipeline=pip, reason=seeds.shown("paused.reason"))
    issue_token(by=by, name=seeds.shown("token.name"), scopes=["lineage"])
    _person(seeds, "administrator", called="another")
    facts = {"email": "new@tandem.example", "name": seeds.shown("wish.name"), "role": "editor"}
    ask(by=by, verb="invite", at=now, facts=facts)
    rule = {"matches": "tag", "pattern": seeds.shown("wish.pattern"), "category": "contact.email"}
    told = {"subject_kind": "rule", "subject": seeds.shown("wish.subject")}
    ask(by=people.editor, verb="rule.add", at=now, facts=rule | {"note": seeds.shown("wish.note")}, **told)
