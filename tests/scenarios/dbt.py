"""A small dbt project as dbt writes it down: raw members, a staging model, features, and who uses them."""

import json

ADAPTER = "https://schemas.getdbt.com/dbt"
GENERATED = "2026-11-24T11:00:00.000000Z"
META = {"dbt_schema_version": f"{ADAPTER}/manifest/v12.json", "generated_at": GENERATED, "project_name": "shop"}
WAREHOUSE = "postgres://db:5432"


def node(name, *upstream, **changes):
    told = {"resource_type": "model", "name": name, "schema": "public", "database": "shop", "package_name": "shop"}
    return told | {"depends_on": {"macros": [], "nodes": list(upstream)}} | changes


def column(name, **changes):
    return {name: {"name": name, "description": "", "meta": {}, "tags": []} | changes}


def manifest(**changes):
    return {
        "metadata": META | {"adapter_type": "postgres"},
        "nodes": {
            "model.shop.members": node(
                "members",
                "source.shop.raw.people",
                alias="dim_members",
                description="One row a member.",
                tags=["core"],
                columns=column("email", tags=["pii"], meta={"kind": "email", "checked": True, "old": False}),
            ),
            "model.shop.features": node("features", "model.shop.members"),
            "test.shop.unique": node("unique", "model.shop.members", resource_type="test"),
        },
        "sources": {"source.shop.raw.people": node("people", resource_type="source", identifier="people_v2")},
        "exposures": {
            "exposure.shop.ranker": {
                "name": "ranker",
                "type": "ml",
                "owner": {"name": "Jobs team"},
                "depends_on": {"nodes": ["model.shop.features"]},
            }
        },
    } | changes


def catalog(**columns):
    found = {name: {"name": name, "type": kind, "index": i} for i, (name, kind) in enumerate(columns.items())}
    meta = META | {"dbt_schema_version": f"{ADAPTER}/catalog/v1.json"}
    return {"metadata": meta, "nodes": {"model.shop.members": {"columns": found}}, "sources": {}}


def write(folder, **files):
    """Puts ``manifest.json`` and whatever else is given into the folder."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))
