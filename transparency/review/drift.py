"""Where what is done and what is said differ. Pure: plain values in, findings out.

What a source did not show counts only while every source is fresh: a catalog that can't be read proves nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from transparency.catalog.keys import short_name

UNSEEN_AFTER = timedelta(days=14)
TODAY, THIS_WEEK, SOME_TIME = 1, 2, 3


@dataclass(frozen=True)
class Observed:
    """One observation: ``use`` is its id, ``seen`` whether it still is."""

    use: str
    seen: bool
    last_seen: datetime
    path: tuple[Mapping[str, str], ...] = ()
    ended_because: str = ""
    direct: bool = True
    """False where the data is only looked at, and staff count that."""


@dataclass(frozen=True)
class Loose:
    """Loose ends of the catalog, as plain names."""

    unclassified: tuple[tuple[str, str], ...] = ()
    unbound: tuple[str, ...] = ()
    expired: tuple[tuple[str, str], ...] = ()
    expiring: tuple[tuple[str, str], ...] = ()
    stale: tuple[tuple[str, str, datetime], ...] = ()
    failing: tuple[tuple[str, str], ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    barring: tuple[Mapping[str, Any], ...] = ()
    """Steps at which a barrier may be wanted, as ``catalog.barring`` tells of them."""


@dataclass(frozen=True)
class Finding:
    """A difference that somebody must decide on. ``kind`` and ``subject`` say which; the rest may change."""

    kind: str
    subject: str
    urgency: int
    sentence: str
    evidence: dict[str, object] = field(default_factory=dict, compare=False)


def findings(
    declared: Mapping[str, datetime],
    observed: Iterable[Observed],
    loose: Loose,
    names: Mapping[str, str],
    at: datetime,
    looked_at: Collection[str] = (),
) -> list[Finding]:
    """All differences at ``at``. ``declared`` maps use ids to when each was first said; ``names`` keys to words.

    ``looked_at`` are uses that are seen in the weaker way only, which nobody counts: they prove nothing either way.
    """
    seen = {one.use: one for one in observed}
    found = [_undeclared(one, names) for one in seen.values() if one.seen and one.use not in declared]
    if not loose.stale:
        found += [
            _unseen(use, seen.get(use), names, use in looked_at)
            for use, since in declared.items()
            if _gone(seen.get(use), since, at)
        ]
    return [*found, *_loose(loose, names), *(_barring(one) for one in loose.barring)]


def _gone(one: Observed | None, since: datetime, at: datetime) -> bool:
    return not (one and one.seen) and (one.last_seen if one else since) < at - UNSEEN_AFTER


def in_words(use: str, names: Mapping[str, str]) -> str:
    """“Private messages in Search, training” for a use id."""
    category, feature, stage = use.split("/")
    return f"{names.get(category, category)} in {names.get(feature, feature)}, {stage.replace('_', ' ')}"


def _undeclared(one: Observed, names: Mapping[str, str]) -> Finding:
    shown = "shows it" if one.direct else "shows that it is looked at"
    sentence = f"{in_words(one.use, names)}: the catalog {shown}, the register does not say it."
    return Finding("undeclared_use", one.use, TODAY, sentence, {"path": list(one.path)})


def _unseen(use: str, one: Observed | None, names: Mapping[str, str], looked_at: bool) -> Finding:
    when = f"last seen {one.last_seen:%d %B %Y}. {one.ended_because}" if one else "never seen."
    sentence = f"{in_words(use, names)}: the register says it, but it was {when}"
    if looked_at:
        sentence += " It is only looked at now: if that is the use, let it count."
    return Finding("not_observed", use, SOME_TIME, sentence, {"path": list(one.path) if one else []})


def _loose(loose: Loose, names: Mapping[str, str]) -> list[Finding]:
    unclassified = "feeds {}, and nobody has said what data it holds."
    return [
        *(
            Finding("unclassified", key, THIS_WEEK, f"{short_name(key)} {unclassified.format(names.get(slug, slug))}")
            for key, slug in loose.unclassified
        ),
        *(
            Finding("unbound_model", k, THIS_WEEK, f"{short_name(k)} is a model that belongs to no AI feature.")
            for k in loose.unbound
        ),
        *(
            Finding("barrier_expired", i, TODAY, f"The barrier at {short_name(key)} has expired.")
            for i, key in loose.expired
        ),
        *(
            Finding("barrier_expiring", i, THIS_WEEK, f"The barrier at {short_name(k)} expires soon.")
            for i, k in loose.expiring
        ),
        *(
            Finding("stale_source", slug, TODAY, f"{name} was not read well since {since:%d %B %Y, %H:%M} UTC.")
            for slug, name, since in loose.stale
        ),
        *(
            Finding("failing_source", slug, TODAY, f"{name} failed several times in a row.")
            for slug, name in loose.failing
        ),
        *(
            Finding("held_source", slug, TODAY, f"{name} is in doubt: nothing of it counts until somebody has looked.")
            for slug, name in loose.held
        ),
    ]


def _barring(step: Mapping[str, Any]) -> Finding:
    name = "\n".join((step["kind"], step["key"], step["downstream_key"]))
    start, end = short_name(step["key"])[:200], short_name(step["downstream_key"])[:200]
    sentence = f"From {start} to {end} data is {step['kind']}: does it stop there?"
    return Finding("barrier_proposed", sha256(name.encode()).hexdigest(), SOME_TIME, sentence, dict(step))


def _barriers(kind: str, urgency: int, what: str, named: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    return (Finding(kind, number, urgency, f"The barrier at {short_name(key)} {what}.") for number, key in named)
