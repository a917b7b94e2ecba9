"""Prints public pages: once per edition and stamp, kept compressed in the process, the same bytes for everybody.

Nothing is kept by time. Each request asks which edition is in force and how often anything changed (``standing``); the
page printed for exactly that is sent. So a page is never older than its answer.
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Lock

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.members import reading
from transparency.members.reading import Reading
from transparency.register.standing import standing

ROOM_FOR_PAGES = 4_000
CONTROL = "public, no-cache"


@dataclass(frozen=True)
class Printed:
    """One page, ready to send. ``etag`` is the digest of the bytes; ``compressed`` may be empty."""

    plain: bytes
    compressed: bytes
    etag: str


Page = Callable[..., tuple[str, dict[str, object]]]
"""Takes the reading and the address's parts; gives a template's name and its context, or raises ``Http404``."""

_pages: OrderedDict[tuple[object, ...], Printed] = OrderedDict()
_readings: dict[tuple[object, object], Reading] = {}
_lock = Lock()


def printed(page: Page) -> Callable[..., HttpResponse]:
    """A view that sends the page as it stands now, or as it stood at the end of ``day`` (``yyyy-mm-dd``)."""

    @require_safe
    def view(request: HttpRequest, day: str = "", **parts: str) -> HttpResponse:
        at = timezone.now()
        moment = end_of(day) if day else at
        if moment > at and day != at.date().isoformat():
            raise Http404("That day has not come yet.")
        name = (*standing(moment), request.path, request.META.get("QUERY_STRING", ""))
        copy = _pages.get(name) or _print(page, name, day, moment, parts)
        return answer(request, copy)

    return view


def end_of(day: str) -> datetime:
    """The last moment of a day, UTC. Raises ``Http404`` for a day that no calendar has."""
    try:
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
        return midnight + timedelta(days=1, microseconds=-1)
    except (ValueError, OverflowError):
        raise Http404(f"There is no day “{day[:40]}”. Write it as 2026-03-01.") from None


def _print(page: Page, name: tuple[object, ...], day: str, moment: datetime, parts: dict[str, str]) -> Printed:
    template, context = page(_reading((name[0], name[1]), day, moment), **parts)
    body = render_to_string(template, _site() | context).encode()
    copy = Printed(body, gzip.compress(body, 6, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:32]}"')
    with _lock:
        _pages[name] = copy
        while len(_pages) > ROOM_FOR_PAGES:
            _pages.popitem(last=False)
    return copy


def _site() -> dict[str, object]:
    return {"organisation": settings.ORGANISATION, "site_name": settings.SITE_NAME}


def _reading(key: tuple[object, object], day: str, moment: datetime) -> Reading:
    """Read once per edition and stamp: a thousand pages are printed from one reading."""
    if day:
        past = reading.on(day, moment)
        if past is None:
            raise Http404(f"On {day} nothing had been published yet.")
        return past
    if key not in _readings:
        fresh = reading.now(moment)
        with _lock:
            _readings.clear()
            _readings[key] = fresh
    return _readings[key]


def answer(request: HttpRequest, copy: Printed, content_type: str = "text/html; charset=utf-8") -> HttpResponse:
    """The page, compressed where the browser can, or 304 where it has it already."""
    response: HttpResponse
    if copy.etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]:
        response = HttpResponseNotModified()
    elif copy.compressed and "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(copy.compressed, content_type=content_type, headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(copy.plain, content_type=content_type)
    response["ETag"], response["Cache-Control"], response["Vary"] = copy.etag, CONTROL, "Accept-Encoding"
    return response
