"""What the register holds, field by field: the meaning, the limits and the help text of each, in one place.

Forms, imports, the OpenAPI document and the check before submission all read this file. The structs are immutable
values; an edition's canonical JSON is exactly their encoding. Field sources: W3C DPV 2.3, Fideslang 3, UK ATRS, Dutch
Algoritmeregister 1.0, model cards, GDPR Arts 13-15, 21, 22, 30, AI Act Arts 13, 26, 50, 53, DSA Art 27.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class Stage(StrEnum):
    TRAINING = "training"
    FINE_TUNING = "fine_tuning"
    INFERENCE = "inference"
    EVALUATION = "evaluation"


class Origin(StrEnum):
    PROVIDED = "provided"
    OBSERVED = "observed"
    INFERRED = "inferred"
    DERIVED = "derived"
    FROM_OTHERS = "from_others"


class Sensitivity(StrEnum):
    ORDINARY = "ordinary"
    SENSITIVE = "sensitive"
    SPECIAL = "special_category"


class FeatureKind(StrEnum):
    RANKING = "ranking"
    RECOMMENDATION = "recommendation"
    GENERATION = "generation"
    CLASSIFICATION = "classification"
    MODERATION = "moderation"
    ADVERTISING = "advertising"
    SEARCH = "search"


class Status(StrEnum):
    PLANNED = "planned"
    IN_USE = "in_use"
    RETIRED = "retired"


class Decides(StrEnum):
    NOTHING = "nothing"
    ORDER = "order"
    SIGNIFICANT = "significant"


class Refusal(StrEnum):
    YES = "yes"
    CONSENT_FIRST = "consent_first"
    NO = "no"


class Default(StrEnum):
    ON = "on"
    OFF = "off"


class PolicyKind(StrEnum):
    TERMS = "terms"
    PRIVACY = "privacy"
    OTHER = "other"


class About(StrEnum):
    USE = "use"
    FEATURE = "feature"
    CATEGORY = "category"
    CLAUSE = "clause"


class RecipientRole(StrEnum):
    PROCESSOR = "processor"
    THIRD_PARTY = "third_party"
    JOINT_CONTROLLER = "joint_controller"


Key = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z",
        max_length=120,
        description="Dotted, lower-case, stable for ever.",
        examples=["communications.messages"],
    ),
]
Slug = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
        max_length=60,
        description="Short name in addresses, stable for ever.",
        examples=["job-recommendations"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Sentence = Annotated[str, Meta(max_length=300)]
Text = Annotated[str, Meta(max_length=2000)]
Link = Annotated[str, Meta(pattern=r"^(https://[^\s]+)?\Z", max_length=500)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", description="A day, UTC.", examples=["2026-03-01"])]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything in the register: immutable, compared by value, unknown fields refused."""


class DataCategory(Record, frozen=True, kw_only=True):
    """A kind of personal data, in a member's words."""

    key: Key
    name: Annotated[
        str, Meta(min_length=1, max_length=80, description="As a member would say it.", examples=["Private messages"])
    ]
    what_it_is: Annotated[
        str,
        Meta(
            max_length=300, description="One plain sentence.", examples=["What you write to other members in private."]
        ),
    ]
    examples: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=120)], ...],
        Meta(max_length=12, description="Three or more, one a line.", examples=["The text of a message"]),
    ]
    parent: Annotated[
        str,
        Meta(
            max_length=120,
            description="Key of the kind this belongs to; empty for a group.",
            examples=["communications"],
        ),
    ] = ""
    origin: Annotated[Origin, Meta(description="How we get it.")] = Origin.PROVIDED
    sensitivity: Annotated[Sensitivity, Meta(description="Special category: GDPR Article 9.")] = Sensitivity.ORDINARY
    dpv: Annotated[
        str,
        Meta(
            max_length=200,
            description="IRI of the equivalent DPV term.",
            examples=["https://w3id.org/dpv/pd#Communication"],
        ),
    ] = ""
    fides: Annotated[
        str, Meta(max_length=120, description="Equivalent Fideslang key.", examples=["user.content.private"])
    ] = ""
    visible_to: Annotated[
        str,
        Meta(
            max_length=200, description="Who can see it on the platform.", examples=["You and the people you write to"]
        ),
    ] = ""
    manage_url: Annotated[Link, Meta(description="Where the member sees or deletes it.")] = ""
    aliases: Annotated[tuple[str, ...], Meta(max_length=20, description="Earlier keys of the same kind of data.")] = ()


class Criterion(Record, frozen=True, kw_only=True):
    """One thing that decides the order of what a member sees (DSA Article 27)."""

    name: Name
    weight: Annotated[str, Meta(pattern=r"^(high|medium|low)\Z", description="high, medium or low")]
    reason: Sentence


class AIFeature(Record, frozen=True, kw_only=True):
    """Something a member meets that a model drives."""

    slug: Slug
    name: Annotated[
        str, Meta(min_length=1, max_length=80, description="As the product calls it.", examples=["Job recommendations"])
    ]
    what_it_does: Annotated[
        str,
        Meta(
            max_length=300,
            description="What it does for you, in one sentence.",
            examples=["Shows you jobs that may suit you."],
        ),
    ]
    kind: Annotated[FeatureKind, Meta(description="What sort of AI feature it is.")]
    group: Annotated[
        str, Meta(max_length=60, description="Under which heading it stands.", examples=["Finding work"])
    ] = "Other"
    controller: Annotated[str, Meta(max_length=120, description="The company that answers for it.")] = ""
    provider: Annotated[str, Meta(max_length=120, description="Who made the AI system.")] = ""
    team: Annotated[
        str, Meta(max_length=120, description="The team that runs it.", examples=["Jobs relevance team"])
    ] = ""
    contact: Annotated[
        str, Meta(max_length=200, description="Where to ask; no personal address.", examples=["privacy@example.com"])
    ] = ""
    status: Annotated[Status, Meta(description="Planned, in use or retired.")] = Status.IN_USE
    since: Annotated[
        str,
        Meta(
            pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z", description="Since when, as a date.", examples=["2025-03-01"]
        ),
    ] = ""
    decides: Annotated[Decides, Meta(description="What it decides about you.")] = Decides.NOTHING
    human_review: Annotated[Text, Meta(description="Which person looks at it, and when.")] = ""
    contest: Annotated[Text, Meta(description="How to object to a decision.")] = ""
    criteria: Annotated[tuple[Criterion, ...], Meta(max_length=20, description="What counts most, and why.")] = ()
    intended_use: Annotated[Text, Meta(description="What the model is meant for.")] = ""
    out_of_scope: Annotated[Text, Meta(description="What it must not be used for.")] = ""
    limitations: Annotated[Text, Meta(description="What it is known to get wrong.")] = ""
    third_party_models: Annotated[
        tuple[Annotated[str, Meta(max_length=200)], ...],
        Meta(max_length=20, description="Models of others, with their provider."),
    ] = ()
    risk_level: Annotated[
        str,
        Meta(
            max_length=60, description="AI Act risk level, with the Annex III point.", examples=["high (Annex III 4a)"]
        ),
    ] = ""
    instructions_url: Annotated[Link, Meta(description="Instructions for use.")] = ""
    where: Annotated[
        str, Meta(max_length=200, description="Where in the product you meet it.", examples=["Jobs tab, “For you”"])
    ] = ""
    owner: Annotated[
        str, Meta(max_length=120, description="The role that is responsible.", examples=["Head of Jobs"])
    ] = ""


class Scope(Record, frozen=True, kw_only=True):
    """What holds for a use in some places: the legal basis and the right to refuse differ by country."""

    jurisdictions: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=10)], ...],
        Meta(
            min_length=1, max_length=60, description="Country or region codes; * for everywhere else.", examples=["EU"]
        ),
    ]
    legal_basis: Annotated[
        str, Meta(max_length=60, description="Why the law allows it.", examples=["legitimate_interest"])
    ]
    interest: Annotated[Text, Meta(description="The legitimate interest, spelt out.")] = ""
    balancing_url: Annotated[Link, Meta(description="The balancing test.")] = ""
    refusal: Annotated[Refusal, Meta(description="Whether members may refuse it.")] = Refusal.YES
    why_not: Annotated[Sentence, Meta(description="Why it can't be refused, where it can't.")] = ""
    default: Annotated[Default, Meta(description="What holds until the member says otherwise.")] = Default.ON
    default_reason: Annotated[Sentence, Meta(description="Why that is the default.")] = ""
    rights: Annotated[
        tuple[Annotated[str, Meta(max_length=200)], ...],
        Meta(max_length=20, description="Rights that apply, and where they are exercised."),
    ] = ()


class Recipient(Record, frozen=True, kw_only=True):
    """Somebody else who receives the data."""

    name: Name
    role: RecipientRole
    country: Annotated[str, Meta(max_length=60)] = ""
    transfer: Annotated[
        str, Meta(max_length=200, description="What allows the transfer.", examples=["Standard contractual clauses"])
    ] = ""


class Use(Record, frozen=True, kw_only=True):
    """One category feeding one AI feature at one stage."""

    category: Key
    feature: Slug
    stage: Stage
    purpose: Annotated[
        str,
        Meta(max_length=80, description="Term of the purpose vocabulary.", examples=["personalised_recommendations"]),
    ]
    purpose_text: Annotated[
        str, Meta(max_length=300, description="The purpose in plain words; never only “to improve our services”.")
    ]
    why_needed: Annotated[str, Meta(max_length=300, description="Why this data is needed, in one sentence.")]
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=30, description="Where what holds.")]
    retention: Annotated[
        str, Meta(max_length=200, description="How long, or until what happens.", examples=["13 months"])
    ]
    recipients: Annotated[tuple[Recipient, ...], Meta(max_length=40, description="Who else receives it.")] = ()
    safeguards: Annotated[
        tuple[Annotated[str, Meta(max_length=60)], ...],
        Meta(
            max_length=20, description="pseudonymised, aggregated, filtered, encrypted, access-limited, human-reviewed"
        ),
    ] = ()
    refusing_does: Annotated[Text, Meta(description="What refusing does.")] = ""
    refusing_does_not: Annotated[Text, Meta(description="What refusing does not do, e.g. undo past training.")] = ""
    stops_working: Annotated[Sentence, Meta(description="What stops working for you if you refuse.")] = ""
    effective_from: Annotated[
        str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z", description="From which day.", examples=["2026-03-01"])
    ] = ""
    clauses: Annotated[
        tuple[Annotated[str, Meta(max_length=120)], ...],
        Meta(
            max_length=20,
            description="Policy clauses that cover it, one a line: the document's name and the clause's number.",
            examples=["Privacy policy 3.2"],
        ),
    ] = ()
    risks: Annotated[Text, Meta(description="What could go wrong, in plain words.")] = ""
    necessary: Annotated[bool, Meta(description="The feature can't work without it.")] = False

    @property
    def id(self) -> str:
        """``category/feature/stage``: what a use is known by, everywhere."""
        return f"{self.category}/{self.feature}/{self.stage}"


class Clause(Record, frozen=True, kw_only=True):
    """One numbered piece of a policy document; ``text`` is Markdown, without number and heading."""

    number: Annotated[
        str, Meta(pattern=r"^[0-9]{1,3}[a-z]?(\.[0-9]{1,3}[a-z]?){0,5}\Z", max_length=30, examples=["3.2"])
    ]
    heading: Annotated[str, Meta(max_length=200)] = ""
    text: Annotated[str, Meta(max_length=20_000)] = ""
    purposes: Annotated[
        tuple[Annotated[str, Meta(max_length=80)], ...],
        Meta(
            max_length=40, description="Terms of the purpose vocabulary that the clause names, in its line “Purposes:”."
        ),
    ] = ()


class Policy(Record, frozen=True, kw_only=True):
    """Terms or a privacy policy, word for word, in numbered clauses."""

    slug: Slug
    title: Annotated[str, Meta(min_length=1, max_length=80, examples=["Privacy policy"])]
    kind: Annotated[PolicyKind, Meta(description="Terms, privacy policy or another document.")]
    version: Annotated[
        str, Meta(max_length=40, description="What the company calls this wording.", examples=["4.1"])
    ] = ""
    opening: Annotated[str, Meta(max_length=20_000, description="What stands before the first clause.")] = ""
    clauses: Annotated[tuple[Clause, ...], Meta(max_length=500)] = ()


class Correction(Record, frozen=True, kw_only=True):
    """Something that was said and was wrong: which statement, from when to when, and what was true. Stays for ever."""

    slug: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
            max_length=60,
            description="Short name of the correction, stable for ever.",
            examples=["adverts-retention-2026"],
        ),
    ]
    about: Annotated[About, Meta(description="What the wrong statement was about.")]
    subject: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Of which one: the use's category/feature/stage, the feature's slug, the category's key, "
            "or the clause's policy/number.",
            examples=["activity.ad_clicks/ads/training"],
        ),
    ]
    field: Annotated[
        str, Meta(max_length=60, description="Which statement: the name of its field.", examples=["retention"])
    ]
    since: Annotated[Day, Meta(description="The first day on which we said it.")]
    until: Annotated[Day, Meta(description="The last day on which we said it.")]
    said: Annotated[
        str, Meta(min_length=1, max_length=2000, description="What we said.", examples=["We keep it for 6 months."])
    ]
    truth: Annotated[
        str, Meta(min_length=1, max_length=2000, description="What was true.", examples=["We kept it for 13 months."])
    ]
    explanation: Annotated[
        Text, Meta(description="How it came about, and what we do so that it does not happen again.")
    ] = ""


class Register(Record, frozen=True, kw_only=True):
    """Everything that is said at one moment: categories by key, features, policies and corrections by slug, uses by id.

    Corrections are never taken away: each edition holds all that were ever made.
    """

    categories: tuple[DataCategory, ...] = ()
    features: tuple[AIFeature, ...] = ()
    uses: tuple[Use, ...] = ()
    policies: Annotated[tuple[Policy, ...], Meta(max_length=20)] = ()
    corrections: tuple[Correction, ...] = ()
