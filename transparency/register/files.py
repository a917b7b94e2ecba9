"""Editions as files in other formats: written once for each edition and kept in the process, the same for everybody."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from transparency.register.documents import decode
from transparency.register.exports import dpv, model_card
from transparency.register.exports.formats import BY_KEY, Format
from transparency.register.exports.source import Source
from transparency.register.models import Edition

KEPT = 300
"""Files; those of a large register are some hundred kilobytes each."""


@dataclass(frozen=True)
class File:
    """A document ready to be handed over."""

    body: bytes
    media_type: str
    name: str


def source(edition: Edition) -> Source:
    """The edition, as the formats read it."""
    document, exact = decode(edition.document), edition.document.encode()
    site = settings.PUBLIC_URL.rstrip("/")
    people = settings.ORGANISATION, settings.DATA_PROTECTION_OFFICER, settings.REPRESENTATIVE
    return Source(document, exact, edition.digest, document.register, site, *people)


def whole(edition: Edition, form: Format) -> File:
    """All of the edition, in one format."""
    return _whole(edition.number, edition.digest, form.key, edition.document)


def about_category(edition: Edition, key: str) -> File | None:
    """A kind of data and its uses as linked data; ``None`` where the edition has no such kind."""
    return _linked(source(edition).of_category(key), key)


def about_feature(edition: Edition, slug: str) -> File | None:
    """An AI feature and its uses as linked data."""
    return _linked(source(edition).of_feature(slug), slug)


def about_use(edition: Edition, name: str) -> File | None:
    """One use as linked data."""
    return _linked(source(edition).of_use(name), name.replace("/", "-"))


def card(edition: Edition, slug: str) -> File | None:
    """The model card of an AI feature."""
    found = source(edition)
    if slug not in found.features:
        return None
    return File(model_card.write_one(found, slug), model_card.MEDIA_TYPE, f"{slug}.md")


def _linked(part: Source | None, name: str) -> File | None:
    return File(dpv.write(part), dpv.MEDIA_TYPE, f"{name}.jsonld") if part else None


@lru_cache(maxsize=KEPT)
def _whole(number: int, digest: str, key: str, document: str) -> File:
    form = BY_KEY[key]
    edition = Edition(number=number, digest=digest, document=document)
    body = form.write(source(edition))
    name = form.path.format(number=number).replace("/", "-")
    return File(body, form.media_type, f"edition-{name}")
