"""The shapes of what is read, beside the records of the register: encoded as they stand, described from here."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from transparency.enforcement.acknowledgements import Statement
from transparency.enforcement.obedience import Verdict
from transparency.register.schema import AIFeature, Correction, DataCategory, Policy, Register, Use

Digest = Annotated[str, Meta(description="SHA-256 of the edition's canonical JSON (RFC 8785), in hexadecimal.")]

OvertakenBy = Annotated[
    int | None, Meta(description="The edition that holds in its place, where it never does; null otherwise.")
]


class Index(Struct, frozen=True):
    """The addresses of the API."""

    register: str
    uses: str
    categories: str
    features: str
    policies: str
    corrections: str
    editions: str
    differences: str
    observations: str
    sources: str
    lineage: str
    schema: str
    documentation: str


class EditionInForce(Struct, frozen=True):
    """The whole register as it is said at one moment; number and digest are null before the first edition."""

    edition: int | None
    digest: Digest | None
    overtaken_by: OvertakenBy
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
    overtaken_by: OvertakenBy
    document_url: Annotated[str, Meta(description="The canonical JSON, to hold against the digest.")]


class Changed(Struct, frozen=True):
    """One record that differs, in a sentence; ``material`` where more is done with data."""

    kind: str
    subject: str
    verb: Annotated[str, Meta(description="added, removed or changed.")]
    sentence: str
    material: bool


class Operation(Struct, frozen=True, omit_defaults=True):
    """One operation of a JSON Patch."""

    op: Annotated[str, Meta(description="add, remove or replace.")]
    path: Annotated[str, Meta(description="A JSON Pointer (RFC 6901).")]
    value: Any = None


class Difference(Struct, frozen=True):
    """What differs between two editions."""

    from_: int = field(name="from")
    to: int
    changes: list[Changed]
    patch: Annotated[list[Operation], Meta(description="Turns the first edition's document into the second's.")]


class Step(Struct, frozen=True):
    """One step of the data's way: what it is, its name, and what moved it there."""

    what: str
    name: str
    by: str = ""
    how: Annotated[str, Meta(description="Where the step only looked at the data, masked or aggregated it.")] = ""
    last_seen: str = ""


class Observation(Struct, frozen=True):
    """What the lineage catalog showed of one use."""

    category: str
    feature: str
    stage: str
    seen: Annotated[bool, Meta(description="Whether it is still seen.")]
    direct: Annotated[
        bool, Meta(description="False where the data was only used to filter, join or sort, and staff count that.")
    ]
    by_column: Annotated[bool, Meta(description="False where some step is known by table only.")]
    first_seen: datetime
    last_seen: datetime
    checked_at: datetime
    steps: list[Step]
    sources: Annotated[list[str], Meta(description="Short names of the sources that told of it.")]


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


Member = Annotated[
    int | str, Meta(description="The platform's own id of the member: an integer below 2^64, or 1 to 64 characters.")
]


class MemberAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a question is about."""

    member: Member


class ChoiceAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """One act of one member on the platform's own settings page."""

    member: Member
    scope: Annotated[str, Meta(min_length=1, max_length=200, examples=["all", "stage:training", "feature:ads"])]
    decision: Annotated[
        Literal["refuse", "allow", "follow"],
        Meta(description="follow takes back what was said of this very scope: wider choices and the default hold."),
    ]
    edition: Annotated[
        Annotated[int, Meta(ge=1, le=2**31 - 1)] | None, Meta(description="What the member saw; a refusal needs none.")
    ] = None
    expected: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | None,
        Meta(description="Sequence of the choice that was shown for this scope, 0 for none; a refusal needs none."),
    ] = None


class ChoiceMade(Struct, frozen=True):
    """A choice as it is kept: what the member's receipt is made of. No member is named."""

    reference: Annotated[uuid.UUID, Meta(description="What the receipt is known by.")]
    sequence: int
    scope: str
    decision: str
    origin: Annotated[str, Meta(description="page, api, signal, support or import.")]
    edition: int
    at: datetime
    previous: Annotated[int, Meta(description="Sequence of the member's choice before, at the same scope; 0 if none.")]
    salt: Annotated[str, Meta(description="In hexadecimal; without it nobody can prove whose the choice was.")]
    digest: Annotated[str, Meta(description="SHA-256, in hexadecimal, of the salt and the choice's canonical JSON.")]


class Holding(Struct, frozen=True):
    """Whether the member's data may be used for one use, why, and by which choice, if by one."""

    use: str
    category: str
    feature: str
    stage: str
    refusable: bool
    allowed: bool
    because: Annotated[str, Meta(description="necessary, choice, signal or default.")]
    by: Annotated[int | None, Meta(description="Sequence of the choice that decides.")]


class Holdings(Struct, frozen=True):
    """What holds for one member, by an edition and by every choice up to a sequence, at least."""

    edition: int
    sequence: int
    uses: list[Holding]
    choices: Annotated[list[ChoiceMade], Meta(description="The latest at each scope.")]


class Decided(Struct, frozen=True):
    """Whose data may be used. True at that choice and that edition, and of that moment only."""

    edition: Annotated[int, Meta(description="The edition in force.")]
    sequence: Annotated[int, Meta(description="Every choice up to this one was obeyed.")]
    decided_at: datetime
    allowed: Annotated[list[bool], Meta(description="For each member, in the order of the question.")]


class Asking(Struct, frozen=True):
    """A question: whose data may this feature use at this stage, for all of these categories?"""

    feature: Annotated[str, Meta(description="Slug of the AI feature.", examples=["job-ranking"])]
    stage: Annotated[str, Meta(examples=["training"])]
    categories: Annotated[list[str], Meta(min_length=1, max_length=200, examples=[["communications.messages"]])]
    members: Annotated[
        list[int | str], Meta(min_length=1, max_length=100_000, description="Member keys: all integers, or all text.")
    ]
    min_sequence: Annotated[int, Meta(ge=0, description="Answer from this choice or a later one.")] = 0


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


LISTED = (DataCategory, AIFeature, Use, Policy, Correction, Difference, Edition, Observation, SourceFreshness)


def components() -> dict[str, object]:
    """Every shape as JSON Schema 2020-12, by name."""
    shapes = (
        Index,
        EditionInForce,
        Problem,
        Statement,
        Acknowledged,
        ChoiceAsked,
        ChoiceMade,
        MemberAsked,
        Holdings,
        Asking,
        Decided,
        *LISTED,
    )
    _, found = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return dict(found)
