"""The shapes of what is read, beside the records of the register: encoded as they stand, described from here."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from transparency.enforcement.acknowledgements import Statement
from transparency.enforcement.obedience import Verdict
from transparency.register.schema import AIFeature, DataCategory, Register, Use

Digest = Annotated[str, Meta(description="SHA-256 of the edition's canonical JSON (RFC 8785), in hexadecimal.")]


class Index(Struct, frozen=True):
    """The addresses of the API."""

    register: str
    uses: str
    categories: str
    features: str
    editions: str
    observations: str
    sources: str
    lineage: str
    schema: str
    documentation: str


class EditionInForce(Struct, frozen=True):
    """The whole register as it is said at one moment; number and digest are null before the first edition."""

    edition: int | None
    digest: Digest | None
    register: Register


class Edition(Struct, frozen=True):
    """One published, unchangeable whole of the register."""

    number: int
    digest: Digest
    published_at: datetime
    effective_at: datetime
    authors: list[str]
    approver: str
    summary: Annotated[list[str], Meta(description="What it changed, in sentences.")]
    document_url: Annotated[str, Meta(description="The canonical JSON, to hold against the digest.")]


class Step(Struct, frozen=True):
    """One step of the data's way: what it is, its name, and what moved it there."""

    what: str
    name: str
    by: str = ""
    last_seen: str = ""


class Observation(Struct, frozen=True):
    """What the lineage catalog showed of one use."""

    category: str
    feature: str
    stage: str
    seen: Annotated[bool, Meta(description="Whether it is still seen.")]
    by_column: Annotated[bool, Meta(description="False where some step is known by table only.")]
    first_seen: datetime
    last_seen: datetime
    checked_at: datetime
    steps: list[Step]


class SourceFreshness(Struct, frozen=True):
    """How far a source of lineage can be trusted now."""

    source: str
    name: str
    last_good_at: datetime | None
    stale_since: datetime | None


class Acknowledged(Statement, frozen=True):
    """What a pipeline said of a run, as it is kept, and whether the run honoured what it had to honour."""

    pipeline: str
    received_at: datetime
    verdict: Annotated[Verdict, Meta(description="fine, late, ignored or impossible.")]
    missed: Annotated[int, Meta(description="Refusals that it should have honoured and did not; 1000: or more.")]
    explanation: str


class Problem(Struct, frozen=True):
    """A problem document (RFC 9457): every error is answered with one."""

    class Fault(Struct, frozen=True):
        """One thing that is wrong, and where."""

        pointer: str
        code: str
        message: str

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[Fault]


LISTED = (DataCategory, AIFeature, Use, Edition, Observation, SourceFreshness)


def components() -> dict[str, object]:
    """Every shape as JSON Schema 2020-12, by name."""
    shapes = (Index, EditionInForce, Problem, Statement, Acknowledged, *LISTED)
    _, found = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return dict(found)
