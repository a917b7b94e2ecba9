"""Uses as a table (CSV). Pure.

A row is one use in one group of places, because the legal basis and the right to refuse differ by country: a use with
three of them has three rows. What belongs to the use as a whole stands in each of its rows.
"""

from collections.abc import Iterable, Mapping

from transparency.register.exports.cells import BETWEEN, table
from transparency.register.exports.source import Source
from transparency.register.schema import AIFeature, DataCategory, Recipient, Scope, Use
from transparency.register.vocabulary.purposes import PURPOSES

NAMES = ("category", "feature", "stage")
TEXTS = (
    *("purpose", "purpose_text", "why_needed", "retention", "refusing_does", "refusing_does_not", "stops_working"),
    *("effective_from", "risks"),
)
LISTS = ("safeguards", "clauses")
OF_THE_USE = (*TEXTS, "necessary", "recipients", *LISTS)
OF_A_PLACE = ("legal_basis", "interest", "balancing_url", "refusal", "why_not", "default", "default_reason")
COLUMNS = (*NAMES, *OF_THE_USE, "jurisdictions", *OF_A_PLACE, "rights")
RECIPIENT = Recipient.__struct_fields__


FOR_READING = ("category_name", "feature_name", "category_dpv", "category_fides", "purpose_dpv", "purpose_fides")
"""Columns that tell what stands elsewhere in the register, or in a vocabulary, so that a row can be read by itself."""
OF_EDITION = ("edition", "in_force", "corrections")
"""Columns that tell of which edition a row is, from when that holds, and what it corrects of what was said before.

Brought back, they say nothing of a use.
"""


def write(source: Source) -> bytes:
    """All uses of the edition, each row with the names and the terms of DPV and Fideslang beside it."""
    of_edition = (str(source.document.number), source.never or f"from {source.document.effective_at}")
    rows = (
        [
            *_row(use, scope),
            *told(use, source.categories, source.features).values(),
            *of_edition,
            _corrected(use, source),
        ]
        for use in source.register.uses
        for scope in use.scopes
    )
    return table((*COLUMNS, *FOR_READING, *OF_EDITION), rows).encode()


def _corrected(use: Use, source: Source) -> str:
    return BETWEEN.join(source.corrections_of(use))


def told(use: Use, categories: Mapping[str, DataCategory], features: Mapping[str, AIFeature]) -> dict[str, str]:
    """What the columns for reading say of a use."""
    category, feature = categories.get(use.category), features.get(use.feature)
    purpose = PURPOSES.get(use.purpose)
    return {
        "category_name": category.name if category else "",
        "feature_name": feature.name if feature else "",
        "category_dpv": category.dpv if category else "",
        "category_fides": category.fides if category else "",
        "purpose_dpv": purpose.dpv if purpose else "",
        "purpose_fides": purpose.fides if purpose else "",
    }


def write_uses(uses: Iterable[Use]) -> str:
    """The uses as a table that can be changed and brought back."""
    return table(COLUMNS, (_row(use, scope) for use in uses for scope in use.scopes))


def _row(use: Use, scope: Scope) -> list[str]:
    whole = {name: str(getattr(use, name)) for name in (*NAMES, *TEXTS)}
    whole |= {name: BETWEEN.join(getattr(use, name)) for name in LISTS}
    whole["necessary"] = "yes" if use.necessary else "no"
    whole["recipients"] = BETWEEN.join(
        " | ".join(str(getattr(one, name)) for name in RECIPIENT) for one in use.recipients
    )
    place = {name: str(getattr(scope, name)) for name in OF_A_PLACE}
    place |= {name: BETWEEN.join(getattr(scope, name)) for name in ("jurisdictions", "rights")}
    return [{**whole, **place}[name] for name in COLUMNS]
