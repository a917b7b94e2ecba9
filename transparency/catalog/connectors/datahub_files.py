"""DataHub's metadata files, as the ``file`` sink of an ingestion writes them: a JSON array of what changed.

Each item is a MetadataChangeEvent (a snapshot of one entity with several aspects) or a MetadataChangeProposal (one
aspect). Of several statements about one aspect the last holds; a patch is applied to what was said before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from transparency.catalog import limits
from transparency.catalog.connectors import datahub_entities as entities
from transparency.catalog.connectors.base import Progress, SeenFault, Snapshot, SourceUnreadable, why_nothing
from transparency.catalog.connectors.datahub_naming import Names, names_of
from transparency.catalog.connectors.datahub_patches import BadPatch, patched
from transparency.catalog.connectors.datahub_reading import Reading, Told, moment
from transparency.catalog.connectors.files import files_in, located, whole_file
from transparency.catalog.untrusted import shortened

_NAMED_FIRST = ("urn:li:tag:", "urn:li:glossaryTerm:")
_OTHER_NAMES = {"trainingData": "mlModelTrainingData", "evaluationData": "mlModelEvaluationData"}


class SystemMetadata(Struct, rename="camel"):
    last_observed: float | None = None


class EntitySnapshot(Struct):
    urn: str
    aspects: list[dict[str, msgspec.Raw]] = []


class Value(Struct, rename="camel"):
    """An aspect as an object (``json``), or as text that holds one (``value``)."""

    json: msgspec.Raw = msgspec.Raw()
    value: str | None = None


class Record(Struct, rename="camel"):
    """One item of a file, of either form."""

    proposed_snapshot: dict[str, EntitySnapshot] | None = None
    entity_urn: str | None = None
    change_type: str = "UPSERT"
    aspect_name: str | None = None
    aspect: Value | None = None
    system_metadata: SystemMetadata | None = None


@dataclass
class DataHubFiles:
    """A metadata file, or a folder of them (``*.json``, read in the order of their names). ``at`` is now.

    ``namespaces`` says how OpenLineage calls the platforms (see ``catalog.namespaces``). An item that can't be used is
    noted as a fault; the rest counts, but the snapshot isn't complete then.
    """

    location: str
    namespaces: str
    root: Path
    at: datetime

    def read(self, progress: Progress) -> Snapshot:
        names = names_of(self.namespaces)
        paths = [path for path in files_in(located(self.location, self.root)) if path.suffix == ".json"]
        if sum(path.stat().st_size for path in paths) > limits.METADATA_BYTES:
            raise SourceUnreadable(
                f"The files have more than {limits.METADATA_BYTES:,} bytes together; split the source."
            )
        pile = Pile(self.at)
        for done, path in enumerate(paths):
            progress("Reading metadata files", done, len(paths))
            pile.add(path.name, _records(path))
        if not pile.entities:
            nothing = "There is no entity that can be used in these files."
            raise SourceUnreadable(nothing + why_nothing(pile.faults), retryable=True)
        return pile.snapshot(names, progress, min((path.stat().st_mtime for path in paths), default=0))


@dataclass
class Pile:
    """Aspects by entity, the last statement about each. ``now`` bounds what files say of their own time."""

    now: datetime
    entities: dict[str, dict[str, Told]] = field(default_factory=lambda: defaultdict(dict))
    faults: list[SeenFault] = field(default_factory=list)
    newest: datetime | None = None

    def add(self, name: str, records: Iterable[msgspec.Raw]) -> None:
        for number, raw in enumerate(records):
            pointer = f"{shortened(name, 100)}#/{number}"
            try:
                self._take(msgspec.json.decode(raw, type=Record))
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, BadPatch) as bad:
                self.faults.append(SeenFault("item", pointer, f"{shortened(str(bad), 300)}. It was left out."))

    def snapshot(self, names: Names, progress: Progress, written: float) -> Snapshot:
        """The graph. Where no item says when it was observed, the files are as old as the oldest: ``written``."""
        at = self.newest or min(datetime.fromtimestamp(written, UTC), self.now)
        reading = Reading(names, at)
        for fault in self.faults:
            reading.fault(fault.code, fault.pointer, fault.message)
        for done, urn in enumerate(sorted(self.entities, key=lambda urn: not urn.startswith(_NAMED_FIRST))):
            if not done % 1_000:
                progress("Reading entities", done, len(self.entities))
            entities.add(reading, urn, self.entities[urn])
        return reading.snapshot()

    def _take(self, record: Record) -> None:
        at = self._observed(record.system_metadata)
        for snapshot in (record.proposed_snapshot or {}).values():
            for named in snapshot.aspects:
                for name, value in named.items():
                    self.entities[snapshot.urn][_aspect_name(name)] = Told(value, at)
        if record.entity_urn and record.aspect_name:
            self._change(record.entity_urn, record.aspect_name, record, at)

    def _change(self, urn: str, name: str, record: Record, at: datetime | None) -> None:
        if record.change_type == "DELETE":
            self._delete(urn, name)
        elif record.aspect and (value := bytes(record.aspect.json) or (record.aspect.value or "").encode()):
            if record.change_type == "PATCH":
                before = self.entities[urn].get(name)
                value = patched(name, before.value if before else b"{}", value)
            self.entities[urn][name] = Told(value, at)

    def _delete(self, urn: str, name: str) -> None:
        """An aspect, or with its key the whole entity."""
        if name.endswith("Key"):
            self.entities.pop(urn, None)
        elif urn in self.entities:
            self.entities[urn].pop(name, None)

    def _observed(self, told: SystemMetadata | None) -> datetime | None:
        """When the ingestion saw it; nothing where it doesn't say, or says a time that is still to come."""
        at = moment(told.last_observed, self.now) if told else None
        self.newest = max(self.newest or at, at) if at else self.newest
        return at


def _records(path: Path) -> Iterator[msgspec.Raw]:
    before = path.stat()
    data = whole_file(path, limits.MANIFEST_BYTES)
    if (len(data), path.stat().st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise SourceUnreadable(f"{shortened(path.name, 100)} changed while it was read.", retryable=True)
    try:
        yield from msgspec.json.decode(data, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:
        message = f"{shortened(path.name, 100)} can't be read to its end: {shortened(str(fault), 200)}."
        raise SourceUnreadable(message, retryable=True) from fault


def _aspect_name(name: str) -> str:
    """``mlModelProperties`` of ``com.linkedin.pegasus2avro.ml.metadata.MLModelProperties``."""
    simple = name.rpartition(".")[2].replace("ML", "Ml")
    told = simple[:1].lower() + simple[1:]
    return _OTHER_NAMES.get(told, told)
