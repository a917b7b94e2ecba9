"""Every kind of source, telling of one company in its own words; each gives what its connector makes of that."""

import json
from dataclasses import dataclass, field

from tests.scenarios import datahub as datahub_files
from tests.scenarios import dbt as dbt_files
from transparency.catalog.connectors.datahub import DataHub
from transparency.catalog.connectors.datahub_files import DataHubFiles
from transparency.catalog.connectors.dbt import DbtFiles
from transparency.catalog.connectors.http import Address, Reader, root_of
from transparency.catalog.connectors.marquez import Marquez
from transparency.catalog.connectors.openlineage import OpenLineageFiles
from transparency.catalog.connectors.openmetadata import OpenMetadata
from transparency.catalog.connectors.openmetadata_names import Names
from transparency.catalog.namespaces import read_namespaces
from transparency.demo.catalogs import datahub as datahub_fake
from transparency.demo.catalogs.company import COMPANY, DATABASE, JOBS, MODELS, WAREHOUSE
from transparency.demo.catalogs.marquez import marquez
from transparency.demo.catalogs.openmetadata import SERVICES, openmetadata
from transparency.demo.catalogs.server import FakeCatalog

PRODUCER = "https://tandem.example/pipelines"


def quiet(*progress):
    """Nobody looks."""


def opens(fake, **how):
    """What opens a reader of the fake."""
    root = root_of(fake.url, hosts=(), private=[fake.host])
    return lambda: Reader(
        Address(root, "s3cret-token", "FAKE"), **{"per_second": 10_000, "in_all": 60, "attempts": 2, **how}
    )


@dataclass
class Teller:
    """``tells`` are the things that this kind of source has words for."""

    tells: set = field(default_factory=lambda: {"tags", "columns", "indirect", "masked", "aggregated", "models"})

    def connector(self, folder, company):
        """The connector that reads what was told of the company; ``folder`` is empty."""
        raise NotImplementedError

    def __call__(self, folder, company=COMPANY):
        return self.connector(folder, company).read(quiet)


class Served(Teller):
    """A catalog that is asked. ``fake`` may be told to go bad."""

    def __init__(self, shape, connector, **tells):
        super().__init__(**tells)
        self.shape, self.made = shape, connector

    def connector(self, folder, company=COMPANY, **how):
        self.fake = FakeCatalog(self.shape(company)).__enter__()
        return self.made(opens(self.fake, **how), company.at)

    def stop(self):
        self.fake.__exit__()


class OpenLineage(Teller):
    """Pipelines that tell of one run each, and of the tables that nobody makes anything of."""

    def connector(self, folder, company=COMPANY):
        events = [self._table(table, company) for table in company.tables]
        events += [self._run(number, job, company) for number, job in enumerate(company.jobs)]
        (folder / "events.ndjson").write_text("".join(json.dumps(event) + "\n" for event in events))
        return OpenLineageFiles("events.ndjson", folder, company.at)

    def _table(self, table, company):
        fields = [{"name": column.name, "type": column.type} for column in table.columns]
        tags = [
            {"key": group, "value": tag, "source": "steward", "field": column.name}
            for column in table.columns
            for group, tag in column.tags
        ]
        facets = {"schema": {"fields": fields}, "tags": {"tags": tags}}
        return self._event(company, dataset=self._named(table.full_name, facets=facets))

    def _run(self, number, job, company):
        outputs = [self._named(f"{DATABASE}.{name}", facets=self._made(job, name)) for name in job.writes]
        outputs += [{"namespace": MODELS, "name": job.model}] if job.model else []
        run = {"runId": f"00000000-0000-4000-8000-{number:012}"}
        inputs = [self._named(f"{DATABASE}.{name}") for name in job.reads]
        told = {"eventType": "COMPLETE", "run": run, "inputs": inputs, "outputs": outputs}
        return self._event(company, job={"namespace": JOBS, "name": job.name}, **told)

    def _event(self, company, **told):
        return {"eventTime": company.at.isoformat(), "producer": PRODUCER, "schemaURL": PRODUCER, **told}

    def _named(self, name, **more):
        return {"namespace": WAREHOUSE, "name": name, **more}

    def _made(self, job, table):
        fields = {}
        for one in job.made:
            source, _, column = one.of.rpartition(".")
            subtype = "AGGREGATION" if one.aggregated else ""
            how = {"type": "DIRECT" if one.direct else "INDIRECT", "subtype": subtype, "masking": one.masked}
            seen = self._named(f"{DATABASE}.{source}", field=column, transformations=[how])
            fields.setdefault(one.column.removeprefix(f"{table}."), {"inputFields": []})["inputFields"].append(seen)
        return {"columnLineage": {"fields": fields}}


class DataHubSink(Teller):
    """An ingestion of DataHub that writes into a file what it would send."""

    def connector(self, folder, company=COMPANY):
        told = datahub_fake.entities(company).items()
        records = [datahub_files.proposal(urn, name, value) for urn, had in told for name, value in had.items()]
        datahub_files.write(folder / "datahub", *records)
        return DataHubFiles("datahub", datahub_fake.NAMESPACES, folder, company.at)


class Dbt(Teller):
    """A dbt project: it knows tables, and nothing of how columns became others."""

    def connector(self, folder, company=COMPANY):
        made = {name: job.reads for job in company.jobs for name in job.writes}
        nodes = {self._id(table.name): self._node(table, made.get(table.name, ())) for table in company.tables}
        models = {f"exposure.t.{job.model}": self._exposure(job) for job in company.jobs if job.model}
        meta = dbt_files.META | {"adapter_type": "postgres", "generated_at": company.at.isoformat()}
        dbt_files.write(folder / "target", manifest={"metadata": meta, "nodes": nodes, "exposures": models})
        return DbtFiles("target", WAREHOUSE, folder, company.at)

    def _id(self, name):
        return f"model.t.{name.replace('.', '_')}"

    def _node(self, table, reads):
        schema, _, name = table.name.partition(".")
        columns = {one.name: {"name": one.name, "tags": [], "meta": dict(one.tags)} for one in table.columns}
        return dbt_files.node(
            name,
            *map(self._id, reads),
            schema=schema,
            database=DATABASE,
            columns=columns,
            description=table.description,
        )

    def _exposure(self, job):
        return {"name": job.model, "type": "ml", "depends_on": {"nodes": list(map(self._id, job.reads))}}


def asks_openmetadata(opened, at, cursor=None, **how):
    return OpenMetadata(opened, Names(read_namespaces(SERVICES)), at, cursor or {}, **how)


def searches_openmetadata(opened, at):
    """As if its things were too many for each to be asked for."""
    return asks_openmetadata(opened, at, few=0)


def asks_datahub(opened, at, cursor=None):
    return DataHub(opened, datahub_fake.NAMESPACES, at, cursor or {})


OPENMETADATA_TELLS = {"tags", "columns", "masked", "aggregated", "models"}
DATAHUB_TELLS = {"tags", "columns", "indirect", "aggregated", "models"}
TELLERS = {
    "openlineage": OpenLineage,
    "datahub": lambda: Served(datahub_fake.datahub, asks_datahub, tells=DATAHUB_TELLS),
    "datahub_file": lambda: DataHubSink(tells=DATAHUB_TELLS),
    "dbt": lambda: Dbt(tells={"tags", "models"}),
    "marquez": lambda: Served(marquez, Marquez),
    "openmetadata": lambda: Served(openmetadata, asks_openmetadata, tells=OPENMETADATA_TELLS),
    "openmetadata_searched": lambda: Served(openmetadata, searches_openmetadata, tells=OPENMETADATA_TELLS),
}
