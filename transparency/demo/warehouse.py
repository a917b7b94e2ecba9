"""Tandem's dbt project, as the files that ``dbt build`` and ``dbt docs generate`` leave: counts for reports.

Its authors write capital letters where the pipelines write small ones; the warehouse does not mind.
"""

import json
from datetime import datetime
from pathlib import Path

from transparency.demo.pipelines import DAILY as EVENTS
from transparency.demo.pipelines import WAREHOUSE

FOLDER = "tandem-analytics"
NAMESPACE = WAREHOUSE
DAILY = f"tandem.{EVENTS}"
_FORMS = "https://schemas.getdbt.com/dbt"
_COLUMNS = {"day": "date", "country": "text", "events": "bigint"}


def write(imports: Path, at: datetime) -> None:
    """Put both files where a source of kind dbt finds them."""
    folder = imports / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("manifest", _manifest(at)), ("catalog", _catalog(at))):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1))


def _manifest(at: datetime) -> dict[str, object]:
    activity, posts = _table("Activity", "raw", "source"), _table("posts", "raw", "source")
    daily = _table("events_daily", "analytics", "model") | {
        "description": "How often members did what, per day and country. Groups under 50 are left out.",
        "tags": ["aggregated"],
        "columns": {name: {"name": name, "meta": {}, "tags": []} for name in _COLUMNS},
        "depends_on": {"nodes": ["source.tandem.raw.activity", "source.tandem.raw.posts"]},
    }
    report = {
        "name": "weekly_report",
        "type": "dashboard",
        "description": "What the board reads on Mondays.",
        "owner": {"name": "Analytics"},
        "depends_on": {"nodes": ["model.tandem.events_daily"]},
    }
    return {
        "metadata": _metadata("manifest/v12", at),
        "nodes": {"model.tandem.events_daily": daily},
        "sources": {"source.tandem.raw.activity": activity, "source.tandem.raw.posts": posts},
        "exposures": {"exposure.tandem.weekly_report": report},
    }


def _catalog(at: datetime) -> dict[str, object]:
    columns = {name: {"name": name, "type": kind, "index": i} for i, (name, kind) in enumerate(_COLUMNS.items())}
    return {"metadata": _metadata("catalog/v1", at), "nodes": {"model.tandem.events_daily": {"columns": columns}}}


def _metadata(form: str, at: datetime) -> dict[str, str]:
    told = {"dbt_schema_version": f"{_FORMS}/{form}.json", "generated_at": at.isoformat()}
    return told | {"adapter_type": "postgres", "project_name": "tandem"}


def _table(name: str, schema: str, kind: str) -> dict[str, object]:
    place = {"database": "tandem", "schema": schema, "identifier": name, "package_name": "tandem"}
    return {"resource_type": kind, "name": name, **place}
