"""Editions as files in other formats: written once for each edition and kept in the process, the same for everybody.

Once it is known that an edition never holds, its files say so, and are written anew: all but the canonical JSON, which
never changes. Of that one, whoever hands it over says so.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from transparency.register import queries
from transparency.register.documents import decode, iso
from transparency.register.exports import dpv, model_card
from transparency.register.exports.formats import BY_KEY, Format
from transparency.register.exports.source import Instead, Source, never
from transparency.register.models import Edition
from transparency.register.queries import Around

KEPT = 300
"""Files; those of a large register are some hundred kilobytes each."""


@dataclass(frozen=True)
class File:
    """A document ready to be handed over. ``instead`` is the edition that holds where this one never does, or 0."""

    body: bytes
    media_type: str
    name: str
    instead: int = 0


def source(edition: Edition, around: Around | None = None) -> Source:
    """The edition, as the formats read it; ``around`` is what stands around it, where that is known already."""
    document, exact = decode(edition.document), edition.document.encode()
    site = settings.PUBLIC_URL.rstrip("/")
    people = settings.ORGANISATION, settings.DATA_PROTECTION_OFFICER, settings.REPRESENTATIVE
    told = around or queries.around(edition)
    instead = Instead(told.instead, iso(told.since)) if told.instead and told.since else None
    by = document, exact, edition.digest, document.register, site
    return Source(*by, *people, before=told.before, instead=instead)


def sentence(edition: Edition) -> str:
    """That this edition never holds, and which one does, in words; empty where it does, or will."""
    instead = queries.around(edition).instead
    return never(edition.number, instead) if instead else ""


def whole(edition: Edition, form: Format, around: Around | None = None) -> File:
    """All of the edition, in one format."""
    return _whole(edition.number, edition.digest, form.key, edition.document, around or queries.around(edition))


def about_category(edition: Edition, key: str, around: Around | None = None) -> File | None:
    """A kind of data and its uses as linked data; ``None`` where the edition has no such kind."""
    return _linked(source(edition, around).of_category(key), key)


def about_feature(edition: Edition, slug: str, around: Around | None = None) -> File | None:
    """An AI feature and its uses as linked data."""
    return _linked(source(edition, around).of_feature(slug), slug)


def about_use(edition: Edition, name: str, around: Around | None = None) -> File | None:
    """One use as linked data."""
    return _linked(source(edition, around).of_use(name), name.replace("/", "-"))


def card(edition: Edition, slug: str, around: Around | None = None) -> File | None:
    """The model card of an AI feature."""
    found = source(edition, around)
    if slug not in found.features:
        return None
    return File(model_card.write_one(found, slug), model_card.MEDIA_TYPE, f"{slug}.md", _number(found.instead))


def _linked(part: Source | None, name: str) -> File | None:
    return File(dpv.write(part), dpv.MEDIA_TYPE, f"{name}.jsonld", _number(part.instead)) if part else None


def _number(instead: Instead | None) -> int:
    return instead.number if instead else 0


@lru_cache(maxsize=KEPT)
def _whole(number: int, digest: str, key: str, document: str, around: Around) -> File:
    form = BY_KEY[key]
    body = form.write(source(Edition(number=number, digest=digest, document=document), around))
    name = form.path.format(number=f"{number}-never-in-force" if around.instead else number).replace("/", "-")
    return File(body, form.media_type, f"edition-{name}", around.instead)
