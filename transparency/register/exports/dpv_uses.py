"""Uses as nodes of a DPV graph: each is a handling of personal data, with what holds in which places. Pure."""

import re

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
from transparency.register.exports.source import Source
from transparency.register.schema import Recipient, Scope, Use
from transparency.register.vocabulary.dpv import GDPR_PLACES, PREFIXES, TERMS
from transparency.register.vocabulary.labels import label
from transparency.register.vocabulary.purposes import LEGAL_BASES, PURPOSES

STAGES = {"training": "ai:ModelTraining", "fine_tuning": "ai:ModelFineTuning", "inference": "dpv:Use"}
ROLES = {
    "processor": "dpv:DataProcessor",
    "third_party": "dpv:ThirdParty",
    "joint_controller": "dpv:JointDataControllers",
}
SAFEGUARDS = {
    "pseudonymised": "dpv:Pseudonymisation",
    "encrypted": "dpv:Encryption",
    "access-limited": "dpv:AccessControlMethod",
    "human-reviewed": "dpv:HumanInvolvementForVerification",
}
# The same bases outside the GDPR's places.
BASES = {
    "consent": "dpv:Consent",
    "contract": "dpv:Contract",
    "legal_obligation": "dpv:LegalObligation",
    "legitimate_interest": "dpv:LegitimateInterest",
}
# What members can do, by whether they may refuse and what holds until they say otherwise.
CONTROLS = {
    ("yes", "on"): ["dpv:OptingOutFromProcess"],
    ("yes", "off"): ["dpv:OptingInToProcess", "dpv:OptingOutFromProcess"],
    ("consent_first", "off"): ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
    ("no", "on"): ["dpv:CannotOptOutFromProcess"],
    ("no", "off"): ["dpv:OptingInToProcess", "dpv:CannotOptOutFromProcess"],
}
RIGHT = "dpv:DataSubjectRight"
UNITS = {"day": "P{}D", "week": "P{}W", "month": "P{}M", "year": "P{}Y"}


def use(one: Use, source: Source) -> Node:
    """One use of one kind of data in one AI feature at one stage."""
    site, url = source.site, source.use_url(one)
    stage = iri(STAGES[one.stage]) if one.stage in STAGES else coded(one.stage, "dpv:Use", label("stage", one.stage))
    return filled(
        {
            "@id": f"{url}#use",
            "@type": "dpv:PersonalDataHandling",
            "dct:identifier": one.id,
            "dct:isPartOf": iri(source.edition_url),
            "foaf:page": iri(url),
            "dpv:hasDataController": _controller(one, source),
            "dpv:hasDataSubject": {"@type": "dpv:User"},
            "dpv:hasPersonalData": iri(f"{site}/categories/{one.category}/#category"),
            "ai:hasAISystem": iri(f"{site}/features/{one.feature}/#feature"),
            "dpv:hasProcessing": stage,
            "dpv:hasPurpose": _purpose(one),
            "dpv:hasJustification": described(one.why_needed, "dpv:Justification"),
            "dpv:hasNecessity": iri("dpv:Required" if one.necessary else "dpv:Optional"),
            "dpv:hasStorageCondition": _storage(one.retention),
            "dpv:hasRecipient": [_recipient(each) for each in one.recipients],
            "dpv:hasTechnicalOrganisationalMeasure": [_safeguard(each) for each in one.safeguards],
            "dpv:hasScope": [node for scope in one.scopes for node in _scopes(scope)],
            "dpv:hasEntityControl": _control(one, site),
            "dpv:hasConsequence": described(one.stops_working, "dpv:Consequence"),
            "dct:available": day(one.effective_from),
            "dpv:hasNotice": [{"@type": "dpv:PrivacyNotice", "dct:title": text(c)} for c in one.clauses if c],
            "dpv:hasRisk": described(one.risks, "dpv:Risk"),
        }
    )


def _controller(one: Use, source: Source) -> Node | None:
    held = source.features.get(one.feature)
    return named(held.controller, "dpv:DataController") if held else None


def _purpose(one: Use) -> Node:
    """Training is no purpose: the purpose is what the trained model is for."""
    known = PURPOSES.get(one.purpose)
    return filled(
        {
            "@type": "dpv:Purpose",
            "dct:identifier": one.purpose,
            "dct:description": text(one.purpose_text),
            "skos:broader": iri(known.dpv) if known else None,
        }
    )


def _storage(retention: str) -> Node:
    """How long it is kept: as it is said, and as a duration where it is one."""
    found = re.fullmatch(r"([0-9]{1,5}) (day|week|month|year)s?", retention.strip(), re.IGNORECASE)
    length = {"@value": UNITS[found[2].casefold()].format(int(found[1])), "@type": "xsd:duration"} if found else None
    kind = "dpv:TemporalDuration" if found else "dpv:Duration"
    duration = filled({"@type": kind, "dct:description": text(retention), "rdf:value": length})
    return {"@type": "dpv:StorageDuration", "dpv:hasDuration": duration if retention else NOT_AVAILABLE}


def _recipient(one: Recipient) -> Node:
    return filled(
        {
            "@type": ROLES[one.role],
            "foaf:name": one.name,
            "dpv:hasLocation": filled({"dct:title": text(one.country)}),
            "dpv:hasLegalMeasure": described(one.transfer),
        }
    )


def _safeguard(code: str) -> Node:
    return coded(code, SAFEGUARDS.get(code, "dpv:TechnicalOrganisationalMeasure"), label("safeguard", code))


def _control(one: Use, site: str) -> Node:
    """What refusing does and does not do, and where one does it."""
    refusable = any(scope.refusal != "no" for scope in one.scopes)
    return filled(
        {
            "@type": "dpv:OptingOutFromProcess" if refusable else "dpv:CannotOptOutFromProcess",
            "dct:description": text(one.refusing_does),
            "skos:scopeNote": text(one.refusing_does_not),
            "foaf:page": iri(f"{site}/choices/") if refusable else None,
        }
    )


def _scopes(scope: Scope) -> list[Node]:
    """What holds in some places; apart for those where the law is the GDPR, so that none is told of another law."""
    european = [place for place in scope.jurisdictions if place in GDPR_PLACES]
    elsewhere = [place for place in scope.jurisdictions if place not in GDPR_PLACES]
    return [_scope(scope, places, gdpr=places is european) for places in (european, elsewhere) if places]


def _scope(scope: Scope, places: list[str], *, gdpr: bool) -> Node:
    return filled(
        {
            "@type": "dpv:Scope",
            "dpv:hasJurisdiction": [_place(place) for place in places],
            "dpv:hasLegalBasis": _basis(scope, gdpr=gdpr),
            "dpv:hasEntityControl": filled(
                {
                    "@type": CONTROLS.get((scope.refusal.value, scope.default.value)),
                    "dct:description": text(scope.why_not),
                    "skos:note": text(scope.default_reason),
                }
            ),
            "dpv:hasRight": [node for each in scope.rights if (node := described(each, RIGHT))],
        }
    )


def _place(code: str) -> Node:
    """A place by its term, or by our code where there is none, as for “all other places”."""
    if code in TERMS["loc"]:
        return iri(f"loc:{code}")
    return {"dct:identifier": code, "skos:prefLabel": text(label("jurisdiction", code))}


def _basis(scope: Scope, *, gdpr: bool) -> Node:
    terms = [BASES[scope.legal_basis]] if scope.legal_basis in BASES else []
    if gdpr and scope.legal_basis in LEGAL_BASES:
        terms.append("eu-gdpr:" + LEGAL_BASES[scope.legal_basis].dpv.removeprefix(PREFIXES["eu-gdpr"]))
    assessment = {"@type": "dpv:LegitimateInterestAssessment", "foaf:page": iri(scope.balancing_url)}
    return filled(
        {
            "@type": terms,
            "dct:identifier": scope.legal_basis,
            "dct:description": text(scope.interest),
            "dpv:hasAssessment": assessment if scope.balancing_url else None,
        }
    )
