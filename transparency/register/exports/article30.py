"""The record of processing activities that GDPR Article 30(1) asks for, as a table: one row for each use. Pure.

The columns stand in the order of the letters (a) to (g). What the article asks for and the register does not hold is
said to be missing in its cell: the record must not look complete where it is not. Of an edition that never holds, each
row says so where it says from when.
"""

from collections.abc import Iterable

from transparency.register.exports.cells import BETWEEN, table
from transparency.register.exports.source import Source
from transparency.register.schema import AIFeature, Recipient, Scope, Sensitivity, Use
from transparency.register.vocabulary.labels import label, places_in_words
from transparency.register.vocabulary.purposes import LEGAL_BASES, purpose_label

MISSING = "Not recorded in this register"
UNSET = "Not recorded here: the setting {} was empty where this file was written"
"""Of what the register can't hold: the site knows it by its settings, and a command that runs without them doesn't."""
NONE = "None recorded"
ARTICLE_9 = "special category (Article 9)"
COLUMNS = (
    "Record",
    "(a) Controller",
    "(a) Contact",
    "(a) Joint controllers",
    "(a) Representative",
    "(a) Data protection officer",
    "(b) Purposes of the processing",
    "(c) Categories of data subjects",
    "(c) Categories of personal data",
    "(d) Categories of recipients",
    "(e) Transfers to third countries, and their safeguards",
    "(f) Time limits for erasure",
    "(g) Technical and organisational security measures",
    "AI system",
    "Stage",
    "Legal basis, by place",
    "Holds from",
    "Edition",
    "Corrections of what this record said before",
)


def write(source: Source) -> bytes:
    """A row for each use. The law's own letters head the columns."""
    return table(COLUMNS, (_row(use, source) for use in source.register.uses)).encode()


def _row(use: Use, source: Source) -> list[str]:
    feature = source.features[use.feature]
    return [
        use.id,
        *_controllers(use, feature),
        source.representative or UNSET.format("REPRESENTATIVE"),
        source.officer or UNSET.format("DATA_PROTECTION_OFFICER"),
        f"{use.purpose_text} ({purpose_label(use.purpose)})",
        f"Members of {source.organisation}",
        _data(use, source),
        _lines(map(_recipient, use.recipients)),
        _lines(_transfer(one) for one in use.recipients if one.transfer),
        use.retention or MISSING,
        _lines(label("safeguard", code) for code in use.safeguards),
        feature.name,
        label("stage", use.stage),
        BETWEEN.join(_basis(scope, of_several=len(use.scopes) > 1) for scope in use.scopes),
        source.never or use.effective_from or MISSING,
        _edition(source),
        _lines(source.corrections_of(use)),
    ]


def _edition(source: Source) -> str:
    said = f"{source.document.number}, {source.canonical_url}"
    return f"{said}{BETWEEN}{source.never} {source.instead_url}" if source.never else said


def _lines(values: Iterable[str]) -> str:
    return BETWEEN.join(values) or NONE


def _controllers(use: Use, feature: AIFeature) -> list[str]:
    joint = [one.name for one in use.recipients if one.role == "joint_controller"]
    return [feature.controller or MISSING, feature.contact or MISSING, _lines(joint)]


def _data(use: Use, source: Source) -> str:
    category = source.categories[use.category]
    special = f" ({ARTICLE_9})" if category.sensitivity == Sensitivity.SPECIAL else ""
    return f"{category.name}{special}: {', '.join(category.examples) or category.what_it_is}"


def _recipient(one: Recipient) -> str:
    country = f" ({one.country})" if one.country else ""
    return f"{one.name}{country}, {_term(one.role)}: {label('role', one.role)}"


def _transfer(one: Recipient) -> str:
    return f"{one.name}, {one.country or MISSING}: {one.transfer}"


def _term(code: str) -> str:
    """A code that is the law's own term, as the law writes it."""
    return code.replace("_", " ")


def _basis(scope: Scope, *, of_several: bool) -> str:
    known = LEGAL_BASES.get(scope.legal_basis)
    where = places_in_words(scope.jurisdictions, of_several=of_several)
    article = f" ({known.article} GDPR, where it applies)" if known else ""
    interest = f": {scope.interest}" if scope.interest else ""
    return f"{where[0].upper()}{where[1:]}: {_term(scope.legal_basis)}{article}{interest}"
