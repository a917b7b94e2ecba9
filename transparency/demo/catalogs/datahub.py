"""Answers as DataHub's metadata service (GMS) does: entities by scroll and by name, totals, and what changed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from transparency.demo.catalogs.company import COMPANY, JOBS, MODELS, WAREHOUSE, Company, Job, Made, Table
from transparency.demo.catalogs.faults import Fault
from transparency.demo.catalogs.pages import drifted, page
from transparency.demo.catalogs.server import Answer, Asked, Shape

NAMESPACES = f"postgres={WAREHOUSE} mlflow={MODELS} airflow={JOBS}"
Entities = dict[str, dict[str, Any]]
_COUNTED = re.compile(r"(\w+): scrollAcrossEntities")


def datahub(company: Company = COMPANY) -> Shape:
    """The catalog of a company."""
    seen = int(company.at.timestamp() * 1000)

    def answer(asked: Asked) -> Answer:
        return drifted(Gms(entities(company.going(asked.bad)), seen)(asked), asked.bad, "fields")

    return answer


@dataclass
class Gms:
    """A DataHub that knows ``entities``: aspects by their name, by urn, as seen at ``seen`` (milliseconds since 1970).

    ``size`` is the most that it sends at once. Without ``tells_changes`` its events API is not there, and without
    ``tells_totals`` a scroll says no total, as in older versions.
    """

    entities: Entities
    seen: int
    size: int = 1_000
    tells_changes: bool = True
    tells_totals: bool = True
    changes: list[dict[str, object]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        match asked.path:
            case ("config",):
                return {"versions": {"acryldata/datahub": {"version": "v1.2.0"}}, "noCode": "true"}
            case ("api", "graphql"):
                return self.older(asked) if "isLatest" in _query(asked) else self.count(asked)
            case ("openapi", "v3", "entity", kind):
                return self.scroll(kind, asked)
            case ("openapi", "v3", "entity", _, "batchGet"):
                return self.named(asked)
            case ("openapi", "v1", "events", "poll") if self.tells_changes:
                return self.poll(asked)
        return None

    def tell(self, urn: str, aspect: str, value: Mapping[str, Any] | None) -> None:
        """Set an aspect, or take it away where there is no value, and tell of it from now on."""
        known = self.entities.setdefault(urn, {}).pop(aspect, None)
        if value is not None:
            self.entities[urn][aspect] = value
        change = "DELETE" if value is None else "UPSERT"
        named = {"entityType": _kind(urn), "entityUrn": {"string": urn}, "aspectName": {"string": aspect}}
        self.changes.append(
            {**named, "changeType": change, "aspect": _wrapped(value), "previousAspectValue": _wrapped(known)}
        )

    def count(self, asked: Asked) -> Answer:
        kinds = _COUNTED.findall(_query(asked))
        return {"data": {kind: {"total": self._page(kind, 0, 1, asked.bad)[1]} for kind in kinds}}

    def older(self, asked: Asked) -> Answer:
        """What no scroll tells of: versions that are not the newest."""
        kind = _COUNTED.findall(_query(asked))[0]
        told = asked.body["variables"] if isinstance(asked.body, dict) else {}
        start, found = int(told["after"] or 0), sorted(urn for urn in self.entities if _is_older(self.entities[urn]))
        found = [urn for urn in found if _kind(urn) == kind]
        hits = [{"entity": {"urn": urn}} for urn in found[start : start + self.size]]
        following = str(start + self.size) if start + self.size < len(found) else None
        return {"data": {kind: {"total": len(found), "nextScrollId": following, "searchResults": hits}}}

    def scroll(self, kind: str, asked: Asked) -> Answer:
        start, limit = asked.number("scrollId", 0), min(self.size, asked.number("count", 10))
        urns, total = self._page(kind, start, limit, asked.bad)
        told = [self.entity(urn, asked.params["aspects"].split(",")) for urn in urns]
        following = str(start + limit) if start + limit < total else None
        return {"entities": told, "scrollId": following} | ({"totalCount": total} if self.tells_totals else {})

    def named(self, asked: Asked) -> Answer:
        wanted = asked.body if isinstance(asked.body, list) else []
        return [self.entity(one["urn"], list(one)) for one in wanted if one["urn"] in self.entities]

    def entity(self, urn: str, aspects: list[str]) -> dict[str, object]:
        """The entity with those of its aspects, and always with its key."""
        told = {f"{_kind(urn)}Key": {}} | {name: v for name, v in self.entities[urn].items() if name in aspects}
        seen = {"lastObserved": self.seen, "runId": "nightly"}
        return {"urn": urn} | {name: {"value": value, "systemMetadata": seen} for name, value in told.items()}

    def poll(self, asked: Asked) -> Answer:
        """Offsets count changes; who names none begins now."""
        start = asked.number("offsetId", len(self.changes))
        told = self.changes[start : start + asked.number("limit", 100)]
        events = [{"contentType": "application/json", "value": json.dumps(one)} for one in told]
        return {"offsetId": str(start + len(told)), "count": len(told), "events": events}

    def _page(self, kind: str, start: int, limit: int, bad: Fault | None) -> tuple[list[str], int]:
        told = (urn for urn, aspects in self.entities.items() if _kind(urn) == kind and not _is_older(aspects))
        return page(sorted(told), start, limit, bad)


def entities(company: Company) -> Entities:
    """What a DataHub knows of the company."""
    found: Entities = {dataset(table.full_name): _table(table) for table in company.tables}
    found |= {f"urn:li:tag:{tag}": {"tagProperties": {"name": tag}} for tag in _tags(company)}
    found |= {_job(job.name): {"dataJobInputOutput": _moved(job)} for job in company.jobs}
    trained = {model: [_job(job.name) for job in company.jobs if job.model == model] for model in company.models}
    return found | {_model(model): {"mlModelProperties": {"trainingJobs": jobs}} for model, jobs in trained.items()}


def dataset(name: str) -> str:
    return f"urn:li:dataset:(urn:li:dataPlatform:postgres,{name},PROD)"


def _job(name: str) -> str:
    return f"urn:li:dataJob:(urn:li:dataFlow:(airflow,search,PROD),{name})"


def _model(name: str) -> str:
    return f"urn:li:mlModel:(urn:li:dataPlatform:mlflow,{name},PROD)"


def _wrapped(value: Mapping[str, Any] | None) -> object:
    """An aspect as an event carries it: JSON in a text, within the name of its type."""
    told = {"contentType": "application/json", "value": json.dumps(value)}
    return None if value is None else {"com.linkedin.pegasus2avro.mxe.GenericAspect": told}


def _query(asked: Asked) -> str:
    return str(asked.body["query"]) if isinstance(asked.body, dict) else ""


def _is_older(aspects: Mapping[str, Any]) -> bool:
    return aspects.get("versionProperties", {}).get("isLatest") is False


def _kind(urn: str) -> str:
    return urn.split(":", 3)[2]


def _tags(company: Company) -> list[str]:
    return sorted({":".join(tag) for table in company.tables for column in table.columns for tag in column.tags})


def _table(table: Table) -> dict[str, Any]:
    fields = [
        {
            "fieldPath": column.name,
            "nullable": True,
            "nativeDataType": column.type,
            "globalTags": {"tags": [{"tag": f"urn:li:tag:{':'.join(tag)}"} for tag in column.tags]},
        }
        for column in table.columns
    ]
    return {"schemaMetadata": {"fields": fields}, "datasetProperties": {"description": table.description}}


def _moved(job: Job) -> dict[str, object]:
    return {
        "inputDatasets": [dataset(f"tandem.{name}") for name in job.reads],
        "outputDatasets": [dataset(f"tandem.{name}") for name in job.writes],
        "fineGrainedLineages": [_became(one) for one in job.made],
    }


def _became(made: Made) -> dict[str, object]:
    """DataHub says whether data itself went along, and not whether it was masked."""
    return {
        "upstreamType": "FIELD_SET",
        "upstreams": [_column(made.of)],
        "downstreamType": "FIELD",
        "downstreams": [_column(made.column)],
        "transformOperation": _operation(made),
        "confidenceScore": 1.0,
    }


def _operation(made: Made) -> str:
    if not made.direct:
        return "INDIRECT:FILTER"
    return "DIRECT:AGGREGATION" if made.aggregated else "DIRECT:TRANSFORMATION"


def _column(name: str) -> str:
    table, _, column = name.rpartition(".")
    return f"urn:li:schemaField:({dataset(f'tandem.{table}')},{column})"
