"""AI features as registrations of the Dutch Algoritmeregister, publication standard 1.0, as JSON. Pure.

The standard cuts nothing off, it refuses: a text that is too long for its field ends with a mark, and with the address
where all of it stands. A field that the register cannot fill is left out, which the standard allows for all that is
not required. The words that are put in here are Dutch, as are the lists to choose from. What the company wrote stays in
its own language, and ``lang`` says so: the Algoritmeregister takes Dutch only, so somebody has to translate that. Of an
edition that never holds the short description says so first, and there is no day from which anything is in use.
"""

import json
from typing import Any

from transparency.register.exports.source import Source, purposes_of, trains
from transparency.register.schema import AIFeature, Decides, Status, Use

LANGUAGE = "eng"
STANDARD_VERSION = "1.0"
LIMITS = {
    "name": 100, "description_short": 350, "organization": 100, "contact_email": 500, "goal": 2500,
    "human_intervention": 2500, "risks": 2500, "lawful_basis": 2500, "source_data": 2500, "methods_and_models": 5000,
    "provider": 200, "source_id": 100, "website": 500, "url": 500, "process_index_url": 500, "tags": 2500,
}  # fmt: skip
STATUSES = {Status.PLANNED: "In ontwikkeling", Status.IN_USE: "In gebruik", Status.RETIRED: "Buiten gebruik"}
HIGH, STRONG, OTHER = "Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes"
ASSESSMENT = "Belangenafweging (gerechtvaardigd belang)"
TRAINING, RUNNING, CRITERIA, MODELS, LIMITATIONS = (
    *("Om het model te trainen", "Tijdens het gebruik"),
    *("Wat meetelt", "Modellen van anderen", "Bekende beperkingen"),
)
WEIGHTS = {"high": "telt zwaar mee", "medium": "telt gemiddeld mee", "low": "telt licht mee"}
KINDS = {
    "ranking": "Zet dingen op volgorde",
    "recommendation": "Doet suggesties",
    "generation": "Schrijft of maakt dingen",
    "classification": "Deelt dingen in groepen in",
    "moderation": "Houdt schadelijke inhoud tegen",
    "advertising": "Kiest advertenties",
    "search": "Vindt dingen",
}
BASES = {
    "consent": "Toestemming (art. 6, lid 1, onder a, AVG)",
    "contract": "Uitvoering van een overeenkomst (art. 6, lid 1, onder b, AVG)",
    "legal_obligation": "Wettelijke verplichting (art. 6, lid 1, onder c, AVG)",
    "legitimate_interest": "Gerechtvaardigd belang (art. 6, lid 1, onder f, AVG)",
}
IN_HOUSE = "Intern ontwikkeld"
NEVER = (
    "Versie {number} is vervangen voordat zij van kracht werd en geldt nooit: in plaats daarvan geldt versie {instead}."
)


def write(source: Source) -> bytes:
    """A registration for each feature."""
    records = [_registration(one, source) for one in source.register.features]
    return json.dumps(records, ensure_ascii=False, indent=1).encode()


def _registration(one: AIFeature, source: Source) -> dict[str, Any]:
    uses, url = source.uses_of(one.slug), source.feature_url(one.slug)
    texts = {
        "name": one.name,
        "description_short": " ".join(filter(None, (_never(source), one.what_it_does))),
        "organization": one.controller,
        "contact_email": one.contact,
        "goal": " ".join(purposes_of(uses)),
        "human_intervention": " ".join(filter(None, (one.human_review, one.contest))),
        "risks": " ".join(dict.fromkeys(use.risks for use in uses if use.risks)),
        "lawful_basis": _bases(uses),
        "source_data": _data(uses, source),
        "methods_and_models": _methods(one),
        "provider": IN_HOUSE if one.provider and one.provider == one.controller else one.provider,
        "tags": ", ".join((one.group, _kind(one))),
        "source_id": one.slug,
        "website": url,
        "url": source.canonical_url,
        "process_index_url": f"{source.edition_url}article-30.csv",
    }
    codes = {
        "status": STATUSES[one.status],
        "publication_category": _weight(one),
        "begin_date": one.since[:7] if one.status == Status.IN_USE and not source.instead else "",
        "end_date": one.since[:7] if one.status == Status.RETIRED and not source.instead else "",
        "impacttoetsen_grouping": _assessments(uses),
        "lang": LANGUAGE,
        "standard_version": STANDARD_VERSION,
    }
    fitted = {name: _fit(words, LIMITS[name], url) for name, words in texts.items()}
    return {name: value for name, value in (fitted | codes).items() if value}


def _never(source: Source) -> str:
    instead = source.instead
    return NEVER.format(number=source.document.number, instead=instead.number) if instead else ""


def _fit(words: str, limit: int, url: str) -> str:
    """The words, or as many as there is room for and where the rest is."""
    if len(words) <= limit:
        return words
    end = f"… {url}" if len(url) + 2 < limit // 2 else "…"
    return words[: limit - len(end)] + end


def _weight(one: AIFeature) -> str:
    if one.risk_level.casefold().startswith("high"):
        return HIGH
    return STRONG if one.decides == Decides.SIGNIFICANT else OTHER


def _bases(uses: list[Use]) -> str:
    keys = dict.fromkeys(scope.legal_basis for use in uses for scope in use.scopes)
    return "; ".join(BASES[key] for key in keys if key in BASES)


def _kind(one: AIFeature) -> str:
    return KINDS.get(one.kind, one.kind)


def _data(uses: list[Use], source: Source) -> str:
    def names(chosen: list[Use]) -> str:
        return ", ".join(dict.fromkeys(source.category_name(use.category) for use in chosen))

    parts = {
        TRAINING: names([use for use in uses if trains(use)]),
        RUNNING: names([use for use in uses if not trains(use)]),
    }
    return " ".join(f"{what}: {which}." for what, which in parts.items() if which)


def _methods(one: AIFeature) -> str:
    criteria = "; ".join(
        f"{each.name} ({WEIGHTS.get(each.weight, each.weight)}): {each.reason.rstrip('.')}" for each in one.criteria
    )
    models = ", ".join(one.third_party_models)
    parts = {CRITERIA: criteria, MODELS: models, LIMITATIONS: one.limitations}
    return " ".join([_kind(one) + ".", *(f"{what}: {words.rstrip('.')}." for what, words in parts.items() if words)])


def _assessments(uses: list[Use]) -> list[dict[str, str]]:
    links = dict.fromkeys(scope.balancing_url for use in uses for scope in use.scopes if scope.balancing_url)
    return [{"title": ASSESSMENT, "link": link} for link in links]
