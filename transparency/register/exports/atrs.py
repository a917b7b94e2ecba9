"""AI features as records of the United Kingdom's Algorithmic Transparency Recording Standard, as JSON. Pure.

Both tiers of version 3.0 (March 2024): every field, by the name and in the section that the published table of the
standard gives it; 4.0 has no such table. It asks that nothing be left blank: what no field of the register answers says
``MISSING``. Dates are day/month/year there, and the id is a number that the British repository gives out when it
publishes a record. Records of an edition that never holds are archived as soon as that is so, and say it first. What we
know of a model or of data and the table has no field for stands in a field that it has.
"""

import json
from typing import Any

from transparency.register.exports.source import Source, purposes_of, trains
from transparency.register.schema import AIFeature, Criterion, Sensitivity, Status, Use
from transparency.register.vocabulary.labels import label, places_in_words

MISSING = "Not recorded in this register"
TO_COME = "Given out by the repository when it publishes the record"
NOT_YET, NO_BODY, NOBODY = "Not yet", "Not a public body", "No"
STANDARD_VERSION = "3.0"
PHASES = {Status.PLANNED: "Pre-deployment", Status.IN_USE: "Production", Status.RETIRED: "Retired"}


def write(source: Source) -> bytes:
    """A record for each feature."""
    records = [_record(one, source) for one in source.register.features]
    return json.dumps(records, ensure_ascii=False, indent=1).encode()


def _record(one: AIFeature, source: Source) -> dict[str, Any]:
    uses = source.uses_of(one.slug)
    said = {
        "metadata": _metadata(one, source),
        "title_information": _title(one, uses, source),
        "tier_1_information": {
            "name": one.name,
            "description": _first(source.never, one.what_it_does),
            "website_url": source.feature_url(one.slug),
            "contact_email": one.contact,
        },
        "owner_and_responsibility": _owner(one),
        "description_and_rationale": _rationale(one, uses),
        "decision_making_process": _deciding(one),
        "tool_specification": _tool(one),
        "model_specification": _model(one, uses, source),
        "data_specification": [_data(use, source) for use in uses],
        "risks_mitigations_and_impact_assessments": _risks(one, uses),
    }
    return {name: _filled(section) for name, section in said.items()}


def _filled(section: Any) -> Any:
    """The section with no field left blank."""
    if isinstance(section, list):
        return [_filled(one) for one in section] or MISSING
    return {name: value or MISSING for name, value in section.items()}


def _metadata(one: AIFeature, source: Source) -> dict[str, Any]:
    return {
        "id": TO_COME,
        "standard_version": STANDARD_VERSION,
        "organisation_type": NO_BODY,
        "function": "",
        "capability": label("kind", one.kind),
        "task": one.what_it_does,
        "tags": [one.group],
        "date_of_completion": _day(source.document.published_at),
        "date_updated": _day(source.document.published_at),
        "date_archived": _day(source.instead.since) if source.instead else NOT_YET,
        "source": source.canonical_url,
        "source_id": one.slug,
    }


def _first(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _title(one: AIFeature, uses: list[Use], source: Source) -> dict[str, Any]:
    places = dict.fromkeys(place for use in uses for scope in use.scopes for place in scope.jurisdictions)
    return {
        "title": one.name,
        "organisation_name": one.controller,
        "phase": PHASES[one.status],
        "region": [places_in_words([place], of_several=len(places) > 1) for place in places],
        "one_sentence_description": source.never or one.what_it_does,
    }


def _day(moment: str) -> str:
    year, month, day = moment[:10].split("-")
    return f"{day}/{month}/{year}"


def _owner(one: AIFeature) -> dict[str, Any]:
    others = [name for name in (one.provider, *one.third_party_models) if name and name != one.controller]
    said: dict[str, Any] = {
        "organisation_or_department": one.controller,
        "team": one.team,
        "senior_responsible_owner": one.owner,
        "external_supplier_involvement": "Yes" if others else NOBODY,
    }
    about = ("companies_house_number", "external_supplier_role", "procurement_procedure_type", "data_access_terms")
    return said | ({"external_supplier": others} | dict.fromkeys(about, "") if others else {})


def _rationale(one: AIFeature, uses: list[Use]) -> dict[str, Any]:
    meant = [one.intended_use, one.out_of_scope and f"Not meant for: {one.out_of_scope}"]
    return {
        "detailed_description": one.intended_use or one.what_it_does,
        "scope": " ".join(filter(None, meant)),
        "benefit": purposes_of(uses),
        "previous_process": "",
        "alternatives_considered": "",
    }


def _deciding(one: AIFeature) -> dict[str, Any]:
    return {
        "process_integration": label("decides", one.decides),
        "provided_information": one.where,
        "frequency_and_scale_of_usage": "",
        "human_decisions_and_review": one.human_review,
        "required_training": "",
        "appeals_and_review": one.contest,
    }


def _tool(one: AIFeature) -> dict[str, Any]:
    return {
        "system_architecture": one.instructions_url,
        "phase": PHASES[one.status],
        "maintenance": "",
        "models": list(one.third_party_models),
    }


def _model(one: AIFeature, uses: list[Use], source: Source) -> dict[str, Any]:
    learned = [use for use in uses if trains(use)]
    return {
        "model_name": list(one.third_party_models),
        "model_version": "",
        "model_task": label("kind", one.kind),
        "model_input": list(dict.fromkeys(source.category_name(use.category) for use in uses)),
        "model_output": "",
        "model_architecture": [_counted(each) for each in one.criteria],
        "model_performance": one.limitations and f"Known limits: {one.limitations}",
        "datasets": list(dict.fromkeys(source.category_name(use.category) for use in learned)),
        "dataset_purposes": [
            f"{source.category_name(use.category)}: {label('stage', use.stage)}. {use.purpose_text}" for use in learned
        ],
    }


def _counted(each: Criterion) -> str:
    return f"{each.name} ({label('weight', each.weight).lower()}): {each.reason}"


def _data(use: Use, source: Source) -> dict[str, Any]:
    category = source.categories[use.category]
    sensitive = category.sensitivity != Sensitivity.ORDINARY
    return {
        "source_data_name": category.name,
        "data_modality": "",
        "data_description": category.what_it_is,
        "data_quantities": "",
        "sensitive_attributes": label("sensitivity", category.sensitivity) if sensitive else "Personal data",
        "data_completeness_and_representativeness": "",
        "source_data_url": source.use_url(use),
        "data_collection": f"{label('origin', category.origin)}. {label('stage', use.stage)}: {use.purpose_text}",
        "data_cleaning": [label("safeguard", code) for code in use.safeguards],
        "data_sharing_agreements": [f"{each.name}, which {label('role', each.role)}" for each in use.recipients],
        "data_access_and_storage": use.retention,
    }


def _risks(one: AIFeature, uses: list[Use]) -> dict[str, Any]:
    assessments = {scope.balancing_url for use in uses for scope in use.scopes if scope.balancing_url}
    level = one.risk_level and f"Risk level of the AI Act: {one.risk_level}"
    risks = dict.fromkeys(use.risks for use in uses if use.risks)
    return {"impact_assessment": sorted(assessments), "risks_and_mitigations": [*filter(None, [level]), *risks]}
