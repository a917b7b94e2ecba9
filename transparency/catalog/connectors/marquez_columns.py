"""What Marquez knows of how columns became others, put together. Pure.

The list of datasets has it from all jobs, with one word for what was done. The facet that a client sent last says more:
whether data itself went along or only decided, and whether it was masked. Where both tell of a pair, the facet counts.
"""

from collections.abc import Callable, Iterator

import msgspec

from transparency.catalog.connectors import openlineage_naming as naming
from transparency.catalog.connectors.marquez_answers import Dataset, InputField
from transparency.catalog.connectors.openlineage_events import (
    ColumnFields,
    ColumnLineageFacet,
    Transformation,
)
from transparency.catalog.connectors.openlineage_events import InputField as Told
from transparency.catalog.connectors.openlineage_naming import Named

Job = Named | None
Made = tuple[str, Told]


def columns_by_job(dataset: Dataset, job_of: Callable[[Named], Job]) -> dict[Job, ColumnLineageFacet]:
    """One facet for each job; ``job_of`` tells which one made this dataset of another. Raises ``ValidationError``."""
    told: dict[tuple[str, str, str, str], Made] = {}
    for column, seen in (*_listed(dataset), *_in_facet(dataset)):
        told[column, seen.namespace, seen.name, seen.field] = column, seen
    found: dict[Job, dict[str, list[Told]]] = {}
    for column, seen in told.values():
        job = job_of(naming.dataset(seen.namespace, seen.name))
        found.setdefault(job, {}).setdefault(column, []).append(seen)
    return {job: _facet(columns) for job, columns in found.items()}


def _facet(columns: dict[str, list[Told]]) -> ColumnLineageFacet:
    return ColumnLineageFacet(fields={name: ColumnFields(input_fields=seen) for name, seen in columns.items()})


def _listed(dataset: Dataset) -> Iterator[Made]:
    for column in dataset.column_lineage or ():
        for seen in column.input_fields or ():
            yield column.name, Told(seen.namespace, seen.dataset, seen.field, (_in_one_word(seen),))


def _in_one_word(seen: InputField) -> Transformation:
    word = (seen.transformation_type or "").strip().upper()
    kind = "INDIRECT" if word.startswith("INDIRECT") else "DIRECT"
    shown = seen.transformation_type or None
    return Transformation(kind, shown, seen.transformation_description, word == "MASKED")


def _in_facet(dataset: Dataset) -> Iterator[Made]:
    raw = (dataset.facets or {}).get("columnLineage")
    facet = msgspec.json.decode(raw, type=ColumnLineageFacet | None) if raw else None
    for column, entry in (facet.fields or {} if facet else {}).items():
        for seen in entry.input_fields or ():
            masked = (entry.transformation_type or "").upper() == "MASKED"
            own = Transformation("DIRECT", entry.transformation_type, entry.transformation_description, masked)
            yield column, Told(seen.namespace, seen.name, seen.field, seen.transformations or (own,))
