"""Entities of DataHub, one after the other, while they are turned into one graph.

Tags and glossary terms come first: what else is added calls them by their names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

import msgspec

from transparency.catalog import limits
from transparency.catalog.connectors import datahub_aspects as aspects
from transparency.catalog.connectors import datahub_urns
from transparency.catalog.connectors.base import SeenFault, Snapshot, SourceUnreadable
from transparency.catalog.connectors.datahub_how import how
from transparency.catalog.connectors.datahub_naming import Names
from transparency.catalog.connectors.datahub_urns import BadUrn, Urn
from transparency.catalog.connectors.openlineage_graph import Draft, Graph, Span
from transparency.catalog.connectors.openlineage_naming import Named, storable
from transparency.catalog.keys import dataset_of
from transparency.catalog.untrusted import clean_name, shortened

# A catalog often names a few things that it doesn't know; more than a hundredth is one that was cut short.
UNKNOWN_SHARE, UNKNOWN_FROM = 0.01, 20
TAGS = 200  # of one asset
FIRST_YEAR = 1970  # zero is written where no time is known
Kind = TypeVar("Kind")


class Told(NamedTuple):
    """One aspect as it came, and when DataHub last observed it, where it says when."""

    value: bytes | msgspec.Raw
    at: datetime | None


@dataclass
class Work:
    """What a job reads and writes, and which columns it reads where it says so."""

    inputs: dict[str, None] = field(default_factory=dict)
    outputs: dict[str, None] = field(default_factory=dict)
    columns: dict[str, dict[str, None]] = field(default_factory=dict)  # by their dataset


class Reading:
    """``at`` is the moment at which DataHub said all this; ``whole`` is false where only what changed will be added.

    Where ``strict``, an aspect of another form than agreed makes the source unreadable: DataHub itself checks what it
    stores, so one that can't be read is a new version of DataHub, not somebody's slip.
    """

    def __init__(self, names: Names, at: datetime, *, whole: bool = True, strict: bool = False) -> None:
        self.names, self.at, self.whole, self.strict = names, at, whole, strict
        self.span = Span(at, at)
        self.graph = Graph(faults=set())
        self.complete = True
        self.called: dict[str, str] = {}
        self.live: set[str] = set()
        self.removed: set[str] = set()
        self.work: dict[str, Work] = {}
        self.run_of: dict[str, str] = {}
        self.paths: dict[str, list[str]] = {}  # of columns, by their dataset's urn
        self.added: set[str] = set()  # urns
        self._keys: dict[str, str | None] = {}
        self._tables: dict[str, Named | None] = {}

    def fault(self, code: str, pointer: str, message: str) -> None:
        """Note what could not be used; the rest counts, but is not the whole."""
        self.complete = False
        if len(self.graph.faults) < limits.FAULTS:
            self.graph.faults.add(SeenFault(code, shortened(pointer, 400), message))

    def aspect(self, urn: str, told: Mapping[str, Told], name: str, kind: type[Kind]) -> Kind | None:
        """The aspect of that name, or nothing where the entity has none that can be used."""
        return self.decoded(f"{urn} {name}", told[name].value, kind) if name in told else None

    def decoded(self, pointer: str, value: bytes | msgspec.Raw, kind: type[Kind]) -> Kind | None:
        try:
            return msgspec.json.decode(value, type=kind)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as bad:
            if self.strict:
                told = f"{shortened(pointer, 200)} has another form than agreed: {shortened(str(bad), 200)}."
                raise SourceUnreadable(told) from bad
            self.fault("aspect", pointer, f"{shortened(str(bad), 300)}. It was left out.")
            return None

    def named(self, urn: Urn) -> Named | None:
        """Its name, with the asset in the graph; nothing where the name can't be kept."""
        found = self.names.named(urn)
        too_long = max(map(len, urn.parts)) > limits.IDENTIFIER
        if too_long or not storable(found.key):
            self.fault("name.length", found.key, "It was left out: its name is too long to be kept.")
            return None
        self.graph.mention(found, self.span)
        return found

    def key(self, text: str) -> str | None:
        """The key of whatever the urn names, with the asset in the graph; nothing where it can't be used."""
        if text not in self._keys:
            try:
                self._keys[text] = self._key(datahub_urns.parse(text))
            except BadUrn as bad:
                self.fault("urn", text, f"{bad} It was left out.")
                self._keys[text] = None
        return self._keys[text]

    def keys(self, texts: Iterable[str] | None) -> list[str]:
        return [key for key in map(self.key, texts or ()) if key]

    def column(self, named: Named, path: str) -> str | None:
        """The key of a column; that of its dataset where the path means the record as a whole."""
        name = datahub_urns.field_name(path)
        return self.graph.column(named, name, self.span) if name else named.key

    def flow(self, upstream: str, downstream: str, job: str | None = None, text: str = "") -> None:
        self.graph.flow(upstream, downstream, job, self.span, transformation=text)

    def since(self, stamp: float) -> Span:
        """From when an edge was made until now; only now where nobody said when."""
        return Span(moment(stamp, self.at) or self.at, self.at)

    def became(self, lineages: Iterable[aspects.FineGrained] | None, job: str | None) -> None:
        """Which columns became which; of too many at once, only into which dataset they went."""
        for lineage in lineages or ():
            done, into, out = how(lineage), self.keys(lineage.upstreams), self.keys(lineage.downstreams)
            if len(into) * len(out) > limits.PAIRS:
                out = list(dict.fromkeys(map(dataset_of, out)))
            for upstream in into:
                for downstream in out:
                    self.graph.flow(upstream, downstream, job, self.span, *done)

    def only_named(self) -> list[str]:
        """The urns of what others name, and nobody has added."""
        return [urn for urn in {**self._keys, **self._tables} if urn not in self.added]

    def works(self, job: str) -> Work:
        """What is known of the job or run of that urn so far."""
        return self.work.setdefault(job, Work())

    def tags(self, urns: Iterable[str]) -> list[str]:
        """The names of tags or terms, and what their urns say where that is another, readable name."""
        return sorted({name for urn in urns for name in self._names(urn)})

    def bound(self) -> None:
        """Raises ``SourceUnreadable`` where there is more than can be held."""
        if len(self.graph.assets) + len(self.graph.flows) > limits.GRAPH:
            raise SourceUnreadable(f"It names more than {limits.GRAPH:,} assets and flows; split the source.")

    def snapshot(self) -> Snapshot:
        """The graph, without what was removed and all that led to it or came from it."""
        for urn, work in self.work.items():
            self._work(self.key(self.run_of.get(urn, urn)), work)
        self.bound()
        self._forget_removed()
        self._cut_tags()
        if self.whole:
            self._count_unknown()
        return self.graph.snapshot(self.complete and self.whole)

    def _key(self, urn: Urn) -> str | None:
        if urn.kind != "schemaField":
            named = self.named(urn)
            return named.key if named else None
        table, name = self._table(urn.parts[0]), datahub_urns.field_name(urn.parts[1])
        if table is None or not name:
            return table.key if table else None
        return self.graph.column(table, name, self.span)

    def _table(self, text: str) -> Named | None:
        """The dataset whose columns are named; many are, so it is taken apart once."""
        if text not in self._tables:
            urn = datahub_urns.parse(text)
            if urn.kind != "dataset":
                raise BadUrn(text)
            self._tables[text] = self.named(urn)
        return self._tables[text]

    def _names(self, urn: str) -> Iterable[str]:
        told, name = datahub_urns.short(urn), self.called.get(urn, "")
        kept = (name, told) if name and not _is_opaque(told) else (name or told,)
        return [clean_name(each)[: limits.IDENTIFIER] for each in kept if each.strip()]

    def _work(self, job: str | None, work: Work) -> None:
        """Into a dataset goes all of the input, for its columns may be told apart; elsewhere only what is read."""
        if job is None:
            return
        narrow = list(dict.fromkeys(each for one in work.inputs for each in work.columns.get(one, {one: None})))
        for upstream in narrow:
            self.flow(upstream, job, job)
        for output in work.outputs:
            into = list(work.inputs) if output.startswith("dataset:") else narrow
            for upstream in into if len(into) * len(work.outputs) <= limits.PAIRS else [job]:
                self.flow(upstream, output, job)
        if not narrow:
            for output in work.outputs:
                self.flow(job, output, job)

    def _forget_removed(self) -> None:
        removed = self.removed - self.live  # two urns may have one name here
        gone = {key for key in self.graph.assets if key in removed or dataset_of(key) in removed}
        if not gone:
            return
        self.graph.assets = {key: one for key, one in self.graph.assets.items() if key not in gone}
        self.graph.flows = {key: one for key, one in self.graph.flows.items() if gone.isdisjoint(key[:3])}
        self.graph.aliases = {
            key: one for key, one in self.graph.aliases.items() if key not in gone and one[1] not in gone
        }

    def _cut_tags(self) -> None:
        for key, draft in self.graph.assets.items():
            for by, tags in list(draft.tags.items()):
                if len(tags) > TAGS:
                    self.fault("list.size", key, f"{len(tags):,} tags; the first {TAGS} were taken.")
                    draft.tag(by, sorted(tags)[:TAGS])

    def _count_unknown(self) -> None:
        """Names that only others mention: a few are kept as they are."""
        known = [draft.stated for draft in self.graph.assets.values() if draft.kind != "column"]
        unknown = known.count(False)
        if unknown > max(UNKNOWN_FROM, UNKNOWN_SHARE * len(known)):
            message = f"{unknown:,} of {len(known):,} assets are named by others, but DataHub doesn't describe them."
            self.fault("missing", "", message)


def moment(milliseconds: float | None, latest: datetime) -> datetime | None:
    """The time that DataHub writes as milliseconds since 1970; nothing where it is none, or after ``latest``."""
    try:
        found = datetime.fromtimestamp((milliseconds or 0) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year > FIRST_YEAR and found <= latest else None


def state(reading: Reading, draft: Draft, told: Mapping[str, Told]) -> None:
    """The draft's values are as of the newest statement about it."""
    draft.state(max((one.at for one in told.values() if one.at), default=reading.at))


def _is_opaque(text: str) -> bool:
    """Whether it is an identifier that a program made up, e.g. a UUID."""
    bare = text.replace("-", "")
    return len(bare) >= 32 and all(character in "0123456789abcdefABCDEF" for character in bare)
