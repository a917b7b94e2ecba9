"""What DataHub's metadata service (GMS) is asked, and the shapes of its answers.

Entities come from OpenAPI, page by page (a scroll has no end at 10,000, as searches have), and the promise of how many
there are from GraphQL. What changed since is told by the events API, from where the last good reading came to.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from transparency.catalog.connectors.base import Progress, SourceUnreadable
from transparency.catalog.connectors.datahub_changes import Change
from transparency.catalog.connectors.datahub_kinds import ALWAYS, KINDS, RUN, RUN_ASPECTS
from transparency.catalog.connectors.datahub_reading import Told, moment
from transparency.catalog.connectors.http import Listed, Page, Reader, by_cursor
from transparency.catalog.untrusted import shortened

PAGE = 250  # entities; the schema of a wide table has a megabyte
COLUMNS = 1_000  # at once: each says little of itself, and there are ten times as many as anything else
TOGETHER = 100  # entities that are asked for by name
EVENTS = 1_000  # in one answer
TOPIC = "MetadataChangeLog_Versioned_v1"
CHANGED = 20_000  # entities; where more have changed, reading all of them is no more work
# Where a search of DataHub's ends, whatever there is beyond.
SEARCH_ENDS = 10_000


_COUNTING = "query {{ {} }}"
_COUNT = (
    '{kind}: scrollAcrossEntities(input: {{types: [{graphql}], query: "*", count: 1, '
    "searchFlags: {{skipAggregates: true, skipCache: true, includeSoftDeleted: true}}}}) {{ total }}"
)


class SystemMetadata(Struct, rename="camel"):
    last_observed: float | None = None


class Enveloped(Struct, rename="camel"):
    """One aspect, and what DataHub itself knows of it."""

    value: msgspec.Raw
    system_metadata: SystemMetadata | None = None


class Scrolled(Struct, rename="camel"):
    """One page. Older versions don't tell the total."""

    entities: list[dict[str, msgspec.Raw]]
    scroll_id: str | None = None
    total_count: int | None = None


class Total(Struct):
    total: int


class Problem(Struct):
    message: str = ""


class Counted(Struct):
    """An answer of GraphQL: with status 200 it may tell of errors."""

    data: dict[str, Total | None] | None = None
    errors: list[Problem] = []


class Event(Struct):
    value: str


class Polled(Struct, rename="camel"):
    offset_id: str | None = None
    events: list[Event] = []


class Entity(NamedTuple):
    urn: str
    told: Mapping[str, Told]


class Questions:
    """Asks one GMS. ``at`` is now."""

    def __init__(self, reader: Reader, at: datetime) -> None:
        self.reader, self.at = reader, at

    def totals(self) -> dict[str, int]:
        """How many entities of each kind DataHub says there are, what was removed included."""
        told = [_COUNT.format(kind=kind, graphql=one.graphql) for kind, one in KINDS.items() if one.graphql]
        query = _COUNTING.format(" ".join(told))
        answer = self.reader.post("api", "graphql", shape=Counted, body={"query": query})
        if answer.errors or not answer.data:
            said = "; ".join(shortened(problem.message, 100) for problem in answer.errors[:3]) or "no data"
            raise SourceUnreadable(f"DataHub's GraphQL could not count: {said}.", retryable=True)
        missing = [kind for kind, one in KINDS.items() if one.graphql and answer.data.get(kind) is None]
        if missing:
            raise SourceUnreadable(f"DataHub's GraphQL does not say how many there are of {', '.join(missing)}.")
        return {kind: found.total for kind, found in answer.data.items() if found}

    def all(self, kind: str, total: int | None, progress: Progress) -> Listed[Entity]:
        """Every entity of that kind, ``total`` of which were promised."""

        def page(after: str | None) -> Page[Entity]:
            found = self.reader.get("openapi", "v3", "entity", kind, shape=Scrolled, params=_scroll(kind, after))
            promised = total if found.total_count is None else found.total_count
            return Page([self._entity(one) for one in found.entities], promised, found.scroll_id)

        listed = by_cursor(KINDS[kind].plural, page, lambda entity: entity.urn, progress)
        if len(listed.items) == SEARCH_ENDS:
            listed.doubt("capped", f"Exactly {SEARCH_ENDS:,} {listed.what} came, which is where DataHub's search ends.")
        return listed

    def named(self, kind: str, urns: Collection[str], aspects: Sequence[str] = ()) -> Iterator[Entity]:
        """These entities of that kind, as far as they are there; with all that is read of it, or those aspects only."""
        wanted = aspects or (RUN_ASPECTS if kind == RUN else KINDS[kind].aspects)
        asked = sorted(urns)
        for start in range(0, len(asked), TOGETHER):
            body = [{"urn": urn, **{name: {} for name in wanted}} for urn in asked[start : start + TOGETHER]]
            path = ("openapi", "v3", "entity", kind, "batchGet")
            params = {"systemMetadata": True}
            found = self.reader.post(*path, shape=list[dict[str, msgspec.Raw]], body=body, params=params)
            yield from map(self._entity, found)

    def now(self) -> str:
        """Where the changes begin that are still to come; empty where DataHub does not tell of changes."""
        try:
            return self._poll("").offset_id or ""
        except SourceUnreadable:
            return ""

    def changes(self, since: str) -> tuple[list[Change], str] | None:
        """What changed since, and where the next ones begin; nothing where that can't be told, or is too much."""
        found: list[Change] = []
        while len(found) <= CHANGED * len(ALWAYS):
            try:
                polled = self._poll(since)
                told = [msgspec.json.decode(event.value, type=Change) for event in polled.events]
            except (SourceUnreadable, msgspec.MsgspecError, RecursionError):
                return None
            found += told
            if not told:
                return found, polled.offset_id or since
            if not polled.offset_id or polled.offset_id == since:
                return None
            since = polled.offset_id
        return None

    def version(self) -> str:
        """What it calls itself, e.g. “DataHub v1.2.0”."""
        found = self.reader.get("config", shape=dict[str, Any])
        versions = found.get("versions")
        one = versions.get("acryldata/datahub") if isinstance(versions, dict) else None
        told = one.get("version") if isinstance(one, dict) else None
        return f"DataHub {shortened(told, 40)}" if isinstance(told, str) else "DataHub"

    def _poll(self, since: str) -> Polled:
        params: dict[str, str | int] = {"topic": TOPIC, "limit": EVENTS, "pollTimeoutSeconds": 1}
        params |= {"offsetId": since} if since else {}
        return self.reader.get("openapi", "v1", "events", "poll", shape=Polled, params=params)

    def _entity(self, found: Mapping[str, msgspec.Raw]) -> Entity:
        """An entity taken apart. What can't be is another form than agreed, and no entity is left out silently."""
        try:
            urn = msgspec.json.decode(found["urn"], type=str)
            told = {name: self._told(raw) for name, raw in found.items() if name != "urn"}
        except (KeyError, msgspec.MsgspecError, RecursionError) as bad:
            raise SourceUnreadable(
                f"An entity of DataHub has another form than agreed: {shortened(bad, 200)}."
            ) from bad
        return Entity(urn, told)

    def _told(self, raw: msgspec.Raw) -> Told:
        one = msgspec.json.decode(raw, type=Enveloped)
        observed = one.system_metadata.last_observed if one.system_metadata else None
        return Told(bytes(one.value), moment(observed, self.at))


def _scroll(kind: str, after: str | None) -> dict[str, str | int | bool]:
    """``aspects`` is one list for all pages: another question would be another scroll."""
    asked: dict[str, str | int | bool] = {
        "aspects": ",".join(KINDS[kind].aspects),
        "count": COLUMNS if kind == "schemaField" else PAGE,
    }
    asked |= {"systemMetadata": "true", "includeSoftDelete": "true", "skipCache": "true", "sort": "urn"}
    return asked | ({"scrollId": after} if after else {})
