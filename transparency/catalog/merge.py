"""Replacing one source's graph by a snapshot, set by set, inside the caller's transaction.

Rows travel by ``COPY`` into temporary tables; unchanged rows are not touched, ``first_seen`` is never moved forward,
and nothing is removed on the word of a source that may have been cut short.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from transparency.catalog.connectors.base import SeenAlias, SeenAsset, SeenFlow, Snapshot
from transparency.catalog.models import Source

# Losing a fifth of what was there last time is more often a broken catalog than a broken company.
CLIFF = 0.20
# Below this many assets a fifth is one or two, and means nothing.
CLIFF_FROM = 20


STAGING = """
CREATE TEMP TABLE seen_asset ON COMMIT DROP AS
    SELECT key, kind, namespace, name, field, description, tags, terms, facts, as_of, true AS stated
    FROM catalog_asset WITH NO DATA;
CREATE TEMP TABLE seen_flow (upstream text, downstream text, job text, direct boolean, masking boolean,
    transformation text, first_seen timestamptz, last_seen timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE seen_alias (key text, canonical_key text, reason text, as_of timestamptz) ON COMMIT DROP;
"""

# What is told just as before, only later, is seen again: that is no change.
MERGE_ASSETS = """
WITH told_anew AS (
SELECT count(*) AS rows FROM seen_asset s JOIN catalog_asset a ON a.source_id = %(source)s AND a.key = s.key
WHERE s.as_of >= a.as_of AND (a.description, a.tags, a.terms, a.facts)
    IS DISTINCT FROM (s.description, s.tags, s.terms, s.facts)),
touched AS (
INSERT INTO catalog_asset AS a (source_id, key, kind, namespace, name, field, description, tags, terms, facts, as_of,
    first_seen, last_seen)
SELECT %(source)s, key, kind, namespace, name, field, description, tags, terms, facts, as_of, %(at)s, as_of
FROM seen_asset
ON CONFLICT (source_id, key) DO UPDATE SET
    description = excluded.description, tags = excluded.tags, terms = excluded.terms, facts = excluded.facts,
    as_of = excluded.as_of, last_seen = greatest(a.last_seen, excluded.last_seen)
WHERE excluded.as_of >= a.as_of AND (a.description, a.tags, a.terms, a.facts, a.last_seen)
    IS DISTINCT FROM (excluded.description, excluded.tags, excluded.terms, excluded.facts, excluded.last_seen)
RETURNING (xmax = 0) AS added)
SELECT count(*) FILTER (WHERE added), (SELECT rows FROM told_anew), count(*) FROM touched
"""

MERGE_FLOWS = """
WITH seen AS (
SELECT u.id AS upstream_id, d.id AS downstream_id, j.id AS job_id, s.direct, s.masking, s.transformation, s.first_seen,
    s.last_seen
FROM seen_flow s
JOIN catalog_asset u ON u.source_id = %(source)s AND u.key = s.upstream
JOIN catalog_asset d ON d.source_id = %(source)s AND d.key = s.downstream
LEFT JOIN catalog_asset j ON j.source_id = %(source)s AND j.key = s.job),
told_anew AS (
SELECT count(*) AS rows FROM seen s JOIN catalog_flow f ON f.source_id = %(source)s
    AND (f.upstream_id, f.downstream_id, f.direct) = (s.upstream_id, s.downstream_id, s.direct)
    AND f.job_id IS NOT DISTINCT FROM s.job_id
WHERE (f.masking, f.transformation) IS DISTINCT FROM (s.masking, s.transformation)),
touched AS (
INSERT INTO catalog_flow AS f (source_id, upstream_id, downstream_id, job_id, direct, masking, transformation,
    first_seen, last_seen)
SELECT %(source)s, upstream_id, downstream_id, job_id, direct, masking, transformation, first_seen, last_seen FROM seen
ON CONFLICT (source_id, upstream_id, downstream_id, job_id, direct) DO UPDATE SET
    masking = excluded.masking, transformation = excluded.transformation,
    first_seen = least(f.first_seen, excluded.first_seen), last_seen = greatest(f.last_seen, excluded.last_seen)
WHERE (f.masking, f.transformation, f.first_seen, f.last_seen) IS DISTINCT FROM (excluded.masking,
    excluded.transformation, least(f.first_seen, excluded.first_seen), greatest(f.last_seen, excluded.last_seen))
RETURNING (xmax = 0) AS added)
SELECT count(*) FILTER (WHERE added), (SELECT rows FROM told_anew), count(*) FROM touched
"""

# Everything staged is in the tables by now, so equal counts say that there is nothing to look for.
MORE_FLOWS = """
SELECT (SELECT count(*) FROM catalog_flow WHERE source_id = %(source)s) > (SELECT count(*) FROM seen_flow)
"""
MORE_ASSETS = """
SELECT (SELECT count(*) FROM catalog_asset WHERE source_id = %(source)s) > (SELECT count(*) FROM seen_asset)
"""

REMOVE_FLOWS = """
DELETE FROM catalog_flow f USING catalog_asset u, catalog_asset d
WHERE f.source_id = %(source)s AND u.id = f.upstream_id AND d.id = f.downstream_id AND NOT EXISTS (
    SELECT 1 FROM seen_flow s LEFT JOIN catalog_asset j ON j.source_id = %(source)s AND j.key = s.job
    WHERE s.upstream = u.key AND s.downstream = d.key AND s.direct = f.direct AND j.id IS NOT DISTINCT FROM f.job_id)
"""

REMOVE_ASSETS = """
DELETE FROM catalog_asset a WHERE a.source_id = %(source)s
    AND NOT EXISTS (SELECT 1 FROM seen_asset s WHERE s.key = a.key)
"""

REPLACE_ALIASES = """
INSERT INTO catalog_alias (source_id, key, canonical_key, reason, as_of)
SELECT %(source)s, key, canonical_key, reason, as_of FROM seen_alias
ON CONFLICT (source_id, key) DO UPDATE SET canonical_key = excluded.canonical_key, reason = excluded.reason,
    as_of = excluded.as_of
WHERE (catalog_alias.as_of, catalog_alias.canonical_key COLLATE "C", catalog_alias.reason)
    <= (excluded.as_of, excluded.canonical_key COLLATE "C", excluded.reason)
"""

# Where only changes are told, what is only named by others may be known well: it was not told of.
LEAVE_KNOWN = """
DELETE FROM seen_asset s USING catalog_asset a WHERE NOT s.stated AND a.source_id = %(source)s AND a.key = s.key
"""


@dataclass(frozen=True)
class Merged:
    """What a merge did, in numbers of rows. ``again`` are those told just as before, only later."""

    added: int
    changed: int
    again: int
    gone: int
    flows_added: int
    flows_changed: int
    flows_again: int
    flows_gone: int

    @property
    def anything(self) -> bool:
        return any(vars(self).values())


@dataclass(frozen=True)
class Size:
    """How much a source shows."""

    assets: int
    flows: int


def size(source: Source) -> Size:
    return Size(source.assets.count(), source.flows.count())


def cliff(before: Size, snapshot: Snapshot) -> str:
    """Why this snapshot must wait for a person: a sentence, or nothing where it need not.

    A snapshot that may have been cut short removes nothing, so it never has to wait.
    """
    found = Size(len(snapshot.assets), len(snapshot.flows))
    for name, now, then in (("assets", found.assets, before.assets), ("flows", found.flows, before.flows)):
        if snapshot.complete and then >= CLIFF_FROM and now < then * (1 - CLIFF):
            return (
                f"Only {now:,} {name} were found where there were {then:,}. Nothing was changed. "
                "If this is right, accept it; if the catalog is incomplete, mend it and refresh again."
            )
    return ""


def merge(source: Source, snapshot: Snapshot, at: datetime) -> Merged:
    """Bring the source's rows to what ``snapshot`` says. The caller holds the transaction and the source's lock."""
    with connection.cursor() as cursor:
        cursor.execute(STAGING)
        _copy(cursor, "seen_asset", map(_asset_row, snapshot.assets))
        _copy(cursor, "seen_flow", map(_flow_row, snapshot.flows))
        _copy(cursor, "seen_alias", map(_alias_row, snapshot.aliases))
        cursor.execute("CREATE INDEX ON seen_asset (key); CREATE INDEX ON seen_flow (upstream, downstream)")
        cursor.execute("ANALYZE seen_asset; ANALYZE seen_flow")
        names: dict[str, Any] = {"source": source.pk, "at": at}
        if snapshot.leaves_known:
            cursor.execute(LEAVE_KNOWN, names)
        assets = _upsert(cursor, MERGE_ASSETS, names)
        flows = _upsert(cursor, MERGE_FLOWS, names)
        gone = _remove(cursor, names) if snapshot.complete else (0, 0)
        cursor.execute(REPLACE_ALIASES, names)
        cursor.execute("DROP TABLE seen_asset, seen_flow, seen_alias")
    return Merged(*assets, gone[1], *flows, gone[0])


def _copy(cursor: Any, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _upsert(cursor: Any, statement: str, names: dict[str, Any]) -> tuple[int, int, int]:
    cursor.execute(statement, names)
    added, told_anew, touched = cursor.fetchone()
    return added, told_anew, touched - added - told_anew


def _remove(cursor: Any, names: dict[str, Any]) -> tuple[int, int]:
    cursor.execute("DELETE FROM catalog_alias WHERE source_id = %(source)s", names)
    flows = _remove_if(cursor, MORE_FLOWS, REMOVE_FLOWS, names)
    return flows, _remove_if(cursor, MORE_ASSETS, REMOVE_ASSETS, names)


def _remove_if(cursor: Any, more: str, remove: str, names: dict[str, Any]) -> int:
    cursor.execute(more, names)
    if not cursor.fetchone()[0]:
        return 0
    cursor.execute(remove, names)
    return int(cursor.rowcount)


def _asset_row(seen: SeenAsset) -> tuple[object, ...]:
    described = (seen.description, _json(seen.tags), _json(seen.terms), _json(seen.facts))
    return (seen.key, seen.kind, seen.namespace, seen.name, seen.field, *described, seen.as_of, seen.stated)


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def _flow_row(seen: SeenFlow) -> tuple[object, ...]:
    how = (seen.direct, seen.masking, seen.transformation)
    return (seen.upstream, seen.downstream, seen.job, *how, seen.first_seen, seen.last_seen)


def _alias_row(seen: SeenAlias) -> tuple[object, ...]:
    return (seen.key, seen.canonical_key, seen.reason, seen.as_of)
