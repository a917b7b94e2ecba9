"""The graph while it is put together: what is known of each asset so far, and the flows between them."""

import dataclasses
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from transparency.catalog import limits
from transparency.catalog.connectors.base import SeenAlias, SeenAsset, SeenFault, Snapshot
from transparency.catalog.connectors.openlineage_naming import Named, storable
from transparency.catalog.packing import PackedFlows, Way
from transparency.catalog.untrusted import clean_name

NONE: Mapping[str, Any] = MappingProxyType({})


class Span(NamedTuple):
    """From the first time that something was said to the last."""

    first: datetime
    last: datetime

    def __or__(self, other: "Span") -> "Span":
        return Span(min(self.first, other.first), max(self.last, other.last))


class How(NamedTuple):
    """What a flow does to the data, and when it was last said.

    The newest statement holds; masked, or aggregated, only if all agree.
    """

    last: datetime
    bare: bool
    single: bool
    transformation: str


Told = tuple[Span, How]
Flow = tuple[str, str, str, bool]
"""Its two ends, its job or nothing, and whether it is direct."""


@dataclass(slots=True)
class Draft:
    """An asset while it is put together. Its facts and tags may be shared with others: they are replaced, not changed.

    Of a hundred thousand columns, each with a few empty or equal containers of its own, most would be containers.
    """

    kind: str
    namespace: str
    name: str
    field: str
    as_of: datetime
    stated: bool = False
    description: str = ""
    tags: Mapping[str, list[str]] = dataclasses.field(default_factory=lambda: NONE)  # by who gave them
    terms: tuple[str, ...] = ()
    facts: Mapping[str, Any] = dataclasses.field(default_factory=lambda: NONE)

    def state(self, at: datetime) -> None:
        """Something is being said about it: from now on its values are as of then."""
        self.as_of = max(self.as_of, at) if self.stated else at
        self.stated = True

    def know(self, facts: Mapping[str, Any]) -> None:
        """These facts as well; of the same name, the new one."""
        self.facts = {**self.facts, **facts} if self.facts else facts

    def tag(self, by: str, tags: list[str]) -> None:
        """All the tags that somebody gave it."""
        self.tags = {**self.tags, by: tags}


@dataclass(slots=True)
class Graph:
    faults: set[SeenFault] = dataclasses.field(default_factory=set)
    assets: dict[str, Draft] = dataclasses.field(default_factory=dict)
    flows: dict[Flow, Told] = dataclasses.field(default_factory=dict)
    aliases: dict[str, tuple[datetime, str, str]] = dataclasses.field(default_factory=dict)

    def mention(self, named: Named, span: Span) -> str:
        """The asset's key; the asset is in the graph from now on."""
        key = self._asset(named.key, Draft(named.kind, named.namespace, named.name, "", span.first))
        if named.altered:
            self.faults.add(SeenFault("name.characters", key, "Control characters in the name were replaced."))
        if named.key != named.plain_key and named.kind != "job":
            self.alias(named.plain_key, named.key, "symlink", span.last)
        return key

    def column(self, named: Named, column: str, span: Span) -> str | None:
        """The column's key, or nothing where it is too long to be kept, which is noted."""
        cleaned = clean_name(column)
        key = named.column_key(cleaned)
        if (known := self.assets.get(key)) and cleaned == column:
            if not known.stated and span.first < known.as_of:
                known.as_of = span.first
            return key
        if len(cleaned) > limits.IDENTIFIER or not storable(key):
            fault = SeenFault("name.length", named.key, "A column was left out: its name is too long to be kept.")
            self.faults.add(fault)
            return None
        if cleaned != column:
            self.faults.add(SeenFault("name.characters", key, "Control characters in the name were replaced."))
        # Many tables have columns of the same name: the text is kept once.
        return self._asset(key, Draft("column", named.namespace, named.name, sys.intern(cleaned), span.first))

    def flow(
        self,
        upstream: str,
        downstream: str,
        job: str | None,
        span: Span,
        direct: bool = True,
        masking: bool = False,
        transformation: str = "",
        aggregating: bool = False,
    ) -> None:
        """Data went from one asset to the other. Of several statements about the same flow the newest holds."""
        key, told = (upstream, downstream, job or "", direct), _told(span, masking, transformation, aggregating)
        known = self.flows.setdefault(key, told)
        if known is not told:
            self.flows[key] = known[0] | span, max(known[1], told[1])

    def alias(self, key: str, canonical: str, reason: str, at: datetime) -> None:
        """Two keys mean one thing. A key has one alias at a time, the one that was last told."""
        if key == canonical:
            return
        told = (at, canonical, reason)
        self.aliases[key] = max(self.aliases.get(key, told), told)

    def run(
        self, job: Named, inputs: Iterable[Named], outputs: Iterable[Named], parents: Iterable[Named], span: Span
    ) -> None:
        """What one run moved."""
        job_key = job.key
        into, out = [named.key for named in inputs], [named.key for named in outputs]
        for upstream in into:
            self.flow(upstream, job_key, job_key, span)
        for parent in parents:
            self.flow(job_key, parent.key, parent.key, span, transformation="part of")
        if len(into) * len(out) > limits.PAIRS:
            for downstream in out:
                self.flow(job_key, downstream, job_key, span)
            return
        for upstream in into:
            for downstream in out:
                self.flow(upstream, downstream, job_key, span)

    def pack(self, packed: PackedFlows) -> None:
        """Put the flows drawn so far away, in order: from here on only their ends are known."""
        flows = self.flows
        packed.extend((key[0], key[1], key[2] or None, _way(key[3], flows[key])) for key in sorted(flows))
        self.flows.clear()

    def snapshot(self, complete: bool, packed: PackedFlows | None = None) -> Snapshot:
        """All that was drawn, together with the flows that were put away in ``packed``."""
        packed = PackedFlows() if packed is None else packed
        self.pack(packed)
        return Snapshot(
            assets=Drawn(self.assets),
            flows=packed,
            aliases=[
                SeenAlias(key, canonical, reason, at) for key, (at, canonical, reason) in sorted(self.aliases.items())
            ],
            faults=sorted(self.faults, key=lambda fault: (fault.code, fault.pointer, fault.message))[: limits.FAULTS],
            complete=complete,
        )

    def _asset(self, key: str, draft: Draft) -> str:
        known = self.assets.setdefault(key, draft)
        if not known.stated:
            known.as_of = min(known.as_of, draft.as_of)
        return key


class Drawn(Collection[SeenAsset]):
    """The assets in the order of their keys, each made when somebody comes to it."""

    def __init__(self, drafts: dict[str, Draft]) -> None:
        self._drafts = drafts

    def __len__(self) -> int:
        return len(self._drafts)

    def __iter__(self) -> Iterator[SeenAsset]:
        return (_seen_asset(key, self._drafts[key]) for key in sorted(self._drafts))

    def __contains__(self, asset: object) -> bool:
        return any(asset == one for one in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Collection) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # what it shows may still change


# Most flows of a job say the same of themselves, and share it.
@lru_cache(maxsize=1_024)
def _told(span: Span, masking: bool, transformation: str, aggregating: bool) -> Told:
    return span, How(span.last, not masking, not aggregating, transformation[:500])


@lru_cache(maxsize=1_024)
def _way(direct: bool, told: Told) -> Way:
    span, how = told
    return Way(direct, not how.bare, how.transformation, *span, not how.single)


def _seen_asset(key: str, draft: Draft) -> SeenAsset:
    tags = tuple(sorted({tag for told in draft.tags.values() for tag in told})) if draft.tags else ()
    return SeenAsset(
        key=key,
        kind=draft.kind,
        namespace=draft.namespace,
        name=draft.name,
        field=draft.field,
        description=draft.description,
        tags=tags,
        terms=tuple(sorted(set(draft.terms))) if draft.terms else (),
        facts=dict(draft.facts),
        as_of=draft.as_of,
        stated=draft.stated,
    )
