"""Prints public pages: once per edition and stamp, kept compressed in the process, the same bytes for everybody.

Nothing is kept by time. Each request asks which edition is in force and how often anything changed (``standing``); the
page printed for exactly that is sent. So a page is never older than its answer. To strangers ``PressMiddleware`` prints
and sends it before anybody looks for a session or a form's token; to members whose session is as it was stored, before
anybody looks for more than that.
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Lock

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import ResolverMatch, resolve
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.accounts.stored import SessionStore, known_at_once, read_along
from transparency.members import reading, splice
from transparency.members.frame import framed
from transparency.members.offers import PAGE, Offer, otherwise
from transparency.members.reading import Reading
from transparency.members.splice import Halves
from transparency.register import phrases, queries
from transparency.register.standing import ask, standing

ROOM_FOR_PAGES = 4_000
CONTROL = "public, no-cache"
PERSONAL = "no-store, private"  # also where somebody is signed in and nothing is said to them: it might be, next time


@dataclass(frozen=True)
class Printed:
    """One page, ready to send. ``etag`` is the digest of the bytes; ``compressed`` may be empty.

    ``of`` is the standing that it says, ``match`` the address it was printed for, as the log names it. ``halves`` is
    there where readers who are signed in find something of their own on it; ``vary`` says what the answer depends on,
    ``offers`` in which other forms there is the same.
    """

    plain: bytes
    compressed: bytes
    etag: str
    of: tuple[str, str] = ("", "")
    match: ResolverMatch | None = None
    halves: Halves | None = None
    vary: str = "Accept-Encoding"
    offers: tuple[Offer, ...] = ()


Page = Callable[..., tuple[str, dict[str, object]]]
"""Takes the reading and the address's parts; gives a template's name and its context, or raises ``Http404``."""
Own = Callable[[HttpRequest, datetime], str]
"""What a reader alone sees on a page, as HTML; empty for strangers."""
Offers = Callable[..., list[Offer]]
"""Takes what a page takes; gives the other forms that its content is offered in."""

_pages: OrderedDict[str, Printed] = OrderedDict()  # by path, as last printed: no page reads the query
_readings: dict[tuple[str, str], Reading] = {}
_lock = Lock()


def printed(
    page: Page,
    own: Own | None = None,
    *,
    beside: str = "",
    by_reader: bool = False,
    offers: Offers | None = None,
) -> Callable[..., HttpResponse]:
    """A view that sends the page as it stands now, or as it stood at the end of ``day`` (``yyyy-mm-dd``).

    ``own`` is put into today's page at ``splice.MARK``, for its reader alone and into no cache; ``beside`` is what it
    has read along with who is here. ``by_reader`` says that members get another page at the same address. ``offers`` go
    to whoever prefers another form to a page.
    """
    always = "Accept, Accept-Encoding" if offers else "Accept-Encoding"
    vary = f"{always}, Cookie" if own or by_reader else always

    def stranger(request: HttpRequest, at: datetime, day: str = "", **parts: str) -> Printed:
        moment = moment_of(day, at)
        return _kept(request, moment) or _print(page, request, day, moment, parts, always if day else vary, offers)

    @require_safe
    def view(request: HttpRequest, day: str = "", **parts: str) -> HttpResponse:
        at = timezone.now()
        copy = stranger(request, at, day, **parts)
        data = _preferred(request, copy) if otherwise(request.META.get("HTTP_ACCEPT", "")) else None
        if data:
            return data
        words = own(request, at) if own and copy.halves and not day else ""
        if words and copy.halves:
            return _spliced(request, copy.halves, words.encode())
        response = answer(request, copy)
        if own and not day and settings.SESSION_COOKIE_NAME in request.COOKIES:
            response["Cache-Control"] = PERSONAL
        return response

    view.page = page  # type: ignore[attr-defined]  # whether there is one, for whoever leads to it
    view.for_strangers = stranger  # type: ignore[attr-defined]  # what the address says to whoever is not known
    view.beside = beside  # type: ignore[attr-defined]  # read with who is here, by the short way
    return view


def _spliced(request: HttpRequest, halves: Halves, own: bytes) -> HttpResponse:
    headers = {"Cache-Control": PERSONAL}
    if "gzip" not in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        return HttpResponse(splice.plain(halves, own), headers=headers)
    return HttpResponse(splice.packed(halves, own), headers=headers | {"Content-Encoding": "gzip"})


class PressMiddleware:
    """Sends a page that is printed already: to strangers, and to members about whom nothing is unusual.

    Whoever carries a session that is not plainly theirs, and whoever sends a privacy signal, goes the whole way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._sessions = SessionMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or otherwise(request.META.get("HTTP_ACCEPT", "")):
            return self.get_response(request)
        carries = settings.SESSION_COOKIE_NAME in request.META.get("HTTP_COOKIE", "")
        response = self._to_a_member(request) if carries else _to_a_stranger(request)
        return self.get_response(request) if response is None else response

    def _to_a_member(self, request: HttpRequest) -> HttpResponse | None:
        copy, at = _pages.get(request.path), timezone.now()
        match = copy.match if copy else None
        beside = getattr(match.func, "beside", "") if match and not match.kwargs else ""
        if not (match and beside) or "HTTP_SEC_GPC" in request.META:
            return None
        session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        read_along(session, beside)
        user = known_at_once(session, at)
        if user is None or not user.member_key:
            return None
        request.session, request.user, request.resolver_match = session, user, match
        response: HttpResponse = match.func(request)
        return self._sessions.process_response(request, response)


def _preferred(request: HttpRequest, copy: Printed) -> HttpResponse | None:
    """What the page says, in the form that the request likes best; ``None`` where that is the page."""
    wanted = request.get_preferred_type([PAGE, *(one.media_type for one in copy.offers)])
    chosen = next((one for one in copy.offers if one.media_type == wanted), None)
    if chosen is None:
        return None
    match = resolve(chosen.address)
    response: HttpResponse = match.func(request, **match.kwargs)
    response["Content-Location"] = chosen.address
    response["Vary"] = "Accept, Accept-Encoding"  # it is the same for every reader
    return response


def _to_a_stranger(request: HttpRequest) -> HttpResponse | None:
    copy = _for_a_stranger(request, timezone.now())
    if copy is None:
        return None
    request.resolver_match = copy.match
    return answer(request, copy)


def _for_a_stranger(request: HttpRequest, at: datetime) -> Printed | None:
    """The page at this address; ``None`` where it is none that is printed, or tells why there is nothing."""
    copy = _kept(request, at)
    if copy:
        return copy
    try:
        match = request.resolver_match = resolve(request.path_info)
        prints: Callable[..., Printed] | None = getattr(match.func, "for_strangers", None)
        return prints(request, at, **match.kwargs) if prints else None
    except Http404:
        return None


def _kept(request: HttpRequest, moment: datetime) -> Printed | None:
    copy = _pages.get(request.path)
    return copy if copy and copy.of == standing(moment) else None


def end_of(day: str) -> datetime:
    """The last moment of a day, UTC. Raises ``Http404`` for a day that no calendar has."""
    try:
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
        return midnight + timedelta(days=1, microseconds=-1)
    except (ValueError, OverflowError):
        raise Http404(f"There is no day “{day[:40]}”. Write it as 2026-03-01.") from None


def moment_of(day: str, at: datetime) -> datetime:
    """What a page below ``/on/<day>/`` shows: that day's end; ``at`` today, or where none is given. Raises ``Http404``.

    What is scheduled for later today does not hold yet.
    """
    moment = end_of(day) if day else at
    if moment > at and day != (today := at.date().isoformat()):
        raise Http404(f"That day has not come yet. By UTC, which we go by, it is {phrases.day(today)}.")
    return min(moment, at)


def reading_at(moment: datetime) -> Reading:
    """What the pages of this moment are made from, read once per edition and stamp."""
    return _reading(standing(moment), "", moment)


def same_today(path: str, day: str) -> str:
    """Where whoever looks at a page of ``day`` finds the same page of today, or else the overview."""
    return f"/on/today{path.removeprefix(f'/on/{day}')}"


def _print(
    page: Page,
    request: HttpRequest,
    day: str,
    moment: datetime,
    parts: dict[str, str],
    vary: str,
    offers: Offers | None,
) -> Printed:
    stands = standing(moment)
    read = _reading(stands, day, moment)
    template, context = page(read, **parts)
    offered = tuple(offers(read, **parts)) if offers else ()
    context |= {"other_forms": offered, "today": same_today(request.path_info, day)}
    whole = framed(template, context, _site()).encode()
    halves = splice.halves(whole)
    body = splice.plain(halves, b"") if halves else whole
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    copy = Printed(body, gzip.compress(body, 6, mtime=0), etag, stands, request.resolver_match, halves, vary, offered)
    with _lock:
        _pages[request.path] = copy
        while len(_pages) > ROOM_FOR_PAGES:
            _pages.popitem(last=False)
    return copy


def pressed(template: str, context: dict[str, object]) -> Printed:
    """A public page for whoever keeps it by itself, because its address has a question in it."""
    body = framed(template, context, _site()).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Printed(body, gzip.compress(body, 6, mtime=0), etag)


def reading_of(stands: tuple[str, str], day: str, moment: datetime) -> Reading:
    """What a page of that standing is made from; of the end of ``day``, where one looks at the past."""
    return _reading(stands, day, moment)


def _site() -> dict[str, str]:
    return {"organisation": settings.ORGANISATION, "site_name": settings.SITE_NAME}


def _reading(key: tuple[str, str], day: str, moment: datetime) -> Reading:
    """Read once per edition and stamp: a thousand pages are printed from one reading."""
    if day:
        past = reading.on(day, moment, queries.corrections())
        if past is None:
            raise Http404(_before_all(day))
        return past
    if key not in _readings:
        fresh = _undivided(moment)
        with _lock:
            _readings.clear()
            _readings[key] = fresh
    return _readings[key]


def _before_all(day: str) -> str:
    first = queries.edition(1)
    since = f" The first edition holds from {phrases.day(first.effective_at.date().isoformat())}." if first else ""
    return f"On {phrases.day(day)} nothing had been published yet.{since}"


def _undivided(moment: datetime) -> Reading:
    """What stands, from one state of the database: read again where something is published while it is read."""
    before, found = ask(moment), _now(moment)
    while (after := ask(moment)).says != before.says:
        before, found = after, _now(moment)
    return found


def _now(moment: datetime) -> Reading:
    return reading.now(moment, queries.corrections(), queries.coming(moment))


def answer(request: HttpRequest, copy: Printed, content_type: str = "text/html; charset=utf-8") -> HttpResponse:
    """The page, compressed where the browser can, or 304 where it has it already."""
    headers = {"ETag": copy.etag, "Cache-Control": CONTROL, "Vary": copy.vary}
    known = request.META.get("HTTP_IF_NONE_MATCH", "")
    if known and _has(copy.etag, known):
        return HttpResponseNotModified(headers=headers)
    if copy.compressed and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        headers["Content-Encoding"] = "gzip"
        return HttpResponse(copy.compressed, content_type=content_type, headers=headers)
    return HttpResponse(copy.plain, content_type=content_type, headers=headers)


def _has(etag: str, known: str) -> bool:
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in known.split(","))
