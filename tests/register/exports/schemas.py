"""What three standards ask for, written from what they say: names of fields, limits, and the values they permit."""

import re

from jsonschema import Draft202012Validator


def text(limit):
    return {"type": "string", "minLength": 1, "maxLength": limit}


def link(title):
    properties = {"title": text(title), "link": text(500)}
    return {"type": "array", "items": {"type": "object", "required": ["title", "link"], "properties": properties}}


MONTH = {"type": "string", "pattern": r"^\d{4}-\d{2}$"}
# Publication standard 1.0 of the Dutch Algoritmeregister. It permits “nld” alone as language; ours is told.
_DUTCH = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": [
            *("name", "description_short", "organization", "status", "contact_email", "publication_category", "lang")
        ],
        "properties": {
            "name": text(100),
            "description_short": text(350),
            "organization": text(100),
            "status": {"enum": ["In ontwikkeling", "In gebruik", "Buiten gebruik"]},
            "begin_date": MONTH,
            "end_date": MONTH,
            "contact_email": text(500),
            "website": text(500),
            "publication_category": {
                "enum": ["Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes"]
            },
            "url": text(500),
            "goal": text(2500),
            "human_intervention": text(2500),
            "risks": text(2500),
            "lawful_basis": text(2500),
            "process_index_url": text(500),
            "impacttoetsen_grouping": link(2500),
            "source_data": text(2500),
            "methods_and_models": text(5000),
            "provider": text(200),
            "lang": {"enum": ["nld", "eng"]},
            "standard_version": {"const": "1.0"},
            "source_id": text(100),
            "tags": text(2500),
        },
    },
}


FILLED = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "minItems": 1, "items": {"minLength": 1}}]}


def section(names, optional="", **more):
    required, known = names.split(), dict.fromkeys([*names.split(), *optional.split()], FILLED)
    return {"type": "object", "required": required, "additionalProperties": False, "properties": known | more}


DAY = {"type": "string", "pattern": r"^\d{2}/\d{2}/\d{4}$"}
# Version 3.0 (March 2024) of the Algorithmic Transparency Recording Standard of the United Kingdom: every attribute of
# the published table, in its section. Two of the metadata, where a record comes from, are ours.
_ATRS = {
    "type": "array",
    "items": section(
        "",
        metadata=section(
            "id standard_version organisation_type function capability task tags date_of_completion date_updated"
            " date_archived",
            "source source_id",
            standard_version={"const": "3.0"},
            date_of_completion=DAY,
            date_updated=DAY,
        ),
        title_information=section("title organisation_name phase region one_sentence_description"),
        tier_1_information=section("name description website_url contact_email"),
        owner_and_responsibility=section(
            "organisation_or_department team senior_responsible_owner external_supplier_involvement",
            "external_supplier companies_house_number external_supplier_role procurement_procedure_type"
            " data_access_terms",
            external_supplier_involvement={"enum": ["Yes", "No"]},
        ),
        description_and_rationale=section(
            "scope benefit", "detailed_description previous_process alternatives_considered"
        ),
        decision_making_process=section(
            "process_integration provided_information frequency_and_scale_of_usage human_decisions_and_review"
            " required_training",
            "appeals_and_review",
        ),
        tool_specification=section("system_architecture phase maintenance models"),
        model_specification=section(
            "model_name model_version model_task model_input model_output model_architecture model_performance"
            " datasets dataset_purposes"
        ),
        data_specification={
            "type": ["array", "string"],
            "minItems": 1,
            "items": section(
                "source_data_name data_modality data_description data_quantities sensitive_attributes"
                " data_completeness_and_representativeness source_data_url data_collection data_sharing_agreements"
                " data_access_and_storage",
                "data_cleaning",
            ),
        },
        risks_mitigations_and_impact_assessments=section("impact_assessment risks_and_mitigations"),
    ),
}
_ATRS["items"]["required"] = [*_ATRS["items"]["properties"]]

# Made once: a schema takes longer to check and to prepare than what is held against it.
DUTCH, ATRS = Draft202012Validator(_DUTCH), Draft202012Validator(_ATRS)


# The Commission's template for the summary of training content (C(2025) 5235, 24 July 2025): its head and sections.
TRAINING_HEAD = re.compile(r"(?m)^Version of the summary: edition \d+[^\n]*\n\nLast update: \d{2}/\d{2}/\d{4}\.$")
TRAINING_SECTIONS = {"1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "3.1", "3.2", "3.3"}
