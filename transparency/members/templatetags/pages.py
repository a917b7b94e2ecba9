"""Tags and filters that pages need to speak plainly."""

from datetime import datetime

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from transparency.members.reading import Reading
from transparency.register.vocabulary import label, legal_basis_label, purpose_label

register = template.Library()


@register.simple_tag(takes_context=True)
def link(context: template.Context, name: str, **parts: str) -> str:
    """The address of a page; below ``/on/<day>/`` where the reader looks at the past."""
    reading = context.get("reading")
    if reading and reading.day:
        return reverse(f"members:on:{name}", kwargs={**parts, "day": reading.day})
    return reverse(f"members:{name}", kwargs=parts)


@register.filter
def in_words(code: str, field: str) -> str:
    """A code of the register in plain words."""
    return label(field, str(code))


@register.filter
def category_name(reading: Reading, key: str) -> str:
    """What members call it; the key itself where the register does not know it."""
    return reading.categories[key].name if key in reading.categories else key


@register.filter
def feature_name(reading: Reading, slug: str) -> str:
    return reading.features[slug].name if slug in reading.features else slug


@register.filter
def purpose(code: str) -> str:
    return purpose_label(code)


@register.filter
def basis(code: str) -> str:
    return legal_basis_label(code)


@register.filter
def moment(when: datetime) -> SafeString:
    """A time as a machine and a person read it."""
    day = f"{when.day} {when:%B %Y, %H:%M} UTC"
    return format_html('<time datetime="{}">{}</time>', when.isoformat(timespec="seconds"), day)


@register.filter
def in_hexadecimal(data: bytes) -> str:
    return bytes(data).hex()
