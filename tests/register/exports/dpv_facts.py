"""Reads a DPV document by its triples' own rules (JSON-LD 1.1), and says what it holds in the register's words."""

import json

import msgspec
from pyld import jsonld

D, AI, TECH, LOC = (f"https://w3id.org/dpv{end}#" for end in ("", "/ai", "/tech", "/loc"))
DCT, SKOS, FOAF = "http://purl.org/dc/terms/", "http://www.w3.org/2004/02/skos/core#", "http://xmlns.com/foaf/0.1/"
ORIGINS = ("Provided", "Observed", "Inferred", "Derived")
CONTROLS = {
    frozenset({"OptingOutFromProcess"}): ("yes", "on"),
    frozenset({"OptingInToProcess", "OptingOutFromProcess"}): ("yes", "off"),
    frozenset({"ProvideConsent", "WithdrawConsent"}): ("consent_first", "off"),
    frozenset({"CannotOptOutFromProcess"}): ("no", "on"),
}


def refuse(url, options):
    raise AssertionError(f"The document needs {url} to be understood.")


def expanded(data):
    """The document as it is for whoever has nothing else: no context is fetched."""
    return jsonld.expand(json.loads(data), {"documentLoader": refuse})


def every_iri(data):
    """All IRIs of the document's triples."""
    triples = jsonld.to_rdf(json.loads(data), {"documentLoader": refuse})
    places = [place for graph in triples.values() for triple in graph for place in triple.values()]
    named = {place["value"] for place in places if place["type"] == "IRI"}
    return named | {place["datatype"] for place in places if place["type"] == "literal"}


class Facts:
    """What a graph says, by what its nodes are known by."""

    def __init__(self, data):
        nodes = expanded(data)
        self.categories = {one(n, DCT, "identifier"): category(n) for n in nodes if kinds(n) & {"PersonalData"}}
        self.features = {one(n, DCT, "identifier"): feature(n) for n in nodes if kinds(n) & {"AISystem"}}
        self.uses = {one(n, DCT, "identifier"): use(n) for n in nodes if kinds(n) & {"PersonalDataHandling"}}
        self.edition = next(n for n in nodes if kinds(n) & {"PrivacyNotice"})


def kinds(node):
    return {kind.rpartition("#")[2] for kind in node.get("@type", ())}


def ids(node, space, name):
    return {value["@id"] for value in node.get(space + name, ())}


def values(node, space, name):
    return [value.get("@value", value) for value in node.get(space + name, ())]


def one(node, space, name, default=""):
    return next(iter(values(node, space, name)), default)


def inner(node, space, name):
    return one(node, space, name, {})


def category(node):
    found = kinds(node)
    origin = next((name.casefold() for name in ORIGINS if f"{name}PersonalData" in found), "from_others")
    sensitive = "sensitive" if "SensitivePersonalData" in found else "ordinary"
    broader = ids(node, SKOS, "broader")
    return {
        "name": one(node, SKOS, "prefLabel"),
        "what_it_is": one(node, SKOS, "definition"),
        "examples": set(values(node, SKOS, "example")),
        "parent": next((iri.split("/")[-2] for iri in broader if iri.endswith("#category")), ""),
        "dpv": next((iri for iri in broader if iri.startswith(f"{D[:-1]}/pd#")), ""),
        "origin": origin,
        "sensitivity": "special_category" if "SpecialCategoryPersonalData" in found else sensitive,
        "visible_to": one(inner(node, DCT, "accessRights"), DCT, "description"),
        "manage_url": next(iter(ids(node, DCT, "relation")), ""),
        "aliases": {iri.split("/")[-2] for iri in ids(node, DCT, "replaces")},
    }


def feature(node):
    stage = next(iter(ids(node, TECH, "hasLifecycleStage")))
    responsible = values(node, D, "hasResponsibleEntity")
    return {
        "name": one(node, DCT, "title"),
        "what_it_does": one(node, DCT, "description"),
        "group": one(node, DCT, "subject"),
        "kind": one(inner(node, AI, "hasCapability"), DCT, "identifier"),
        "controller": one(inner(node, D, "hasDataController"), FOAF, "name"),
        "provider": one(inner(node, TECH, "hasProvider"), FOAF, "name"),
        "team": next((name for who in responsible if (name := one(who, FOAF, "name"))), ""),
        "owner": next((name for who in responsible if (name := one(who, DCT, "title"))), ""),
        "contact": one(node, D, "hasContact"),
        "status": {"DevelopmentStage": "planned", "OperationStage": "in_use", "RetirementStage": "retired"}[
            stage.rpartition("#")[2]
        ],
        "since": one(node, DCT, "available"),
        "decides": one(inner(node, D, "hasConsequence"), DCT, "identifier"),
        "human_review": one(inner(node, D, "hasHumanInvolvement"), DCT, "description"),
        "contest": one(inner(node, D, "hasEntityControl"), DCT, "description"),
        "criteria": set(map(criterion, values(node, D, "hasAlgorithmicLogic"))),
        "intended_use": one(inner(node, TECH, "hasIntendedUse"), DCT, "description"),
        "limitations": one(node, SKOS, "scopeNote"),
        "third_party_models": {one(model, DCT, "title") for model in values(node, AI, "hasModel")},
        "risk_level": one(inner(node, f"{D[:-1]}/legal/eu/aiact#", "hasRiskLevel"), DCT, "description"),
        "instructions_url": next(iter(ids(node, DCT, "references")), ""),
    }


def criterion(node):
    weights = {"PrimaryImportance": "high", "SecondaryImportance": "low", "": "medium"}
    importance = next(iter(ids(node, D, "hasImportance")), "").rpartition("#")[2]
    return one(node, DCT, "title"), weights[importance], one(node, DCT, "description")


def use(node):
    duration = inner(inner(node, D, "hasStorageCondition"), D, "hasDuration")
    return {
        "purpose": one(inner(node, D, "hasPurpose"), DCT, "identifier"),
        "purpose_text": one(inner(node, D, "hasPurpose"), DCT, "description"),
        "why_needed": one(inner(node, D, "hasJustification"), DCT, "description"),
        "necessary": ids(node, D, "hasNecessity") == {f"{D}Required"},
        "retention": one(duration, DCT, "description"),
        "recipients": set(map(recipient, values(node, D, "hasRecipient"))),
        "safeguards": {one(each, DCT, "identifier") for each in values(node, D, "hasTechnicalOrganisationalMeasure")},
        "refusing_does": one(inner(node, D, "hasEntityControl"), DCT, "description"),
        "refusing_does_not": one(inner(node, D, "hasEntityControl"), SKOS, "scopeNote"),
        "stops_working": one(inner(node, D, "hasConsequence"), DCT, "description"),
        "effective_from": one(node, DCT, "available"),
        "clauses": {one(each, DCT, "title") for each in values(node, D, "hasNotice")},
        "risks": one(inner(node, D, "hasRisk"), DCT, "description"),
        "places": {place: held for each in values(node, D, "hasScope") for place, held in scope(each)},
    }


def recipient(node):
    role = {"DataProcessor": "processor", "ThirdParty": "third_party", "JointDataControllers": "joint_controller"}
    country = one(inner(node, D, "hasLocation"), DCT, "title")
    transfer = one(inner(node, D, "hasLegalMeasure"), DCT, "description")
    return one(node, FOAF, "name"), role[kinds(node).pop()], country, transfer


def scope(node):
    basis, control = inner(node, D, "hasLegalBasis"), inner(node, D, "hasEntityControl")
    refusal, default = CONTROLS[frozenset(kinds(control))]
    held = {
        "legal_basis": one(basis, DCT, "identifier"),
        "interest": one(basis, DCT, "description"),
        "balancing_url": next(iter(ids(inner(basis, D, "hasAssessment"), FOAF, "page")), ""),
        "refusal": refusal,
        "why_not": one(control, DCT, "description"),
        "default": default,
        "default_reason": one(control, SKOS, "note"),
        "rights": {one(right, DCT, "description") for right in values(node, D, "hasRight")},
    }
    for place in node[f"{D}hasJurisdiction"]:
        yield place["@id"].removeprefix(LOC) if "@id" in place else one(place, DCT, "identifier"), held


def told(record, *, apart=()):
    """A record of the register in the same shape: texts as they are, lists without their order."""
    plain = {name: getattr(record, name) for name in record.__struct_fields__ if name not in apart}
    return {name: flat(value) for name, value in plain.items()}


def flat(value):
    if not isinstance(value, tuple):
        return value
    return {each if isinstance(each, str) else tuple(msgspec.structs.astuple(each)) for each in value}


def told_places(use):
    return {place: told(each, apart=("jurisdictions",)) for each in use.scopes for place in each.jurisdictions}
