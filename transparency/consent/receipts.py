"""The copy of a choice that its member keeps: the text that its digest is of, and a record by ISO/IEC TS 27560. Pure.

The four sections and the names of the fields are those of the guide of the W3C's DPV group to ISO/IEC TS 27560:2023;
values are terms of DPV 2.3 wherever it has one. A refusal of what does not rest on consent is an objection: the event
says so, instead of a consent that nobody asked for.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from transparency.register.schema import (
    AIFeature,
    DataCategory,
    Recipient,
    RecipientRole,
    Refusal,
    Register,
    Scope,
    Use,
)
from transparency.register.vocabulary import LEGAL_BASES, PURPOSES

DPV = "https://w3id.org/dpv#"
SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#receipt"
PROCESSING = {
    "training": "https://w3id.org/dpv/ai#ModelTraining",
    "fine_tuning": "https://w3id.org/dpv/ai#ModelFineTuning",
    "inference": f"{DPV}Use",
    "evaluation": f"{DPV}Use",
}


@dataclass(frozen=True)
class Facts:
    """Everything that a choice's digest is of. ``decision`` is refuse, allow or follow; ``at`` has a zone."""

    sequence: int
    reference: str
    member: str
    scope: str
    decision: str
    origin: int
    edition: int
    at: datetime
    previous: int


@dataclass(frozen=True)
class Issuer:
    """Who gives the receipt: the company's name, its public address, and what came of the choice before this one."""

    name: str
    url: str
    withdrawn: bool


def canonical(facts: Facts) -> bytes:
    """The canonical JSON (RFC 8785) of a choice: what ``consent_append`` makes the digest from, after the salt."""
    return rfc8785.dumps(asdict(facts) | {"at": _iso(facts.at)})


def holds(facts: Facts, salt: bytes, digest: bytes) -> bool:
    """Whether the digest is of exactly this choice."""
    return hashlib.sha256(salt + canonical(facts)).digest() == digest


def record(
    facts: Facts, salt: bytes, digest: bytes, uses: Sequence[Use], register: Register, by: Issuer
) -> dict[str, Any]:
    """The receipt as JSON values. ``uses`` are those that the choice covers, as the member's edition says them."""
    categories = {one.key: one for one in register.categories}
    features = {one.slug: one for one in register.features}
    parties = _parties(uses, features, by)
    return {
        "header": {
            "schema_version": SCHEMA,
            "record_id": f"{by.url}/receipts/{facts.reference}.json#record",
            "receipt_id": facts.reference,
            "pii_principal_id": facts.member,
        },
        "processing": [_processing(use, categories[use.category], features[use.feature], facts, by) for use in uses],
        "parties": [parties[name] for name in sorted(parties)],
        "events": _events(facts, uses, by),
        "choice": {"scope": facts.scope, "decision": facts.decision},
        "proof": {
            "algorithm": "SHA-256 of the salt's bytes followed by the record's bytes (UTF-8)",
            "salt": salt.hex(),
            "record": canonical(facts).decode(),
            "digest": digest.hex(),
        },
    }


def _processing(use: Use, category: DataCategory, feature: AIFeature, facts: Facts, by: Issuer) -> dict[str, object]:
    known = PURPOSES.get(use.purpose)
    return {
        "processing_id": use.id,
        "privacy_notice": f"{by.url}/editions/{facts.edition}/",
        "language": "en",
        "service": feature.name,
        "purpose": use.purpose_text,
        "purpose_type": known.dpv if known else use.purpose,
        "lawful_basis": [_basis(scope) for scope in use.scopes],
        "pii_information": [_pii(use, category)],
        "pii_controllers": [feature.controller or by.name],
        "collection_method": category.origin.value,
        "processing_method": PROCESSING[use.stage],
        "storage_locations": _places(use) or ["not stated"],
        "retention_period": use.retention,
        "jurisdiction": sorted({place for scope in use.scopes for place in scope.jurisdictions}),
        "recipient_third_parties": [one.name for one in use.recipients],
        "withdrawal_method": f"{by.url}/choices/",
        "privacy_rights": sorted({right for scope in use.scopes for right in scope.rights}),
    }


def _pii(use: Use, category: DataCategory) -> dict[str, object]:
    return {
        "pii_type": category.dpv or category.name,
        "pii_attribute_id": category.key,
        "name": category.name,
        "optional": not use.necessary,
        "sensitive_category": category.sensitivity != "ordinary",
        "special_category": category.sensitivity == "special_category",
    }


def _basis(scope: Scope) -> dict[str, object]:
    known = LEGAL_BASES.get(scope.legal_basis)
    return {"jurisdictions": list(scope.jurisdictions), "legal_basis": known.dpv if known else scope.legal_basis}


def _places(use: Use) -> list[str]:
    return sorted({one.country for one in use.recipients if one.role == RecipientRole.PROCESSOR and one.country})


def _parties(uses: Iterable[Use], features: Mapping[str, AIFeature], by: Issuer) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {by.name: _party(by.name, "DataController", by.url, by.url)}
    for use in uses:
        feature = features[use.feature]
        controller = feature.controller or by.name
        found[controller] = _party(controller, "DataController", by.url, feature.contact or by.url)
        found |= {one.name: _recipient(one) for one in use.recipients if one.name not in found}
    return found


def _recipient(one: Recipient) -> dict[str, object]:
    kinds = {"processor": "DataProcessor", "third_party": "ThirdParty", "joint_controller": "JointDataControllers"}
    return _party(one.name, kinds[one.role], one.country or "not stated", "not stated")


def _party(name: str, kind: str, address: str, contact: str) -> dict[str, object]:
    return {"party_id": name, "party_type": f"{DPV}{kind}", "name": name, "address": address, "contact": contact}


def _events(facts: Facts, uses: Sequence[Use], by: Issuer) -> list[dict[str, object]]:
    """One event for each state that the choice puts uses into, with the uses that it is about."""
    about: dict[tuple[str, str], list[str]] = {}
    for use in uses:
        about.setdefault(_state(facts, use, by), []).append(use.id)
    common = {"event_time": _iso(facts.at), "validity_duration": "until the next choice", "entity_id": facts.member}
    return [
        common | {"event_type": f"{DPV}{kind}", "event_state": f"{DPV}{state}", "processing_ids": names}
        for (kind, state), names in about.items()
    ]


def _state(facts: Facts, use: Use, by: Issuer) -> tuple[str, str]:
    """The kind of event and the state that it leaves the use in, as DPV names them."""
    if any(scope.refusal == Refusal.CONSENT_FIRST for scope in use.scopes):
        refused = "ConsentWithdrawn" if by.withdrawn or facts.decision == "follow" else "ConsentRefused"
        return "Consent", "ConsentGiven" if facts.decision == "allow" else refused
    objected = facts.decision == "refuse"
    return "RightExerciseActivity", "LegitimateInterestObjected" if objected else "LegitimateInterestNotObjected"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
