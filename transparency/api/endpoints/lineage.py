"""OpenLineage events in: checked and stored here, applied by a worker.

Plain views, without serializers: they answer thousands of events a second.
"""

import time
from collections.abc import Callable

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from transparency.accounts import bells
from transparency.api.authentication import bearer
from transparency.api.bodies import read_body, require_json
from transparency.api.limiting import require_pace_of_reader, require_pace_of_sender
from transparency.api.parameters import in_address
from transparency.api.problems import Refused
from transparency.catalog import limits
from transparency.catalog.connectors.base import BadEvent
from transparency.catalog.intake import is_behind, record_fault, store_events
from transparency.catalog.models import Source

SCOPE = "lineage:"
STATUS = {"time.ahead": 422} | dict.fromkeys(
    ("body.size", "list.size", "object.size", "facets.count", "facet.size", "batch.size"), 413
)
RING_EVERY_SECONDS = 1.0
LOOK_EVERY_SECONDS = 5.0
RETRY_AFTER_SECONDS = 30

_batch = msgspec.json.Decoder(list[msgspec.Raw])
_rung: dict[int, float] = {}
_looked: dict[int, tuple[float, bool]] = {}


@csrf_exempt
def lineage(request: HttpRequest) -> HttpResponse:
    """Stores one event."""
    return _answer(request, lambda body: [body])


@csrf_exempt
def lineage_batch(request: HttpRequest) -> HttpResponse:
    """Stores a list of events, all of them or none."""
    return _answer(request, split)


def _answer(request: HttpRequest, bodies_of: Callable[[bytes], list[bytes]]) -> HttpResponse:
    try:
        if request.method != "POST":
            raise Refused(405, "method", "Events are sent with POST.", headers={"Allow": "POST"})
        require_json(request)
        source = source_of(request)
        require_pace_of_sender(request)
    except Refused as refused:
        return _refused(request, refused).response()
    try:
        return _store(source, bodies_of(read_body(request)))
    except Refused as refused:
        record_fault(source, refused.code, refused.pointer, refused.detail)
        return refused.response()
    except BadEvent as bad:
        pointer = bad.pointer if bodies_of is split else bad.pointer.removeprefix("/0")
        record_fault(source, bad.code, pointer, bad.message)
        return Refused(STATUS.get(bad.code, 400), bad.code, bad.message, pointer).response()


def _refused(request: HttpRequest, refused: Refused) -> Refused:
    """Whoever has no valid key is known by their address, and may not try keys for ever."""
    try:
        if refused.status == 401:
            require_pace_of_reader(request)
    except Refused as too_often:
        return too_often
    return refused


def _store(source: Source, bodies: list[bytes]) -> HttpResponse:
    if _is_behind(source):
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        raise Refused(429, "backlog", "Too many events wait to be applied; send these again later.", headers=headers)
    stored = store_events(source=source, bodies=bodies)
    ring(source)
    return JsonResponse({"stored": stored.stored, "duplicates": stored.duplicates}, status=201)


TAKES_NONE = (
    "The source of this token takes no events now: it is switched off, or is read in another way. "
    "Its page, under Sources on the staff side, says which."
)


def source_of(request: HttpRequest) -> Source:
    """The source that the bearer of the token may write to. Raises ``Refused`` with 401 or 403."""
    token = bearer(request, "lineage")
    slugs = [scope.removeprefix(SCOPE) for scope in token.scopes if scope.startswith(SCOPE)]
    wanted = request.GET.get("source")
    slugs = [slug for slug in slugs if wanted in (None, slug)]
    if len(slugs) != 1:
        message = "This token may write to no source, or to several: then name one, with ?source= and its short name."
        raise Refused(403, "scope", message, in_address("source"))
    source = Source.objects.filter(slug=slugs[0], enabled=True, connector=Source.Connector.OPENLINEAGE_HTTP).first()
    if source is None:
        raise Refused(403, "source", TAKES_NONE)
    return source


def split(body: bytes) -> list[bytes]:
    """The events of a batch, each as the text that it came as."""
    try:
        events = _batch.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:
        raise BadEvent("", "json", "A batch is a JSON list of events; this is something else.") from fault
    if len(events) > limits.EVENTS:
        raise BadEvent("", "batch.size", f"{len(events):,} events; a batch may have {limits.EVENTS:,}.")
    return [bytes(event) for event in events]


def ring(source: Source) -> None:
    """Tell the workers that there is something to apply, at most once a second for each source.

    The task waits as long as no further bell is rung, so it sees what is stored meanwhile. A bell that isn't heard
    delays the events until the timetable's next sweep, and loses none.
    """
    now = time.monotonic()
    if now - _rung.get(source.pk, -RING_EVERY_SECONDS) < RING_EVERY_SECONDS:
        return
    _rung[source.pk] = now
    bells.ring("transparency.catalog.tasks.refresh_due_sources", countdown=RING_EVERY_SECONDS)


def _is_behind(source: Source) -> bool:
    """Looked up now and then: counting a backlog for every request would help it to grow."""
    now = time.monotonic()
    looked, behind = _looked.get(source.pk, (-LOOK_EVERY_SECONDS, False))
    if now - looked >= LOOK_EVERY_SECONDS:
        looked, behind = now, is_behind(source)
        _looked[source.pk] = looked, behind
    return behind
