"""Answers as OpenMetadata does."""

import base64
import uuid
from typing import Any

from transparency.demo.catalogs.company import COMPANY, JOBS, MODELS, WAREHOUSE, Column, Company, Job, Made, Table
from transparency.demo.catalogs.faults import Fault
from transparency.demo.catalogs.pages import drifted, page
from transparency.demo.catalogs.server import Answer, Asked, Shape

# How its services are called, and which namespaces they are: what the source that reads it must be told.
SERVICES = f"search-db={WAREHOUSE} search-models={MODELS} search-flows={JOBS}"
Entity = dict[str, Any]


def openmetadata(company: Company = COMPANY) -> Shape:
    """The catalog of a company."""
    return lambda asked: drifted(_answer(asked, company.going(asked.bad)), asked.bad, "columns")


def _answer(asked: Asked, company: Company) -> Answer:
    match asked.path:
        case ("api", "v1", "system", "version"):
            return {"version": "1.12.0"}
        case ("api", "v1", "tags"):
            return _listing(asked, sorted({tag for one in company.tables for col in one.columns for tag in col.tags}))
        case ("api", "v1", ("tables" | "topics" | "containers" | "pipelines" | "mlmodels") as kind):
            return _listing(asked, _entities(kind, company))
        case ("api", "v1", "lineage", kind, id_):
            return _lineage(kind, id_, company)
        case ("api", "v1", "search", "query"):
            return _searched(asked, company)
    return None


def _listing(asked: Asked, items: list[Any]) -> Answer:
    offset, limit = int(base64.b64decode(asked.params.get("after", "")) or 0), asked.number("limit", 10)
    found, total = page(items, offset, limit, asked.bad)
    more = offset + limit < total or asked.bad == Fault.SAME_PAGE
    after = {"after": base64.b64encode(str(offset + limit).encode()).decode()} if more else {}
    return {"data": found, "paging": {"total": total} | after}


def _entities(kind: str, company: Company) -> list[Entity]:
    if kind == "tables":
        return [_table(table, company) for table in company.tables]
    if kind == "pipelines":
        return [_entity("pipeline", f"search-flows.{job.name}", "Airflow", company) for job in company.jobs]
    return [_model(name, company) for name in company.models] if kind == "mlmodels" else []


def _entity(kind: str, full_name: str, service_type: str, company: Company) -> Entity:
    told: Entity = {"id": _id(full_name), "name": full_name.rpartition(".")[2], "fullyQualifiedName": full_name}
    told |= {"updatedAt": int(company.at.timestamp() * 1000), "version": 0.1, "deleted": False, "tags": []}
    return told | {"service": {"id": _id(full_name.partition(".")[0]), "type": kind}, "serviceType": service_type}


def _table(table: Table, company: Company) -> Entity:
    columns = [_column(column, table) for column in table.columns]
    return _entity("table", _named(table.name), "Postgres", company) | {
        "description": table.description,
        "columns": columns,
    }


def _column(column: Column, table: Table) -> Entity:
    labels = [
        {"tagFQN": ".".join(tag), "source": "Classification", "labelType": "Manual", "state": "Confirmed"}
        for tag in column.tags
    ]
    name = f"{_named(table.name)}.{column.name}"
    return {"name": column.name, "dataType": column.type.upper(), "fullyQualifiedName": name, "tags": labels}


def _model(name: str, company: Company) -> Entity:
    """Its features are the columns that it is trained on."""
    tables = [table for job in company.jobs if job.model == name for table in job.reads]
    features = [
        {"name": column.name, "dataType": "categorical", "featureSources": [_source(column, table)]}
        for table in company.tables
        if table.name in tables
        for column in table.columns
    ]
    told = {"algorithm": "gradient boosting", "mlFeatures": features}
    return _entity("mlmodel", f"search-models.{name}", "Mlflow", company) | told


def _source(column: Column, table: Table) -> Entity:
    return {"name": column.name, "dataType": "string", "dataSource": _reference("table", _named(table.name))}


def _lineage(kind: str, id_: str, company: Company) -> Answer:
    """What flows straight into one thing."""
    edges = [edge for job in company.jobs for edge in _edges(job) if edge["toEntity"] == id_]
    nodes = [_reference("table", _named(table.name)) for table in company.tables]
    sources = {edge["fromEntity"] for edge in edges}
    return {
        "entity": {"id": id_, "type": kind},
        "nodes": [node for node in nodes if node["id"] in sources],
        "upstreamEdges": edges,
        "downstreamEdges": [],
    }


def _searched(asked: Asked, company: Company) -> Answer:
    """What its search has of one kind of thing, by their ids: as a keyword, for these kinds."""
    kind, after = asked.params["index"].removesuffix("_search_index"), asked.params.get("search_after", "")
    if asked.params.get("sort_field") != "id.keyword":
        return None
    things = sorted(_entities(f"{kind}s", company), key=lambda one: str(one["id"]))
    begin = sum(one["id"] <= after for one in things)
    found, _ = page(things, begin, asked.number("size", 10), asked.bad)
    hits = [{"_id": one["id"], "_source": _document(one, company), "sort": [one["id"]]} for one in found]
    return {"took": 1, "timed_out": False, "_shards": {"total": 1, "failed": 0}, "hits": {"hits": hits}}


def _document(one: Entity, company: Company) -> Entity:
    made = [edge for job in company.jobs for edge in _edges(job) if edge["toEntity"] == one["id"]]
    names = {_id(_named(table.name)): _named(table.name) for table in company.tables}
    edges = [(edge["lineageDetails"], _reference("table", names[edge["fromEntity"]])) for edge in made]
    upstream = [
        {"fromEntity": source, "columns": told["columnsLineage"], "pipeline": told["pipeline"]}
        for told, source in edges
    ]
    return {"id": one["id"], "upstreamLineage": upstream}


def _edges(job: Job) -> list[Entity]:
    targets = [*map(_named, job.writes), *([f"search-models.{job.model}"] if job.model else [])]
    pipeline = _reference("pipeline", f"search-flows.{job.name}")
    return [
        {
            "fromEntity": _id(_named(source)),
            "toEntity": _id(target),
            "lineageDetails": {"columnsLineage": _columns(job, source, target), "pipeline": pipeline},
        }
        for source in job.reads
        for target in targets
    ]


def _columns(job: Job, source: str, target: str) -> list[Entity]:
    """It has no word for what is only looked at, and tells of masking and counting by the function's name."""
    made = [one for one in job.made if one.direct and one.of.startswith(f"{source}.")]
    return [_made(one) for one in made if _named(one.column).startswith(f"{target}.")]


def _made(made: Made) -> Entity:
    name = "sha256" if made.masked else "count" if made.aggregated else ""
    function = {"function": f"{name}({made.of.rpartition('.')[2]})"} if name else {}
    return {"fromColumns": [_named(made.of)], "toColumn": _named(made.column)} | function


def _reference(kind: str, full_name: str) -> Entity:
    name = full_name.rpartition(".")[2]
    return {"id": _id(full_name), "type": kind, "name": name, "fullyQualifiedName": full_name}


def _named(name: str) -> str:
    return f"search-db.tandem.{name}"


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
