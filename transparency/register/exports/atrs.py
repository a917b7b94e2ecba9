"""AI features as records of the United Kingdom's Algorithmic Transparency Recording Standard, as JSON. Pure.

Both tiers, of version 2.1. The names of the metadata, of tier 1 and of the owner (2.1) are the published ones; those of
2.2 to 2.5, and of version 3.0, were not compared with the standard. It asks that what does not apply be marked so and
nothing be left blank: what no field of the register answers says ``MISSING``. Dates are day/month/year there, and the
id is a number that the British repository gives out when it publishes a record.
"""

import json
from typing import Any

from transparency.register.exports.source import Source, purposes_of, trains
from transparency.register.schema import AIFeature, Sensitivity, Status, Use
from transparency.register.vocabulary.labels import label

MISSING = "Not recorded in this register"
TO_COME = "Given out by the repository when it publishes the record"
STANDARD_VERSION = "2.1"
PHASES = {Status.PLANNED: "Pre-deployment", Status.IN_USE: "Production", Status.RETIRED: "Retired"}


def write(source: Source) -> bytes:
    """A record for each feature."""
    records = [_record(one, source) for one in source.register.features]
    return json.dumps(records, ensure_ascii=False, indent=1).encode()


def _record(one: AIFeature, source: Source) -> dict[str, Any]:
    uses = source.uses_of(one.slug)
    return {
        "metadata": {
            "id": TO_COME,
            "standard_version": STANDARD_VERSION,
            "date_completion": _day(source.document.published_at),
            "phase": PHASES[one.status],
            "source": source.canonical_url,
            "source_id": one.slug,
        },
        "tier_1": {
            "name": one.name,
            "description": one.what_it_does or MISSING,
            "website": source.feature_url(one.slug),
            "contact_email": one.contact or MISSING,
        },
        "tier_2": {
            "owner_and_responsibility": _owner(one),
            "description_and_rationale": _rationale(one, uses),
            "decision_making_process": _deciding(one),
            "tool_specification": _specification(one, uses, source),
            "risks_and_impact_assessments": _risks(one, uses),
        },
    }


def _day(moment: str) -> str:
    year, month, day = moment[:10].split("-")
    return f"{day}/{month}/{year}"


def _owner(one: AIFeature) -> dict[str, Any]:
    return {
        "organisation": one.controller or MISSING,
        "team": one.team or MISSING,
        "senior_responsible_owner": one.owner or MISSING,
        "external_supplier": _others(one) or MISSING,
    }


def _others(one: AIFeature) -> list[str]:
    """Suppliers that are not the owner itself."""
    return [name for name in (one.provider, *one.third_party_models) if name and name != one.controller]


def _rationale(one: AIFeature, uses: list[Use]) -> dict[str, Any]:
    return {
        "detailed_description": one.intended_use or one.what_it_does or MISSING,
        "scope": (one.out_of_scope and f"Not meant for: {one.out_of_scope}") or MISSING,
        "benefit": purposes_of(uses) or MISSING,
        "previous_process": MISSING,
        "alternatives_considered": MISSING,
    }


def _deciding(one: AIFeature) -> dict[str, Any]:
    return {
        "process_integration": label("decides", one.decides),
        "provided_information": one.where or MISSING,
        "frequency_scale_usage": MISSING,
        "human_decisions": one.human_review or MISSING,
        "required_training": MISSING,
        "appeals_review": one.contest or MISSING,
    }


def _specification(one: AIFeature, uses: list[Use], source: Source) -> dict[str, Any]:
    return {
        "method": {"system_architecture": MISSING, "phase": PHASES[one.status], "maintenance": MISSING},
        "models": {
            "model_name": list(one.third_party_models) or MISSING,
            "model_task": label("kind", one.kind),
            "model_performance": MISSING,
            "limitations": one.limitations or MISSING,
            "criteria": [{"name": each.name, "weight": each.weight, "reason": each.reason} for each in one.criteria],
        },
        "development_data": [_data(use, source, "development") for use in uses if trains(use)] or MISSING,
        "operational_data": [_data(use, source, "operational") for use in uses if not trains(use)] or MISSING,
    }


def _data(use: Use, source: Source, what: str) -> dict[str, Any]:
    return {
        f"{what}_data_description": source.category_name(use.category),
        "category": use.category,
        "stage": use.stage.value,
        "datasets_purposes": use.purpose_text or MISSING,
        "sensitive_attributes": source.categories[use.category].sensitivity != Sensitivity.ORDINARY,
        "data_access_storage": use.retention or MISSING,
        "data_cleaning": [label("safeguard", code) for code in use.safeguards] or MISSING,
        "data_sharing_agreements": [f"{each.name} ({each.role.value})" for each in use.recipients] or MISSING,
    }


def _risks(one: AIFeature, uses: list[Use]) -> dict[str, Any]:
    assessments = {scope.balancing_url for use in uses for scope in use.scopes if scope.balancing_url}
    return {
        "impact_assessment": sorted(assessments) or MISSING,
        "risks": list(dict.fromkeys(use.risks for use in uses if use.risks)) or MISSING,
        "risk_level": one.risk_level or MISSING,
    }
