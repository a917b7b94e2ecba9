"""Purposes and legal bases: our key, plain words, and the terms of DPV 2.3, Fideslang 3 and the GDPR they stand for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Purpose:
    """Why data is used. ``dpv`` is an IRI of DPV 2.3, ``fides`` a Fideslang data use."""

    label: str
    dpv: str
    fides: str


DPV = "https://w3id.org/dpv#"
PURPOSES = {
    "personalised_recommendations": Purpose(
        "To suggest things that may suit you", f"{DPV}ProvidePersonalisedRecommendations", "personalize.content"
    ),
    "personalisation": Purpose("To fit the site to you", f"{DPV}ServicePersonalisation", "personalize"),
    "service_provision": Purpose("To give you what you asked for", f"{DPV}ServiceProvision", "essential.service"),
    "search": Purpose("To find what you look for", f"{DPV}SearchFunctionalities", "functional.service"),
    "recruitment": Purpose(
        "To match people and jobs", f"{DPV}RecruitmentApplicationScreening", "employment.recruitment"
    ),
    "product_improvement": Purpose(
        "To make one named feature better", f"{DPV}ImproveExistingProductsAndServices", "functional.service.improve"
    ),
    "fraud_prevention": Purpose(
        "To keep members safe from fraud and abuse", f"{DPV}FraudPreventionAndDetection", "essential.fraud_detection"
    ),
    "personalised_advertising": Purpose(
        "To show you adverts picked for you", f"{DPV}PersonalisedAdvertising", "marketing.advertising.first_party"
    ),
    "research": Purpose("To do research", f"{DPV}ResearchAndDevelopment", "analytics"),
}


@dataclass(frozen=True)
class LegalBasis:
    """Why the law allows it: plain words, the article of the GDPR, its DPV term."""

    label: str
    article: str
    dpv: str


LEGAL_BASES = {
    "consent": LegalBasis("You said yes", "Art. 6(1)(a)", "https://w3id.org/dpv/legal/eu/gdpr#A6-1-a"),
    "contract": LegalBasis(
        "It is part of what you signed up for", "Art. 6(1)(b)", "https://w3id.org/dpv/legal/eu/gdpr#A6-1-b"
    ),
    "legal_obligation": LegalBasis("The law demands it", "Art. 6(1)(c)", "https://w3id.org/dpv/legal/eu/gdpr#A6-1-c"),
    "legitimate_interest": LegalBasis(
        "We have a good reason that does not outweigh your rights",
        "Art. 6(1)(f)",
        "https://w3id.org/dpv/legal/eu/gdpr#A6-1-f",
    ),
}


def purpose_label(key: str) -> str:
    """The purpose in plain words; a key that is not in the vocabulary is shown as it is."""
    return PURPOSES[key].label if key in PURPOSES else key


def legal_basis_label(key: str) -> str:
    return LEGAL_BASES[key].label if key in LEGAL_BASES else key
