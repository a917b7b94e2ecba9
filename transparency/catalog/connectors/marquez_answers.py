"""What Marquez answers, as far as we read it. Pure: what is not named here is skipped, unread."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from transparency.catalog import limits

Name = Annotated[str, Meta(min_length=1, max_length=limits.TEXT)]


class Namespace(Struct, rename="camel"):
    name: Name
    is_hidden: bool = False


class Namespaces(Struct):
    namespaces: list[Namespace]


class Identified(Struct):
    namespace: Name
    name: Name


class Field(Struct):
    name: Name
    type: str | None = None
    tags: list[str] | None = None
    description: str | None = None


class InputField(Struct, rename="camel"):
    """A column that another was made of. ``transformation_type`` is IDENTITY or MASKED, or as newer clients say it."""

    namespace: Name
    dataset: Name
    field: Name
    transformation_type: str | None = None
    transformation_description: str | None = None


class ColumnLineage(Struct, rename="camel"):
    name: Name
    input_fields: list[InputField] | None = None


class Dataset(Struct, rename="camel"):
    id: Identified
    updated_at: datetime
    created_at: datetime
    fields: list[Field]
    type: str | None = None
    tags: list[str] | None = None
    description: str | None = None
    column_lineage: list[ColumnLineage] | None = None
    facets: dict[str, msgspec.Raw] | None = None
    deleted: bool = False


class Datasets(Struct, rename="camel"):
    datasets: list[Dataset]
    total_count: int


class Run(Struct, rename="camel"):
    updated_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Job(Struct, rename="camel"):
    id: Identified
    created_at: datetime
    updated_at: datetime
    inputs: list[Identified]
    outputs: list[Identified]
    type: str | None = None
    description: str | None = None
    latest_run: Run | None = None


class Jobs(Struct, rename="camel"):
    jobs: list[Job]
    total_count: int


class Tag(Struct):
    name: Name


class Tags(Struct):
    tags: list[Tag]
