"""Answers as DataHub's metadata service (GMS) does: entities by scroll and by name, totals, and what changed.

It holds entities as ``{urn: {aspect: value}}``; what it was told since it began is what the events API tells of.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from transparency.demo.catalogs.server import Answer, Asked

Entities = dict[str, dict[str, Any]]
OBSERVED = 1_795_604_400_000  # milliseconds; when an ingestion saw all this
_COUNTED = re.compile(r"(\w+): scrollAcrossEntities")


@dataclass
class DataHub:
    """The shape of a DataHub that knows ``entities``. ``page`` is how many it sends at once, whatever is asked for.

    Without ``tells_changes`` its events API is not there, and without ``tells_totals`` a scroll says no total.
    """

    entities: Entities
    page: int = 50
    tells_changes: bool = True
    tells_totals: bool = False
    changes: list[tuple[str, str, bool]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        match asked.path:
            case ("config",):
                return {"versions": {"acryldata/datahub": {"version": "v1.2.0"}}, "noCode": "true"}
            case ("api", "graphql"):
                return self._count(asked.body)
            case ("openapi", "v3", "entity", kind):
                return self._scroll(kind, asked)
            case ("openapi", "v3", "entity", _, "batchGet"):
                return self._named(asked.body)
            case ("openapi", "v1", "events", "poll") if self.tells_changes:
                return self._poll(asked)
        return None

    def tell(self, urn: str, aspect: str, value: Mapping[str, Any] | None) -> None:
        """Set an aspect, or take it away, and tell of it from now on."""
        known = aspect in self.entities.get(urn, {})
        if value is None:
            self.entities.get(urn, {}).pop(aspect, None)
        else:
            self.entities.setdefault(urn, {})[aspect] = value
        self.changes.append((urn, aspect, known) if value is not None else (urn, f"-{aspect}", known))

    def of(self, kind: str) -> list[str]:
        """The urns of that kind, in their order."""
        return sorted(urn for urn in self.entities if urn.startswith(f"urn:li:{kind}:"))

    def _count(self, body: object) -> Answer:
        query = str(body["query"]) if isinstance(body, dict) else ""
        return {"data": {kind: {"total": len(self.of(kind))} for kind in _COUNTED.findall(query)}}

    def _scroll(self, kind: str, asked: Asked) -> Answer:
        urns, after = self.of(kind), asked.params.get("scrollId", "")
        rest = [urn for urn in urns if urn > after]
        page = rest[: min(self.page, asked.number("count", 10))]
        told = [self._entity(urn, asked.params["aspects"].split(",")) for urn in page]
        found: dict[str, object] = {"entities": told, "scrollId": page[-1] if len(page) < len(rest) else None}
        return found | ({"totalCount": len(urns)} if self.tells_totals else {})

    def _named(self, body: object) -> Answer:
        wanted = body if isinstance(body, list) else []
        return [self._entity(one["urn"], list(one)) for one in wanted if one["urn"] in self.entities]

    def _entity(self, urn: str, aspects: list[str]) -> dict[str, object]:
        seen = {"lastObserved": OBSERVED, "runId": "nightly"}
        key = f"{urn.split(':')[2]}Key"
        told = {key: {}} | {name: value for name, value in self.entities[urn].items() if name in aspects}
        return {"urn": urn} | {name: {"value": value, "systemMetadata": seen} for name, value in told.items()}

    def _poll(self, asked: Asked) -> Answer:
        """Offsets count changes; who names none begins now."""
        start = asked.number("offsetId", len(self.changes))
        told = self.changes[start : start + asked.number("limit", 100)]
        events = [{"contentType": "application/json", "value": json.dumps(_event(*one))} for one in told]
        return {"offsetId": str(start + len(told)), "count": len(told), "events": events}


def _event(urn: str, aspect: str, known: bool) -> dict[str, object]:
    told = {"entityType": urn.split(":")[2], "entityUrn": {"string": urn}, "aspectName": {"string": aspect.lstrip("-")}}
    before = {"com.linkedin.pegasus2avro.mxe.GenericAspect": {"contentType": "application/json"}} if known else None
    return told | {
        "changeType": "DELETE" if aspect.startswith("-") else "UPSERT",
        "previousAspectValue": before,
    }
