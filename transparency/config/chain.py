"""What follows a refresh: observations, the evidence that members read, and what staff must look at."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from transparency.catalog import actions as catalog
from transparency.catalog import queries as seen
from transparency.catalog.models import Observation
from transparency.catalog.suggesting import Category
from transparency.catalog.untrusted import visible
from transparency.enforcement import watch
from transparency.enforcement.wording import Fault
from transparency.register import actions as register
from transparency.register import queries as said
from transparency.register.models import Evidence, Freshness
from transparency.review import actions as review
from transparency.review import drift

WHAT = {
    "column": "A column:",
    "dataset": "A table:",
    "job": "A program that runs:",
    "feature": "An input of a model:",
    "model": "A model:",
}


def follow(at: datetime) -> None:
    """Bring everything that rests on the catalog up to date at ``at``."""
    catalog.recompute(at=at)
    register.record_evidence(
        evidence=[_evidence(observation, told) for observation, told in seen.told_by(seen.counting())],
        freshness=[_freshness(health) for health in seen.sources(at)],
        at=at,
    )
    review.compare(at=at, reported=[_reported(fault) for fault in _faults(at)])


def suggest(at: datetime) -> None:
    """Look what unlabelled columns that reach a feature may hold, in the words of the newest register."""
    known = said.newest_register()[1].categories
    groups = {one.parent for one in known}
    kinds = [Category(one.key, one.name, one.what_it_is, one.examples) for one in known if one.key not in groups]
    catalog.suggest_labels(at=at, categories=kinds)


def _faults(at: datetime) -> list[Fault]:
    runs = {pair: watch.Seen(run.at, visible(run.key)) for pair, run in seen.last_runs().items()}
    return watch.faults(at, runs, timedelta(minutes=settings.ACKNOWLEDGE_WITHIN_MINUTES))


def _reported(fault: Fault) -> drift.Finding:
    evidence: dict[str, object] = {"facts": fault.facts, "pipeline": fault.pipeline, "run": fault.run}
    return drift.Finding(fault.kind, fault.subject, fault.urgency, fault.sentence[:600], evidence)


def _evidence(observation: Observation, told: list[str]) -> Evidence:
    same = ("category", "feature", "stage", "seen", "direct", "by_column", "first_seen", "last_seen", "checked_at")
    steps = [_step(step) for step in observation.path]
    return Evidence(steps=steps, sources=told, **{name: getattr(observation, name) for name in same})


def _step(step: dict[str, Any]) -> dict[str, str]:
    """One step in a member's words: short names only, no host and no namespace."""
    return {
        "what": WHAT.get(step["kind"], ""),
        "name": visible(step["name"]),
        "by": visible(step.get("job_name", "")),
        "how": _how(step),
        "last_seen": step.get("last_seen", "")[:10],
    }


def _how(step: dict[str, Any]) -> str:
    """What was done to the data, where it is more than moving it."""
    if not step.get("direct", True):
        return "only used to filter or sort"
    done = (
        "masked" if step.get("masked") else "",
        "put together with that of others" if step.get("aggregated") else "",
    )
    return ", ".join(filter(None, done))


def _freshness(health: seen.SourceHealth) -> Freshness:
    source = health.source
    return Freshness(
        source=source.slug, name=source.name, last_good_at=health.last_good_at, stale_since=health.stale_since
    )
