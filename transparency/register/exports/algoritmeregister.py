"""AI features as registrations of the Dutch Algoritmeregister, publication standard 1.0, as JSON. Pure.

The standard cuts nothing off, it refuses: a text that is too long for its field ends with a mark, and with the address
where all of it stands. A field that the register cannot fill is left out, which the standard allows for all that is
not required. Texts are in the register's own language, and ``lang`` says so; the Algoritmeregister takes Dutch only.
"""

import json
from typing import Any

from transparency.register.exports.source import Source, purposes_of, trains
from transparency.register.schema import AIFeature, Decides, Status, Use
from transparency.register.vocabulary.labels import label
from transparency.register.vocabulary.purposes import LEGAL_BASES

LANGUAGE = "eng"
STANDARD_VERSION = "1.0"
LIMITS = {
    "name": 100, "description_short": 350, "organization": 100, "contact_email": 500, "goal": 2500,
    "human_intervention": 2500, "risks": 2500, "lawful_basis": 2500, "source_data": 2500, "methods_and_models": 5000,
    "provider": 200, "source_id": 100, "website": 500, "url": 500, "process_index_url": 500, "tags": 2500,
}  # fmt: skip
STATUSES = {Status.PLANNED: "In ontwikkeling", Status.IN_USE: "In gebruik", Status.RETIRED: "Buiten gebruik"}
HIGH, STRONG, OTHER = "Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes"
ASSESSMENT = "Legitimate interest assessment"
IN_HOUSE = "Intern ontwikkeld"


def write(source: Source) -> bytes:
    """A registration for each feature."""
    records = [_registration(one, source) for one in source.register.features]
    return json.dumps(records, ensure_ascii=False, indent=1).encode()


def _registration(one: AIFeature, source: Source) -> dict[str, Any]:
    uses, url = source.uses_of(one.slug), source.feature_url(one.slug)
    texts = {
        "name": one.name,
        "description_short": one.what_it_does,
        "organization": one.controller,
        "contact_email": one.contact,
        "goal": " ".join(purposes_of(uses)),
        "human_intervention": " ".join(filter(None, (one.human_review, one.contest))),
        "risks": " ".join(dict.fromkeys(use.risks for use in uses if use.risks)),
        "lawful_basis": _bases(uses),
        "source_data": _data(uses, source),
        "methods_and_models": _methods(one),
        "provider": IN_HOUSE if one.provider and one.provider == one.controller else one.provider,
        "tags": ", ".join((one.group, label("kind", one.kind))),
        "source_id": one.slug,
        "website": url,
        "url": source.canonical_url,
        "process_index_url": f"{source.edition_url}article-30.csv",
    }
    codes = {
        "status": STATUSES[one.status],
        "publication_category": _weight(one),
        "begin_date": one.since[:7] if one.status == Status.IN_USE else "",
        "end_date": one.since[:7] if one.status == Status.RETIRED else "",
        "impacttoetsen_grouping": _assessments(uses),
        "lang": LANGUAGE,
        "standard_version": STANDARD_VERSION,
    }
    fitted = {name: _fit(words, LIMITS[name], url) for name, words in texts.items()}
    return {name: value for name, value in (fitted | codes).items() if value}


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
    known = [LEGAL_BASES[key] for key in keys if key in LEGAL_BASES]
    return "; ".join(f"{basis.label} ({basis.article} GDPR)" for basis in known)


def _data(uses: list[Use], source: Source) -> str:
    def names(chosen: list[Use]) -> str:
        return ", ".join(dict.fromkeys(source.category_name(use.category) for use in chosen))

    parts = {
        "To train the model": names([use for use in uses if trains(use)]),
        "While it runs": names([use for use in uses if not trains(use)]),
    }
    return " ".join(f"{what}: {which}." for what, which in parts.items() if which)


def _methods(one: AIFeature) -> str:
    criteria = "; ".join(f"{each.name} ({each.weight}): {each.reason}" for each in one.criteria)
    models = ", ".join(one.third_party_models)
    parts = {"What counts": criteria, "Models of others": models, "Known limits": one.limitations}
    return " ".join([label("kind", one.kind) + ".", *(f"{what}: {words}." for what, words in parts.items() if words)])


def _assessments(uses: list[Use]) -> list[dict[str, str]]:
    links = dict.fromkeys(scope.balancing_url for use in uses for scope in use.scopes if scope.balancing_url)
    return [{"title": ASSESSMENT, "link": link} for link in links]
