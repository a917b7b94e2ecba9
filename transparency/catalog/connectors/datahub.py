"""DataHub, asked over HTTP: all of it from time to time, in between what changed.

Whatever is small (tags, glossary terms, models and their groups) is always read as a whole: columns are called by the
names of their tags, and who trained what is known from both ends.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from transparency.catalog.connectors import datahub_entities as entities
from transparency.catalog.connectors.base import Found, Progress, SeenFault, Snapshot
from transparency.catalog.connectors.datahub_changes import Change, by_kind, reach_far
from transparency.catalog.connectors.datahub_kinds import KINDS, RUN
from transparency.catalog.connectors.datahub_naming import names_of
from transparency.catalog.connectors.datahub_questions import Questions
from transparency.catalog.connectors.datahub_reading import Reading
from transparency.catalog.connectors.datahub_urns import BadUrn, field_urn, parse
from transparency.catalog.connectors.datahub_versions import VERSIONED, older
from transparency.catalog.connectors.http import Reader

SMALL = ("tag", "glossaryTerm", "mlModel", "mlModelGroup")
NOT_ASSETS = frozenset({"tag", "glossaryTerm", "schemaField"})
OFFSET = "offset"


@dataclass
class DataHub:
    """``open`` opens a reader of GMS; ``since`` is the cursor of the last good reading, or empty to read all. ``at`` is
    now.

    A catalog says what is so today, not when data last went along: what it tells of was seen today.
    """

    open: Callable[[], Reader]
    namespaces: str
    at: datetime
    since: dict[str, str]

    def read(self, progress: Progress) -> Snapshot:
        names = names_of(self.namespaces)
        today = self.at.replace(hour=0, minute=0, second=0, microsecond=0)
        with self.open() as reader:
            asked = Questions(reader, self.at)
            changed = self._changed(asked, progress)
            if changed:
                part = _Part(asked, Reading(names, today, whole=False, strict=True), progress)
                if part.take(*changed):
                    return part.snapshot()
            return _Whole(asked, Reading(names, today, strict=True), progress).snapshot()

    def look(self, progress: Progress) -> Found:
        with self.open() as reader:
            asked = Questions(reader, self.at)
            progress("Counting", 0, None)
            totals = asked.totals()
            counted = sum(total for kind, total in totals.items() if kind not in NOT_ASSETS)
            return Found(counted, totals["tag"], asked.version())

    def _changed(self, asked: Questions, progress: Progress) -> tuple[list[Change], str] | None:
        since = self.since.get(OFFSET, "")
        if not since:
            return None
        progress("Asking what changed", 0, None)
        return asked.changes(since)


class _Whole:
    """All of it, and whether it was as much as was promised."""

    def __init__(self, asked: Questions, reading: Reading, progress: Progress) -> None:
        self.asked, self.reading, self.progress = asked, reading, progress
        self.doubts: list[SeenFault] = []

    def snapshot(self) -> Snapshot:
        offset = self.asked.now()
        totals = self.asked.totals()
        for kind in KINDS:
            self.take_all(kind, totals.get(kind))
        self.take_runs()
        self.compare(totals)
        found = self.reading.snapshot()
        return replace(found, doubts=self.doubts, cursor={OFFSET: offset} if offset else {})

    def take_all(self, kind: str, total: int | None) -> None:
        listed = self.asked.all(kind, total, self.progress)
        self.doubts += listed.doubts
        for done, entity in enumerate(listed.items.values()):
            self.progress(f"Putting {listed.what} together", done, len(listed.items))
            entities.add(self.reading, entity.urn, entity.told)
        if kind in VERSIONED:
            self.take_older(kind)

    def take_older(self, kind: str) -> None:
        """The versions that are not the newest: a model may serve for long after a newer one is there."""
        listed = older(self.asked.reader, kind, self.progress)
        self.doubts += listed.doubts
        self.take_named(kind, listed.items)

    def take_runs(self) -> None:
        """The runs that trained a model: of all others there may be millions."""
        self.take_named(RUN, self._mentioned(RUN))

    def take_named(self, kind: str, urns: Collection[str]) -> None:
        for entity in self.asked.named(kind, urns):
            entities.add(self.reading, entity.urn, entity.told)

    def compare(self, before: dict[str, int]) -> None:
        """What was promised at the beginning must still be so at the end."""
        after = self.asked.totals()
        for kind, total in before.items():
            if after.get(kind, 0) < total:
                what = KINDS[kind].plural
                message = f"While {what} were read, {total:,} became {after.get(kind, 0):,}."
                self.doubts.append(SeenFault("shrinks", what, message))

    def _mentioned(self, kind: str) -> list[str]:
        return [urn for urn in self.reading.work if urn.startswith(f"urn:li:{kind}:")]


class _Part(_Whole):
    """What changed, and what is small."""

    def take(self, changes: Iterable[Change], offset: str) -> bool:
        """Take the changes in; false where they reach so far that all of it must be read."""
        told = list(changes)
        if reach_far(told):
            return False
        self.offset = offset
        if not any(change.counts or change.is_of_a_run for change in told):
            return True
        totals = self.asked.totals()
        for kind in SMALL:
            self.take_all(kind, totals.get(kind))
        try:
            self._take_changed(by_kind(told))
        except BadUrn:
            return False
        self.take_named("dataJob", self._mentioned("dataJob"))
        self.take_runs()
        self._ask_of_neighbours()
        return True

    def _ask_of_neighbours(self) -> None:
        """What has not changed itself, and is named by what has: it may have been removed long ago."""
        only_named = self.reading.only_named()
        for kind in KINDS:
            urns = [urn for urn in only_named if urn.startswith(f"urn:li:{kind}:")]
            for entity in self.asked.named(kind, urns if kind != "schemaField" else (), ("status",)):
                entities.is_removed(self.reading, entity.urn, entity.told)

    def _take_changed(self, changed: dict[str, set[str]]) -> None:
        """A column is described by its dataset and by itself, so neither is read without the other."""
        fields = changed["schemaField"]
        changed["dataset"] |= {parse(urn).parts[0] for urn in fields}
        for kind in KINDS:
            if kind == "schemaField":
                fields |= {field_urn(of, path) for of, paths in self.reading.paths.items() for path in paths}
            if kind not in SMALL:
                self.take_named(kind, changed[kind])

    def snapshot(self) -> Snapshot:
        found = self.reading.snapshot()
        return replace(found, changes_only=True, doubts=self.doubts, cursor={OFFSET: self.offset})
