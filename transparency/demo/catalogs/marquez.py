"""Answers as Marquez does."""

from typing import Any

from transparency.demo.catalogs.company import COMPANY, JOBS, MODELS, WAREHOUSE, Company, Job, Made, Table
from transparency.demo.catalogs.pages import drifted, page
from transparency.demo.catalogs.server import Answer, Asked, Shape


def marquez(company: Company = COMPANY) -> Shape:
    """The catalog of a company."""
    return lambda asked: drifted(_answer(asked, company.going(asked.bad)), asked.bad, "fields")


def _answer(asked: Asked, company: Company) -> Answer:
    if asked.path == ("api", "v1", "namespaces"):
        return {"namespaces": _page(asked, [_namespace(name) for name in ("default", WAREHOUSE, MODELS, JOBS)])[0]}
    if asked.path == ("api", "v1", "tags"):
        tags = sorted({tag for table in company.tables for column in table.columns for tag in column.tags})
        return {"tags": _page(asked, [{"name": ":".join(tag), "description": ""} for tag in tags])[0]}
    match asked.path:
        case ("api", "v1", "namespaces", namespace, "datasets"):
            items, total = _page(asked, _datasets(namespace, company))
            return {"datasets": items, "totalCount": total}
        case ("api", "v1", "namespaces", namespace, "jobs"):
            items, total = _page(asked, [_job(job, company) for job in company.jobs] if namespace == JOBS else [])
            return {"jobs": items, "totalCount": total}
    return None


def _page(asked: Asked, items: list[Any]) -> tuple[list[Any], int]:
    return page(items, asked.number("offset", 0), asked.number("limit", 100), asked.bad)


def _namespace(name: str) -> dict[str, object]:
    return {"name": name, "ownerName": "search", "description": None, "isHidden": False}


def _datasets(namespace: str, company: Company) -> list[dict[str, object]]:
    if namespace == WAREHOUSE:
        return [_table(table, company) for table in company.tables]
    return [_dataset(MODELS, name, company) for name in company.models] if namespace == MODELS else []


def _dataset(namespace: str, name: str, company: Company) -> dict[str, object]:
    at = company.at.isoformat()
    told = {"id": {"namespace": namespace, "name": name}, "type": "DB_TABLE", "name": name, "physicalName": name}
    told |= {"namespace": namespace, "sourceName": "search", "createdAt": at, "updatedAt": at, "lastModifiedAt": at}
    return told | {"fields": [], "tags": [], "description": None, "facets": {}, "columnLineage": [], "deleted": False}


def _table(table: Table, company: Company) -> dict[str, object]:
    fields = [
        {"name": one.name, "type": one.type, "tags": [":".join(tag) for tag in one.tags], "description": None}
        for one in table.columns
    ]
    made = [one for job in company.jobs for one in job.made if one.column.startswith(f"{table.name}.")]
    told = {"fields": fields, "description": table.description, "columnLineage": _lineage(made)}
    facets = {"columnLineage": {"fields": _facet(made)}} if made else {}
    return _dataset(WAREHOUSE, table.full_name, company) | told | {"facets": facets}


def _lineage(made: list[Made]) -> list[dict[str, object]]:
    return [
        {"name": _last(one.column), "inputFields": [_input(one, "dataset") | {"transformationType": _word(one)}]}
        for one in made
    ]


def _facet(made: list[Made]) -> dict[str, object]:
    fields: dict[str, dict[str, list[object]]] = {}
    for one in made:
        subtype = "AGGREGATION" if one.aggregated else ""
        how = {"type": "DIRECT" if one.direct else "INDIRECT", "subtype": subtype, "masking": one.masked}
        entry = fields.setdefault(_last(one.column), {"inputFields": []})
        entry["inputFields"].append(_input(one, "name") | {"transformations": [how]})
    return dict(fields)


def _input(made: Made, name: str) -> dict[str, object]:
    table, _, column = made.of.rpartition(".")
    return {"namespace": WAREHOUSE, name: f"tandem.{table}", "field": column}


def _word(made: Made) -> str:
    return "MASKED" if made.masked else "IDENTITY" if made.direct else ""


def _last(column: str) -> str:
    return column.rpartition(".")[2]


def _job(job: Job, company: Company) -> dict[str, object]:
    at = company.at.isoformat()
    outputs = [{"namespace": WAREHOUSE, "name": f"tandem.{name}"} for name in job.writes]
    outputs += [{"namespace": MODELS, "name": job.model}] if job.model else []
    inputs = [{"namespace": WAREHOUSE, "name": f"tandem.{name}"} for name in job.reads]
    run: dict[str, object] = {"id": "0", "state": "COMPLETED", "startedAt": at, "endedAt": at, "updatedAt": at}
    run |= {"inputDatasetVersions": _versions(inputs), "outputDatasetVersions": _versions(outputs)}
    return {
        "id": {"namespace": JOBS, "name": job.name}, "type": "BATCH", "name": job.name, "namespace": JOBS,
        "createdAt": at, "updatedAt": at, "outputs": outputs, "location": None, "description": None,
        "inputs": inputs, "latestRun": run, "latestRuns": [run],
    }  # fmt: skip


def _versions(datasets: list[dict[str, str]]) -> list[dict[str, object]]:
    return [{"datasetVersionId": one | {"version": "0"}, "facets": {}} for one in datasets]
