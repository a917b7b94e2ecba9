"""``/downloads/`` and the files of each edition: can I take it with me?"""

import gzip
import hashlib
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from transparency.members.press import Printed, answer
from transparency.members.reading import Reading
from transparency.register import files, queries
from transparency.register.exports.formats import BY_FILE, FORMATS
from transparency.register.files import File
from transparency.register.models import Edition
from transparency.register.queries import Around

FORMS = "|".join(one.replace(".", r"\.") for one in BY_FILE)
"""The names of the files that every edition has, for addresses."""


def downloads(reading: Reading) -> tuple[str, dict[str, object]]:
    """Every file of the edition, with what it is and who uses it."""
    return "members/downloads.html", {"reading": reading, "files": of_edition(reading.number)}


def of_edition(number: int) -> list[dict[str, object]]:
    """Each format with the address of this edition's file; none before the first edition."""
    return [{"form": one, "address": one.address(number)} for one in FORMATS] if number else []


@require_safe
def whole(request: HttpRequest, number: str, file: str) -> HttpResponse:
    """The edition in one format, to be kept."""
    edition, around = _edition(number)
    found = files.whole(edition, BY_FILE[file], around)
    response = _sent(request, found)
    response["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return response


@require_safe
def category(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """A kind of data and its uses, as linked data."""
    edition, around = _edition(number)
    return _part(request, files.about_category(edition, key, around))


@require_safe
def feature(request: HttpRequest, number: str, slug: str) -> HttpResponse:
    """An AI feature and its uses, as linked data."""
    edition, around = _edition(number)
    return _part(request, files.about_feature(edition, slug, around))


@require_safe
def use(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """A use, as linked data."""
    edition, around = _edition(number)
    return _part(request, files.about_use(edition, name, around))


@require_safe
def card(request: HttpRequest, number: str, slug: str) -> HttpResponse:
    """The model card of an AI feature."""
    edition, around = _edition(number)
    return _part(request, files.card(edition, slug, around))


def _edition(number: str) -> tuple[Edition, Around]:
    found = queries.edition_and_around(int(number))
    if found is None:
        raise Http404(f"There is no edition {number[:12]}.")
    return found


def _part(request: HttpRequest, found: File | None) -> HttpResponse:
    if found is None:
        raise Http404("This edition says nothing of that.")
    return _sent(request, found)


def _sent(request: HttpRequest, found: File) -> HttpResponse:
    text = found.media_type.startswith("text/")
    response = answer(request, _packed(found), f"{found.media_type}; charset=utf-8" if text else found.media_type)
    response["Access-Control-Allow-Origin"] = "*"
    return told(response, found.instead)


def told(response: HttpResponse, instead: int) -> HttpResponse:
    """The answer, naming the edition that holds where this one never does (RFC 5829), for whoever reads no text."""
    if instead:
        title = f"Never in force: edition {instead} is instead"
        response["Link"] = f'</editions/{instead}/>; rel="successor-version"; title="{title}"'
    return response


@lru_cache(maxsize=files.KEPT)
def _packed(found: File) -> Printed:
    etag = f'"{hashlib.sha256(found.body).hexdigest()[:32]}"'
    packed = b"" if found.media_type == "application/zip" else gzip.compress(found.body, 6, mtime=0)
    return Printed(found.body, packed, etag)
