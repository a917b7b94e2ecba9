"""What people say of the graph, as far as it counts at a moment; and what observations follow from."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from transparency.accounts.prepared import row, rows
from transparency.catalog.models import Apart, Barrier, Binding, ClassificationRule, NameRule, Source

# All that people say, as the database holds it: of a few hundred rows that takes a millisecond.
ROWS = """
SELECT encode(sha256(convert_to(concat_ws(E'\\x1e',
    (SELECT coalesce(string_agg(r::text, E'\\x1f' ORDER BY r.id), '') FROM catalog_classificationrule r),
    (SELECT coalesce(string_agg(r::text, E'\\x1f' ORDER BY r.id), '') FROM catalog_binding r),
    (SELECT coalesce(string_agg(r::text, E'\\x1f' ORDER BY r.id), '') FROM catalog_barrier r
     WHERE r.approved_at <= %(at)s AND r.expires_at > %(at)s),
    (SELECT coalesce(string_agg(r::text, E'\\x1f' ORDER BY r.id), '') FROM catalog_namerule r),
    (SELECT coalesce(string_agg(r::text, E'\\x1f' ORDER BY r.id), '') FROM catalog_apart r)
), 'UTF8')), 'hex')
"""

TELLING = ["id", "name", "horizon_days", "enabled", "last_good_at", "version"]
SOURCES = f"SELECT {', '.join(TELLING)} FROM catalog_source"  # noqa: S608 - our own columns


@dataclass(frozen=True)
class Said:
    """What people say of the graph, as far as it counts at ``at``."""

    at: datetime
    rows: str
    """A digest of all that follows, but the sources."""
    rules: list[ClassificationRule]
    bindings: list[Binding]
    barriers: list[Barrier]
    sources: list[Source]
    names: list[NameRule]
    apart: list[Apart]

    @property
    def categories(self) -> list[str]:
        """All that rules may find."""
        return sorted({rule.category for rule in self.rules})

    @cached_property
    def digest(self) -> str:
        return _said(self.rows, self.sources)

    @cached_property
    def inputs(self) -> str:
        """Of everything that follows from it: time counts only as far as it changes what counts."""
        return _inputs(self.digest, self.at, self.sources)

    @property
    def good(self) -> dict[str, str]:
        """For each source that was ever read, when that was last."""
        return {str(source.pk): source.last_good_at.isoformat() for source in self.sources if source.last_good_at}

    @property
    def horizons(self) -> dict[str, str]:
        """For each source the moment before which a flow was last seen too long ago."""
        oldest = {s: s.counts_as_asked(self.at) - timedelta(days=s.horizon_days) for s in self.sources}
        return {str(source.pk): moment.isoformat() for source, moment in oldest.items()}


def as_said(at: datetime) -> Said:
    """All of it, as it stands."""
    # The digest first: of what changes in the next moment, it must not be told that it was seen already.
    told = _told(at)
    return Said(
        at,
        told,
        list(ClassificationRule.objects.all()),
        list(Binding.objects.order_by("pk")),
        list(Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at).order_by("pk")),
        list(Source.objects.order_by("pk")),
        list(NameRule.objects.order_by("pk")),
        list(Apart.objects.order_by("pk")),
    )


def as_they_stand() -> list[Source]:
    """All sources, as far as it matters what they tell and when they told it."""
    return [Source.from_db("default", TELLING, found) for found in rows(SOURCES, ())]


def stamp(at: datetime, sources: Sequence[Source] | None = None) -> str:
    """The same as ``as_said(at).inputs``, without reading what is said. ``sources`` are all of them, where known."""
    told, sources = _told(at), as_they_stand() if sources is None else sources
    return _inputs(_said(told, sources), at, sources)


def _told(at: datetime) -> str:
    (told,) = row(ROWS, {"at": at}) or ("",)
    return str(told)


def _said(rows: str, sources: Sequence[Source]) -> str:
    return _digest([rows, sorted((source.pk, source.horizon_days) for source in sources)])


def _inputs(digest: str, at: datetime, sources: Sequence[Source]) -> str:
    return _digest([digest, sorted((one.pk, one.version, one.counts_as_asked(at)) for one in sources)])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()
