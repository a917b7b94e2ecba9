"""Tags and filters that pages need to speak plainly."""

from datetime import datetime
from functools import cache
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from transparency.members.prose import prose
from transparency.members.reading import Reading
from transparency.register import diff, phrases
from transparency.register.schema import Clause, Correction
from transparency.register.vocabulary import label, legal_basis_label, purpose_label

register = template.Library()
register.filter("prose", prose)
register.filter("day", phrases.day)


@register.simple_tag(takes_context=True)
def link(context: template.Context, name: str, **parts: str) -> str:
    """The address of a page; below ``/on/<day>/`` where the reader looks at the past."""
    reading = context.get("reading")
    if reading and reading.day:
        return reverse(f"members:on:{name}", kwargs={**parts, "day": reading.day})
    return reverse(f"members:{name}", kwargs=parts) if parts else _address(name)


@cache
def _address(name: str) -> str:
    """Of a page that is there once: every page leads to a dozen of them."""
    return reverse(f"members:{name}")


@register.filter
def in_words(code: str, field: str) -> str:
    """A code of the register in plain words."""
    return label(field, str(code))


@register.filter
def in_sentence(purpose: str) -> str:
    """A purpose that begins with “To …”, as the second half of a sentence."""
    return purpose[0].lower() + purpose[1:] if purpose.startswith("To ") else f"for this purpose: {purpose}"


@register.filter
def category_name(reading: Reading, key: str) -> str:
    """What members call it; the key itself where the register does not know it."""
    return reading.categories[key].name if key in reading.categories else key


@register.filter
def feature_name(reading: Reading, slug: str) -> str:
    return reading.features[slug].name if slug in reading.features else slug


@register.filter
def fate(reading: Reading, key: str) -> str:
    """What becomes of a kind of data, in one line."""
    uses = [
        shown for one in reading.family(reading.categories[key]) for shown in reading.uses_by_category.get(one.key, [])
    ]
    fed = _counted({shown.use.feature for shown in uses}, "AI feature")
    trained = _counted({shown.use.feature for shown in uses if shown.trains}, "model")
    said = f"Feeds {fed}, trains {trained}" if uses else "Feeds no AI feature"
    more = any(row.category == key for row in reading.undeclared)
    return f"As far as we have declared: {said[0].lower()}{said[1:]}. More was seen" if more else said


@register.filter
def appetite(reading: Reading, slug: str) -> str:
    """How much a feature knows, in one line."""
    uses = reading.uses_by_feature.get(slug, [])
    learned = len({shown.use.category for shown in uses if shown.trains})
    knows = _counted({shown.use.category for shown in uses}, "kind")
    return f"Knows {knows} of data, learns from {learned or 'none'}" if uses else "Uses none of your data"


def _counted(found: set[str], what: str) -> str:
    return f"{len(found) or 'no'} {what}{'' if len(found) == 1 else 's'}"


@register.filter
def purpose(code: str) -> str:
    return purpose_label(code)


@register.filter
def basis(code: str) -> str:
    return legal_basis_label(code)


@register.filter
def depth(clause: Clause) -> int:
    """How deep a clause stands: 3 is 1, 3.2 is 2."""
    return clause.number.count(".") + 1


@register.filter
def concerned(reading: Reading, correction: Correction) -> str:
    """What a correction is about, by the names that members know."""
    return diff.concerned(reading.register, correction)


@register.filter
def field_words(name: str) -> str:
    """A field of the register in plain words."""
    return phrases.words(name)


@register.filter
def moment(when: datetime) -> SafeString:
    """A time as a machine and a person read it."""
    return format_html('<time datetime="{}">{}</time>', when.isoformat(timespec="seconds"), minute(when))


@register.filter
def minute(when: datetime) -> str:
    """A time after “from” or “since”, as it stays: no script turns it into “2 minutes ago”."""
    return f"{day_of(when)}, {when:%H:%M} UTC"


@register.filter
def in_hexadecimal(data: bytes) -> str:
    return bytes(data).hex()


@register.filter
def day_of(when: datetime) -> str:
    """A day, as it stays: no script turns it into “yesterday”."""
    return f"{when.day} {when:%B %Y}"


@register.filter
def exactly(when: datetime) -> str:
    """A moment for the record, as it stays."""
    return f"{day_of(when)} at {when:%H:%M:%S} UTC"


@register.filter
def short(reference: UUID) -> str:
    """The first part of a reference: enough to tell one's own receipts apart."""
    return str(reference)[:8]
