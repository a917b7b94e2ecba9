"""Replacing one source's graph by a snapshot, set by set, inside the caller's transaction.

Rows travel by ``COPY`` into temporary tables, where assets are called by numbers: texts are compared once per asset,
not once per flow. Unchanged rows are not touched, ``first_seen`` is never moved forward, and nothing is removed on the
word of a source that may have been cut short.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec
import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

from transparency.catalog.connectors.base import SeenAlias, SeenAsset, Snapshot
from transparency.catalog.models import Source
from transparency.catalog.packing import PackedFlows
from transparency.catalog.receiving import received, row_of
from transparency.catalog.sending import COLUMNS, in_binary

# Losing a fifth of what was there last time is more often a broken catalog than a broken company.
CLIFF = 0.20
# Below this many assets a fifth is one or two, and means nothing.
CLIFF_FROM = 20
NOTED = 500  # changes that are told one by one; where there are more, everything is worked out anew
A_PIECE = 2_000  # rows sent at a time
PAIR = row_of(("number", ">i8"), ("id", ">i8"))
MANY = 10_000  # rows, from which on the database should compare all at once, and then look anew at its tables
ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


STAGING = """
CREATE TEMP TABLE seen_asset ON COMMIT DROP AS
    SELECT 0 AS number, key, kind, namespace, name, field, description, tags, terms, facts, as_of, true AS stated
    FROM catalog_asset WITH NO DATA;
CREATE TEMP TABLE seen_name (number integer, key text) ON COMMIT DROP;
CREATE TEMP TABLE seen_alias (key text, canonical_key text, reason text, as_of timestamptz) ON COMMIT DROP;
"""

# Where only changes are told, what is only named by others may be known well: it was not told of.
CHANGE_ASSETS = """
UPDATE catalog_asset a SET
    description = s.description, tags = s.tags, terms = s.terms, facts = s.facts,
    as_of = s.as_of, last_seen = greatest(a.last_seen, s.as_of)
FROM seen_asset s
WHERE a.source_id = %(source)s AND a.key = s.key AND s.as_of >= a.as_of AND (s.stated OR NOT %(changes_only)s)
    AND (a.description, a.tags, a.terms, a.facts) IS DISTINCT FROM (s.description, s.tags, s.terms, s.facts)
"""
# What is told just as before, only later, is seen again: that is no change.
SEE_ASSETS_AGAIN = """
UPDATE catalog_asset a SET as_of = s.as_of, last_seen = greatest(a.last_seen, s.as_of) FROM seen_asset s
WHERE a.source_id = %(source)s AND a.key = s.key AND s.as_of >= a.as_of AND (s.stated OR NOT %(changes_only)s)
    AND a.last_seen <> s.as_of
"""

# An event that comes late tells of what was so before it came.
ADD_ASSETS = """
INSERT INTO catalog_asset (source_id, key, kind, namespace, name, field, description, tags, terms, facts, as_of,
    first_seen, last_seen)
SELECT %(source)s, key, kind, namespace, name, field, description, tags, terms, facts, as_of,
    least(%(at)s, as_of), as_of
FROM seen_asset s
WHERE NOT EXISTS (SELECT 1 FROM catalog_asset a WHERE a.source_id = %(source)s AND a.key = s.key)
"""

# Flows speak of rows of the catalog. What names something that nobody ever told of is no flow.
NUMBERS = """
COPY (SELECT s.number::bigint, a.id
      FROM (SELECT number, key FROM seen_asset UNION ALL SELECT number, key FROM seen_name) s
      JOIN catalog_asset a ON a.source_id = {source} AND a.key = s.key) TO STDOUT (FORMAT binary)
"""
# Where nothing is there to compare with, they go straight to their place.
HAS_FLOWS = "SELECT EXISTS (SELECT 1 FROM catalog_flow WHERE source_id = %(source)s)"
TOLD = """
CREATE TEMP TABLE told_flow ON COMMIT DROP AS
    SELECT upstream_id, downstream_id, job_id, source_id, direct, masking, aggregating, transformation, first_seen,
    last_seen
    FROM catalog_flow WITH NO DATA
"""

CHANGE_FLOWS = """
UPDATE catalog_flow f SET masking = s.masking, aggregating = s.aggregating, transformation = s.transformation,
    first_seen = least(f.first_seen, s.first_seen), last_seen = greatest(f.last_seen, s.last_seen)
FROM told_flow s
WHERE f.upstream_id = s.upstream_id AND f.downstream_id = s.downstream_id
    AND coalesce(f.job_id, 0) = coalesce(s.job_id, 0) AND f.direct = s.direct
    AND (f.masking, f.aggregating, f.transformation) IS DISTINCT FROM (s.masking, s.aggregating, s.transformation)
"""
SEE_FLOWS_AGAIN = """
UPDATE catalog_flow f SET
    first_seen = least(f.first_seen, s.first_seen), last_seen = greatest(f.last_seen, s.last_seen)
FROM told_flow s
WHERE f.upstream_id = s.upstream_id AND f.downstream_id = s.downstream_id
    AND coalesce(f.job_id, 0) = coalesce(s.job_id, 0) AND f.direct = s.direct
    AND (f.first_seen > s.first_seen OR f.last_seen < s.last_seen)
"""

ADD_FLOWS = """
INSERT INTO catalog_flow (upstream_id, downstream_id, job_id, source_id, direct, masking, aggregating, transformation,
    first_seen, last_seen)
SELECT upstream_id, downstream_id, job_id, source_id, direct, masking, aggregating, transformation, first_seen,
    last_seen
FROM told_flow s WHERE NOT EXISTS (
    SELECT 1 FROM catalog_flow f WHERE f.upstream_id = s.upstream_id AND f.downstream_id = s.downstream_id
    AND coalesce(f.job_id, 0) = coalesce(s.job_id, 0) AND f.direct = s.direct)
"""

# Everything told is in the tables by now, so equal counts say that there is nothing to look for.
MORE_FLOWS = """
SELECT (SELECT count(*) FROM catalog_flow WHERE source_id = %(source)s) > (SELECT count(*) FROM told_flow)
"""
MORE_ASSETS = """
SELECT (SELECT count(*) FROM catalog_asset WHERE source_id = %(source)s) > (SELECT count(*) FROM seen_asset)
"""

REMOVE_FLOWS = """
DELETE FROM catalog_flow f
WHERE f.source_id = %(source)s AND NOT EXISTS (
    SELECT 1 FROM told_flow s WHERE f.upstream_id = s.upstream_id AND f.downstream_id = s.downstream_id
    AND coalesce(f.job_id, 0) = coalesce(s.job_id, 0) AND f.direct = s.direct)
"""

REMOVE_ASSETS = """
DELETE FROM catalog_asset a WHERE a.source_id = %(source)s
    AND NOT EXISTS (SELECT 1 FROM seen_asset s WHERE s.key = a.key)
"""

REMOVE_ALIASES = """
DELETE FROM catalog_alias a WHERE a.source_id = %(source)s AND NOT EXISTS (
    SELECT 1 FROM seen_alias s
    WHERE (s.key, s.canonical_key, s.reason, s.as_of) = (a.key, a.canonical_key, a.reason, a.as_of))
"""
REPLACE_ALIASES = """
INSERT INTO catalog_alias (source_id, key, canonical_key, reason, as_of)
SELECT %(source)s, key, canonical_key, reason, as_of FROM seen_alias
ON CONFLICT (source_id, key) DO UPDATE SET canonical_key = excluded.canonical_key, reason = excluded.reason,
    as_of = excluded.as_of
WHERE (catalog_alias.as_of, catalog_alias.canonical_key COLLATE "C", catalog_alias.reason)
    < (excluded.as_of, excluded.canonical_key COLLATE "C", excluded.reason)
"""


# Each change is told to those who work out what follows: by the key of the asset that is, or that data flows into.
ASSETS_TOUCHED = """
WITH touched AS ({change} RETURNING {row}.key),
noted AS (INSERT INTO catalog_touched (key) SELECT key FROM touched LIMIT %(noted)s)
SELECT count(*) FROM touched
"""
FLOWS_TOUCHED = """
WITH touched AS ({change} RETURNING {row}.downstream_id),
noted AS (INSERT INTO catalog_touched (key) SELECT key FROM catalog_asset
    WHERE id IN (SELECT downstream_id FROM touched LIMIT %(noted)s))
SELECT count(*) FROM touched
"""
# A table that was empty when last looked at is compared row by row, and with it every row that is being added: a
# hundred thousand of them would take an hour.
ROW_BY_ROW = "SET LOCAL enable_nestloop = {}"
EVERYTHING = "INSERT INTO catalog_touched (key) VALUES ('')"


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
    names: dict[str, Any] = {"source": source.pk, "at": at, "changes_only": snapshot.leaves_known, "noted": NOTED}
    flows = snapshot.flows if isinstance(snapshot.flows, PackedFlows) else PackedFlows(snapshot.flows)
    many = len(snapshot.assets) + len(flows) > MANY
    with connection.cursor() as cursor:
        if many:
            cursor.execute(ROW_BY_ROW.format("off"))
        cursor.execute(STAGING)
        _stage(cursor, snapshot, flows.keys)
        changed, added = _touch(cursor, CHANGE_ASSETS, "a", names), _touch(cursor, ADD_ASSETS, "catalog_asset", names)
        again = _count(cursor, SEE_ASSETS_AGAIN, names)
        merged = _merge_flows(cursor, flows, names, complete=snapshot.complete)
        gone = _remove_if(cursor, MORE_ASSETS, REMOVE_ASSETS, ASSETS_TOUCHED, names) if snapshot.complete else 0
        renamed = _count(cursor, REMOVE_ALIASES, names) if snapshot.complete else 0
        if renamed + _count(cursor, REPLACE_ALIASES, names):
            cursor.execute(EVERYTHING)
        cursor.execute("DROP TABLE seen_asset, seen_name, seen_alias")
        if many:
            cursor.execute(ROW_BY_ROW.format("DEFAULT"))
        if added + merged[0] > MANY:
            cursor.execute("SELECT catalog_learn_sizes()")
    return Merged(added, changed, again, gone, *merged)


def _stage(cursor: Any, snapshot: Snapshot, numbers: Mapping[str, int]) -> None:
    known = bytearray(len(numbers) + 1)
    _copy(cursor, "seen_asset", _asset_lines(snapshot.assets, numbers, known))
    unknown = ((key, number) for key, number in numbers.items() if not known[number])
    _copy(cursor, "seen_name", (f"{number}\t{_texts((key,))}\n" for key, number in unknown))
    _copy(cursor, "seen_alias", map(_alias_line, snapshot.aliases))
    cursor.execute("ANALYZE seen_asset, seen_name")


def _copy(cursor: Any, table: str, lines: Iterator[str]) -> int:
    """How many rows were stored."""
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        while piece := "".join(islice(lines, A_PIECE)):
            copy.write(piece)
    return int(cursor.rowcount)


def _send(cursor: Any, table: str, pieces: Iterator[bytes]) -> int:
    """How many flows were stored."""
    with cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
        for piece in pieces:
            copy.write(piece)
    return int(cursor.rowcount)


def _count(cursor: Any, statement: str, names: dict[str, Any]) -> int:
    cursor.execute(statement, names)
    return int(cursor.rowcount)


def _merge_flows(
    cursor: Any, flows: PackedFlows, names: dict[str, Any], *, complete: bool
) -> tuple[int, int, int, int]:
    """How many flows were added, changed, seen again and gone."""
    told = in_binary(flows, _rows(cursor, len(flows.keys), names["source"]), names["source"])
    cursor.execute(HAS_FLOWS, names)
    if not cursor.fetchone()[0]:
        cursor.execute(EVERYTHING)
        return _send(cursor, "catalog_flow", told), 0, 0, 0
    cursor.execute(TOLD)
    _send(cursor, "told_flow", told)
    cursor.execute("ANALYZE told_flow")
    changed, again = (_touch(cursor, one, "f", names, FLOWS_TOUCHED) for one in (CHANGE_FLOWS, SEE_FLOWS_AGAIN))
    added = _touch(cursor, ADD_FLOWS, "catalog_flow", names, FLOWS_TOUCHED)
    gone = _remove_if(cursor, MORE_FLOWS, REMOVE_FLOWS, FLOWS_TOUCHED, names) if complete else 0
    cursor.execute("DROP TABLE told_flow")
    return added, changed, again, gone


def _touch(cursor: Any, change: str, row: str, names: dict[str, Any], told: str = ASSETS_TOUCHED) -> int:
    """Make the change and note what it touches; returns how many rows it changed."""
    cursor.execute(told.format(change=change, row=row), names)
    count = int(cursor.fetchone()[0])
    if count > NOTED:
        cursor.execute(EVERYTHING)
    return count


def _rows(cursor: Any, count: int, source: int) -> NDArray[np.int64]:
    """For each of ``count`` numbers the row of its asset, or 0 where there is none."""
    told = received(cursor, sql.SQL(NUMBERS).format(source=source), PAIR)
    rows = np.zeros(count + 1, dtype=np.int64)
    rows[told["number"]] = told["id"]
    return rows[:count]


def _remove_if(cursor: Any, more: str, remove: str, told: str, names: dict[str, Any]) -> int:
    cursor.execute(more, names)
    return _touch(cursor, remove, "f" if told is FLOWS_TOUCHED else "a", names, told) if cursor.fetchone()[0] else 0


def _asset_lines(assets: Iterable[SeenAsset], numbers: Mapping[str, int], known: bytearray) -> Iterator[str]:
    """A line an asset, with its number among the flows' ends; marks in ``known`` which of those have one."""
    for seen in assets:
        number = numbers.get(seen.key, len(numbers))
        known[number] = True
        described = (seen.description, _json(seen.tags), _json(seen.terms), _json(seen.facts))
        texts = (seen.key, seen.kind, seen.namespace, seen.name, seen.field, *described)
        yield f"{number}\t{_texts(texts)}\t{_moment(seen.as_of)}\t{seen.stated}\n"


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def _alias_line(seen: SeenAlias) -> str:
    return f"{_texts((seen.key, seen.canonical_key, seen.reason))}\t{_moment(seen.as_of)}\n"


def _texts(texts: tuple[str, ...]) -> str:
    """The texts as ``COPY`` takes them: a backslash, a tab and a line's end would mean something else."""
    line = "\t".join(texts)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != len(texts) - 1:
        return "\t".join(text.translate(ESCAPED) for text in texts)
    return line


@lru_cache(maxsize=1_024)
def _moment(at: datetime) -> str:
    return at.isoformat()
