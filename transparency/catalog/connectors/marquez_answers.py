"""What Marquez answers, as far as we read it. Pure: what is not named here is skipped, unread."""

from datetime import datetime
from typing import Annotated, NamedTuple

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


class Version(Struct, rename="camel"):
    """One version of a dataset, as a run read or wrote it."""

    dataset_version_id: Identified


class Run(Struct, rename="camel"):
    state: str | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    input_dataset_versions: list[Version] | None = None
    output_dataset_versions: list[Version] | None = None


class Moved(NamedTuple):
    """What one run read and wrote, as far as that is known."""

    inputs: list[Identified]
    outputs: list[Identified]


class Job(Struct, rename="camel"):
    """``inputs`` and ``outputs`` are those of the latest run; newer versions tell of runs before, newest first."""

    id: Identified
    created_at: datetime
    updated_at: datetime
    inputs: list[Identified]
    outputs: list[Identified]
    type: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    latest_run: Run | None = None
    latest_runs: list[Run] | None = None

    def moved(self) -> Moved:
        """What the job reads and writes: what its latest run tells of, back to the last run that came to its end.

        A run that has just begun has told little or nothing yet, and one that failed may never have told.
        """
        into, out = dict.fromkeys(map(_pair, self.inputs)), dict.fromkeys(map(_pair, self.outputs))
        for run in self.latest_runs or ():
            into |= dict.fromkeys(_pair(one.dataset_version_id) for one in run.input_dataset_versions or ())
            out |= dict.fromkeys(_pair(one.dataset_version_id) for one in run.output_dataset_versions or ())
            if run.state == "COMPLETED":
                break
        return Moved([Identified(*pair) for pair in into], [Identified(*pair) for pair in out])


def _pair(told: Identified) -> tuple[str, str]:
    return told.namespace, told.name


class Jobs(Struct, rename="camel"):
    jobs: list[Job]
    total_count: int


class Tag(Struct):
    name: Name


class Tags(Struct):
    tags: list[Tag]
