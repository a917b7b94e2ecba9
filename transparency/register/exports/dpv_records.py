"""Kinds of data and AI features as nodes of a DPV graph. Pure."""

from transparency.register.exports.dpv_words import (
    NOT_AVAILABLE,
    Node,
    coded,
    day,
    described,
    filled,
    iri,
    named,
    text,
)
from transparency.register.schema import AIFeature, Criterion, DataCategory
from transparency.register.vocabulary.dpv import is_kind_of_data
from transparency.register.vocabulary.labels import label

ORIGINS = {
    "provided": "dpv:ProvidedPersonalData",
    "observed": "dpv:ObservedPersonalData",
    "inferred": "dpv:InferredPersonalData",
    "derived": "dpv:DerivedPersonalData",
}
SENSITIVITIES = {"sensitive": "dpv:SensitivePersonalData", "special_category": "dpv:SpecialCategoryPersonalData"}
STATUSES = {"planned": "ai:DevelopmentStage", "in_use": "ai:OperationStage", "retired": "ai:RetirementStage"}
CAPABILITIES = {"generation": "ai:ContentGeneration", "search": "ai:InformationRetrieval"}
WEIGHTS = {"high": "dpv:PrimaryImportance", "low": "dpv:SecondaryImportance"}  # and for “medium”, none: between both
RISK_LEVELS = {
    "high (annex iii": "eu-aiact:RiskLevelHigh-A6-2",
    "transparency": "eu-aiact:RiskLevelTransparencyRequired",
    "minimal": "eu-aiact:RiskLevelMinimal",
}


def category(one: DataCategory, site: str) -> Node:
    """A kind of data. A term of DPV that there is not is left out: an IRI must lead somewhere."""
    page = f"{site}/categories/{one.key}/"
    broader = [iri(f"{site}/categories/{one.parent}/#category")] if one.parent else []
    broader += [iri(one.dpv)] if is_kind_of_data(one.dpv) else []
    kinds = ["dpv:PersonalData", ORIGINS.get(one.origin), SENSITIVITIES.get(one.sensitivity)]
    return filled(
        {
            "@id": f"{page}#category",
            "@type": [kind for kind in kinds if kind],
            "dct:identifier": one.key,
            "skos:prefLabel": text(one.name),
            "skos:definition": text(one.what_it_is),
            "skos:example": [found for example in one.examples if (found := text(example))],
            "skos:broader": broader,
            "dct:replaces": [iri(f"{site}/categories/{old}/#category") for old in one.aliases],
            "dct:accessRights": described(one.visible_to),
            "dpv:hasDataSource": iri("dpv:ThirdPartyDataSource") if one.origin == "from_others" else None,
            "dct:relation": iri(one.manage_url) if one.manage_url else None,
            "foaf:page": iri(page),
        }
    )


def feature(one: AIFeature, site: str) -> Node:
    """An AI feature, as an AI system."""
    page = f"{site}/features/{one.slug}/"
    return filled(
        {
            "@id": f"{page}#feature",
            "@type": "ai:AISystem",
            "dct:identifier": one.slug,
            "dct:title": text(one.name),
            "dct:description": text(one.what_it_does),
            "dct:subject": text(one.group),
            "foaf:page": iri(page),
            **_run_by(one),
            **_deciding(one),
            "ai:hasCapability": coded(one.kind, CAPABILITIES.get(one.kind, "ai:Capability"), label("kind", one.kind)),
            "tech:hasLifecycleStage": iri(STATUSES[one.status]),
            "dct:available": day(one.since),
            "tech:hasIntendedUse": described(one.intended_use),
            "skos:scopeNote": text(one.limitations),
            "ai:hasModel": [{"@type": "ai:Model", "dct:title": text(n)} for n in one.third_party_models if n],
            "eu-aiact:hasRiskLevel": _risk_level(one.risk_level),
            "dct:references": iri(one.instructions_url) if one.instructions_url else None,
        }
    )


def _run_by(one: AIFeature) -> Node:
    owner = filled({"dct:title": text(one.owner)})
    return {
        "dpv:hasDataController": named(one.controller, "dpv:DataController"),
        "tech:hasProvider": named(one.provider),
        "dpv:hasContact": text(one.contact),
        "dpv:hasResponsibleEntity": [node for node in (named(one.team), owner) if node],
    }


def _deciding(one: AIFeature) -> Node:
    """What it decides, by what, and who looks at it. How far it runs by itself is no field of ours."""
    return {
        "dpv:hasConsequence": coded(one.decides, "dpv:Consequence", label("decides", one.decides)),
        "dpv:hasAlgorithmicLogic": [_criterion(each) for each in one.criteria],
        "dpv:hasAutomationLevel": NOT_AVAILABLE,
        "dpv:hasHumanInvolvement": described(one.human_review) or NOT_AVAILABLE,
        "dpv:hasEntityControl": described(one.contest, "dpv:ChallengingProcess"),
    }


def _criterion(one: Criterion) -> Node:
    weight = iri(WEIGHTS[one.weight]) if one.weight in WEIGHTS else None
    return filled({"dct:title": text(one.name), "dct:description": text(one.reason), "dpv:hasImportance": weight})


def _risk_level(words: str) -> Node | None:
    known = next((term for start, term in RISK_LEVELS.items() if words.casefold().startswith(start)), "")
    return described(words, known)
