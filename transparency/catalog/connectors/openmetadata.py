"""OpenMetadata: tables, topics, containers and their columns, tags and terms; pipelines; models and their features.

Lists are read page by page; what flows where is asked for each thing, or of the search, which is what takes time (see
``openmetadata_lineage``). So, between two readings of all of it, that is asked only for what was updated since. A flow
that was only drawn or removed by hand does not update anything: that, and what is gone, is noticed when all is read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from transparency.catalog.connectors import openmetadata_answers as answers
from transparency.catalog.connectors.base import Found, Progress, Snapshot
from transparency.catalog.connectors.http import Page, Reader, by_cursor
from transparency.catalog.connectors.openmetadata_lineage import FEW, Lineages
from transparency.catalog.connectors.openmetadata_names import Names
from transparency.catalog.connectors.openmetadata_reading import Reading
from transparency.catalog.untrusted import shortened

PAGE = 200
API = ("api", "v1")
OVERLAP = 300_000  # milliseconds; clocks of two of its servers may differ
Entity = TypeVar("Entity", bound=answers.Described)


@dataclass(frozen=True)
class Kind:
    """One kind of entity: its list, what it is in lineage, its shape, the fields to ask for; what older ones lack."""

    path: str
    entity: str
    shape: type[answers.Described]
    fields: str
    newer: bool = False


KINDS = (
    Kind("tables", "table", answers.Table, "columns,tags"),
    Kind("topics", "topic", answers.Topic, "tags"),
    Kind("containers", "container", answers.Container, "dataModel,tags", newer=True),
    Kind("pipelines", "pipeline", answers.Pipeline, "tags"),
    Kind("mlmodels", "mlmodel", answers.MlModel, "tags"),
)


@dataclass
class OpenMetadata:
    """The OpenMetadata that ``opened`` gives a reader of; ``at`` is now.

    ``cursor`` is where the last reading ended, if only changes are wanted; the lineage of up to ``few`` things is asked
    for one by one.
    """

    opened: Callable[[], Reader]
    names: Names
    at: datetime
    cursor: dict[str, str] = field(default_factory=dict)
    few: int = FEW

    def read(self, progress: Progress) -> Snapshot:
        since = _milliseconds(self.cursor)
        with self.opened() as reader:
            reading = Reading(self.names, self.at, progress)
            entities = [(kind.entity, one) for kind in KINDS for one in self._all(reader, reading, kind)]
            newest = max((one.updated_at for _, one in entities), default=since)
            changed = [(kind, one) for kind, one in entities if one.updated_at >= since - OVERLAP and not one.deleted]
            for kind, one in entities:
                reading.know(kind, one)
            for done, (_, one) in enumerate(changed):
                progress("Putting columns together", done, len(changed))
                reading.take(one)
            Lineages(reader, reading, self.few).take(changed)
        cursor = {"updated": str(min(newest, int(self.at.timestamp() * 1000)))}
        found = replace(reading.snapshot(), cursor=cursor)
        return replace(found, changes_only=True, complete=False) if since else found

    def look(self, progress: Progress) -> Found:
        with self.opened() as reader:
            version = reader.get(*API, "system", "version", shape=answers.Version).version
            count = sum(self._total(reader, kind) for kind in KINDS)
            tags = reader.get(*API, "tags", shape=answers.Listing[Any], params={"limit": 1}).paging.total
            return Found(count, tags, f"OpenMetadata {shortened(version, 40)}")

    def _total(self, reader: Reader, kind: Kind) -> int:
        """How many there are. One is read as all will be: what isn't asked for may be left out."""
        params: dict[str, str | int] = {"limit": 1, "fields": kind.fields}
        found = reader.find(*API, kind.path, shape=_listing(kind), params=params)
        return found.paging.total if found else 0

    def _all(self, reader: Reader, reading: Reading, kind: Kind) -> list[answers.Described]:
        def fetch(after: str | None) -> Page[answers.Described]:
            params: dict[str, str | int] = {"limit": PAGE, "fields": kind.fields, "include": "non-deleted"}
            asked = params | ({"after": after} if after else {})
            ask = reader.find if kind.newer else reader.get
            page = ask(*API, kind.path, shape=_listing(kind), params=asked)
            return Page(page.data, page.paging.total, page.paging.after) if page else Page([], 0)

        return list(reading.all_of(by_cursor(kind.path, fetch, lambda one: one.id, reading.progress)))


def _listing(kind: Kind) -> Any:
    return answers.Listing[kind.shape]  # type: ignore[name-defined]  # a shape for msgspec, made when it is needed


def _milliseconds(cursor: dict[str, str]) -> int:
    told = cursor.get("updated", "")
    return int(told) if told.isascii() and told.isdigit() else 0
