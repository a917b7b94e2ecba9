"""What each kind of source is, in a sentence, and what must be said of it: of all settings those that count there."""

from collections.abc import Mapping
from typing import NamedTuple

from transparency.catalog.models import Source

FOLDER = "below the imports folder of whoever runs this site"
SAME = "Then its tables and what pipelines tell of them are the same."


class Kind(NamedTuple):
    """``asks`` are settings that not every kind has, each with what to write there."""

    says: str
    asks: Mapping[str, str]


def _at(example: str) -> str:
    return f"Its address, e.g. {example}, on a host that an operator lists in CATALOG_HOSTS or CATALOG_PRIVATE_HOSTS."


def _token(name: str) -> str:
    return (
        f"The name of its token, e.g. {name}. The token itself is where workers run, in the variable "
        f"CATALOG_TOKEN_{name} or in the file named by CATALOG_TOKEN_{name}_FILE."
    )


PLATFORMS = (
    f"For each platform how OpenLineage calls it, e.g. snowflake=snowflake://acme postgres=postgres://db:5432. {SAME}"
)
OFTEN = {"every_minutes": "Minutes between two refreshes."}
CHANGES = OFTEN | {
    "whole_every_hours": "It can tell what changed. After so many hours all of it is read again, which is when what is "
    "gone is noticed; in between, only changes are read. 0: always all of it.",
}
KINDS: dict[str, Kind] = {
    Source.Connector.OPENLINEAGE_HTTP: Kind(
        "What pipelines of Airflow, Spark, dbt or Flink send as they run, with a key that you ask for under Keys.",
        {},
    ),
    Source.Connector.OPENLINEAGE_FILE: Kind(
        "The same, written into files.",
        {"location": f"The file of events, or the folder of such files, {FOLDER}."} | OFTEN,
    ),
    Source.Connector.DBT: Kind(
        "What a dbt project writes into its target folder: manifest.json, and catalog.json where there is one.",
        {
            "location": f"That folder, {FOLDER}.",
            "namespace": f"How OpenLineage calls the warehouse, e.g. snowflake://acme or postgres://db:5432. {SAME}",
        }
        | OFTEN,
    ),
    Source.Connector.DATAHUB: Kind(
        "Its metadata service (GMS) is asked. DataHub 1.0 or later.",
        {
            "location": _at("http://datahub.internal:8080"),
            "token": f"Empty where it wants none. {_token('DATAHUB')}",
            "namespace": PLATFORMS,
        }
        | CHANGES,
    ),
    Source.Connector.DATAHUB_FILE: Kind(
        "What an ingestion of DataHub writes by its file sink.",
        {"location": f"The JSON file, or a folder of them, {FOLDER}.", "namespace": PLATFORMS} | OFTEN,
    ),
    Source.Connector.MARQUEZ: Kind(
        "Its API server is asked. Marquez 0.28 or later.",
        {
            "location": _at("https://marquez.example"),
            "token": f"Empty, unless a proxy before it wants one. {_token('MARQUEZ')}",
        }
        | OFTEN,
    ),
    Source.Connector.OPENMETADATA: Kind(
        "Its server is asked, as a bot.",
        {
            "location": _at("https://openmetadata.example"),
            "token": _token("OPENMETADATA"),
            "namespace": f"For each service how OpenLineage calls it, e.g. warehouse=postgres://db:5432. {SAME}",
        }
        | CHANGES,
    ),
}
# What is said of a source where its kind does not ask for it.
UNASKED = {"location": "", "token": "", "namespace": ""}
SOME = frozenset({*UNASKED, *CHANGES})
"""Settings that not every kind has."""
