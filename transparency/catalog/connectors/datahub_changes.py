"""What DataHub tells of changes, and whether it is enough to read what changed. Pure.

Reading it again adds what is new and replaces what is said of it. What is gone (a column, an edge of lineage, a whole
entity) is only noticed where all is read.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from transparency.catalog.connectors import datahub_urns
from transparency.catalog.connectors.datahub_kinds import KINDS, RUN, RUN_ASPECTS

NAMING = frozenset({"tagProperties", "glossaryTermInfo"})
# Aspects that name other things: what one of them names no more may have lost a column or a flow.
TELLING = frozenset(
    {
        *("schemaMetadata", "upstreamLineage", "siblings", "dataJobInputOutput", "mlFeatureProperties"),
        *("mlPrimaryKeyProperties", "mlFeatureTableProperties", "mlModelProperties", "mlModelGroupProperties"),
        *("mlModelTrainingData", "mlModelEvaluationData"),
    }
)
_URN = re.compile(r'"urn:li:(?:[^"\\]|\\.)*"')
_FIELD = re.compile(r'"fieldPath"\s*:\s*"(?:[^"\\]|\\.)*"')
_NULL = msgspec.Raw(b"null")


class Change(Struct, rename="camel"):
    """One aspect that changed. Values may be wrapped in the names of their types, as Avro writes them."""

    entity_type: str
    change_type: str
    entity_urn: str | dict[str, str] | None = None
    aspect_name: str | dict[str, str] | None = None
    aspect_value: msgspec.Raw = msgspec.field(name="aspect", default=_NULL)
    previous_aspect_value: msgspec.Raw = _NULL

    @property
    def urn(self) -> str:
        return _bare(self.entity_urn)

    @property
    def aspect(self) -> str:
        return _bare(self.aspect_name)

    @property
    def counts(self) -> bool:
        """Whether it is about something that is read."""
        return self.entity_type in KINDS and self.aspect in KINDS[self.entity_type].aspects

    @property
    def is_of_a_run(self) -> bool:
        """Whether it is about a run of a job: whoever read of it may be a model that the run trained."""
        return self.entity_type == RUN and self.aspect in RUN_ASPECTS

    @property
    def is_far_reaching(self) -> bool:
        """Whether it may take something away, bring it back, or give another name to what hasn't changed itself."""
        if self.is_of_a_run:  # what a model was trained on is told otherwise once its run is told of
            return True
        if not self.counts:
            return False
        before, after = _text(self.previous_aspect_value), _text(self.aspect_value)
        names = _FIELD if self.aspect == "schemaMetadata" else _URN
        renamed = self.aspect in NAMING and self._name(before) != self._name(after)
        lost = self.aspect in TELLING and not set(names.findall(before)) <= set(names.findall(after))
        moved = self.aspect == "status" and _is_removed(before) != _is_removed(after)  # with all that others tell of it
        return self.change_type == "DELETE" or renamed or lost or moved

    def _name(self, text: str) -> str:
        """What a tag or term is called: by its urn where nobody has named it."""
        told = msgspec.json.decode(text) if text else {}
        name = told.get("name") if isinstance(told, dict) else ""
        return name if isinstance(name, str) and name else datahub_urns.short(self.urn)


def reach_far(changes: Iterable[Change]) -> bool:
    """Whether one of them reaches so far that all must be read again, or can't be understood."""
    try:
        return any(change.is_far_reaching for change in changes)
    except (msgspec.MsgspecError, RecursionError):
        return True


def by_kind(changes: Iterable[Change]) -> dict[str, set[str]]:
    """The urns of what changed, for each kind that is read."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for change in changes:
        if change.counts and change.urn:
            found[change.entity_type].add(change.urn)
    return found


def _is_removed(text: str) -> bool:
    """Whether this status says so; where there is none, it doesn't."""
    told = msgspec.json.decode(text) if text else None
    return bool(told.get("removed")) if isinstance(told, dict) else False


def _bare(text: str | dict[str, str] | None) -> str:
    return next(iter(text.values()), "") if isinstance(text, dict) else text or ""


def _text(value: msgspec.Raw) -> str:
    """The JSON text of an aspect, out of whatever it is wrapped in; empty where there is none."""
    found: Any = msgspec.json.decode(value)
    while isinstance(found, dict):
        found = found["value"] if "value" in found else next(iter(found.values()), None)
    return found if isinstance(found, str) else ""
