"""What we read of dbt's ``manifest.json`` and ``catalog.json``, typed; everything else in them is read past.

Field names are dbt's own (schemas.getdbt.com, manifest v4 to v12, catalog v1).
"""

from typing import Any

import msgspec
from msgspec import Struct

Meta = dict[str, Any]


class Config(Struct):
    """Where newer versions of dbt keep tags and meta."""

    materialized: str = ""
    tags: list[str] | str = []
    meta: Meta = {}


class Column(Struct):
    name: str
    description: str | None = None
    data_type: str | None = None
    tags: list[str] = []
    meta: Meta = {}
    config: Config = msgspec.field(default_factory=Config)


class DependsOn(Struct):
    nodes: list[str] = []


class Owner(Struct):
    name: str | None = None
    email: str | list[str] | None = None


class Node(Struct):
    """A model, seed, snapshot or source; ``identifier`` is a source's name in the database, ``alias`` a model's."""

    resource_type: str
    name: str
    schema: str = ""
    database: str | None = None
    alias: str | None = None
    identifier: str | None = None
    package_name: str = ""
    description: str | None = None
    tags: list[str] = []
    meta: Meta = {}
    config: Config = msgspec.field(default_factory=Config)
    columns: dict[str, Column] = {}
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)
    group: str | None = None


class Exposure(Struct):
    """Something outside dbt that uses what dbt built: a dashboard, an application, a machine-learning model."""

    name: str
    type: str = ""
    label: str | None = None
    description: str | None = None
    tags: list[str] = []
    meta: Meta = {}
    config: Config = msgspec.field(default_factory=Config)
    depends_on: DependsOn = msgspec.field(default_factory=DependsOn)
    owner: Owner = msgspec.field(default_factory=Owner)


class Metadata(Struct):
    dbt_schema_version: str
    generated_at: str
    adapter_type: str | None = None
    project_name: str | None = None


class Manifest(Struct):
    """The parts stay raw until each is typed by itself: one that can't be used must not keep the others out."""

    metadata: Metadata
    nodes: dict[str, msgspec.Raw] = {}
    sources: dict[str, msgspec.Raw] = {}
    exposures: dict[str, msgspec.Raw] = {}


class CatalogColumn(Struct):
    name: str
    type: str | None = None
    index: int = 0
    comment: str | None = None


class CatalogNode(Struct):
    columns: dict[str, CatalogColumn] = {}


class Catalog(Struct):
    metadata: Metadata
    nodes: dict[str, msgspec.Raw] = {}
    sources: dict[str, msgspec.Raw] = {}
