"""What two standards ask for, written from what they say: names of fields, limits, and the values they permit."""


def text(limit):
    return {"type": "string", "minLength": 1, "maxLength": limit}


def link(title):
    properties = {"title": text(title), "link": text(500)}
    return {"type": "array", "items": {"type": "object", "required": ["title", "link"], "properties": properties}}


MONTH = {"type": "string", "pattern": r"^\d{4}-\d{2}$"}
# Publication standard 1.0 of the Dutch Algoritmeregister. It permits “nld” alone as language; ours is told.
DUTCH = {
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


FILLED = {"minLength": 1}


def section(*names, **more):
    return {"type": "object", "required": [*names, *more], "properties": dict.fromkeys(names, FILLED) | more}


# Version 2.1 of the Algorithmic Transparency Recording Standard of the United Kingdom, both tiers. The names of
# metadata, tier 1 and owner_and_responsibility are those of its published table; the others were not compared with it.
ATRS = {
    "type": "array",
    "items": section(
        metadata=section("id", "standard_version", date_completion={"pattern": r"^\d{2}/\d{2}/\d{4}$"}),
        tier_1=section("name", "description", "website", "contact_email"),
        tier_2=section(
            owner_and_responsibility=section("organisation", "team", "senior_responsible_owner", "external_supplier"),
            description_and_rationale=section(
                *("detailed_description", "scope", "benefit", "previous_process", "alternatives_considered")
            ),
            decision_making_process=section(
                *("process_integration", "provided_information", "frequency_scale_usage", "human_decisions"),
                *("required_training", "appeals_review"),
            ),
            tool_specification=section("method", "models", "development_data", "operational_data"),
            risks_and_impact_assessments=section("impact_assessment", "risks"),
        ),
    ),
}
