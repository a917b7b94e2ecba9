"""Lists of whom to leave out, or of who may be used: whole or what changed since, for the pipeline that asks.

Short ones are made while it waits, long ones by a worker: then the answer is 202, and says where the list will be.
"""

import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import Error
from django.http import FileResponse, HttpRequest, HttpResponseNotModified, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from transparency.accounts import bells
from transparency.api.authentication import pipeline_of, require_assignment
from transparency.api.parameters import Parameter, asked, in_address, one_of, text
from transparency.api.problems import Refused
from transparency.enforcement import queries
from transparency.enforcement.actions import Lost, OutOfReach, fetch_list, give_list, order_list, record_delivery
from transparency.enforcement.decisions import BadQuestion, check_stage
from transparency.enforcement.forms import FORMS, accepted, measured, write
from transparency.enforcement.keeping import NotNow
from transparency.enforcement.lists import bitmaps
from transparency.enforcement.lists.header import Header, Kind, from_json, signature
from transparency.enforcement.models import KeptList, Pipeline
from transparency.enforcement.suppressions import Conflict, Listing, Wanted, changes, size, standing, whole

log = logging.getLogger(__name__)

IN_MEMORY = 8 * 1024 * 1024  # bytes of an answer; a longer one waits on the disk
SOON = 2  # seconds until it is worth asking for a list again
AWHILE = 30  # the same, while the storage is away
FRESH = timedelta(minutes=10)
"""For how long a list that was made is given to others who ask: they catch up from there."""
STATUS = {"question": 400, "sequence.future": 409}


def _categories(value: str) -> tuple[str, ...]:
    return tuple(sorted(set(value.split(","))))


def _sequence(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise ValueError("expected a whole number, 0 or more.")
    return int(value)


PARAMETERS = (
    text("feature", "Slug of the AI feature. Needed."),
    text("stage", "Training, fine_tuning, inference or evaluation. Needed."),
    Parameter(
        "categories",
        "Keys of the data categories, with commas. Without it: all that the feature uses at this stage.",
        {"type": "string"},
        _categories,
    ),
    one_of("kind", "Refuse to answer with a list of the other kind.", [kind.value for kind in Kind]),
    one_of("format", "The form of the answer, before what Accept says.", list(FORMS)),
    Parameter(
        "min_sequence",
        "Answer from this choice or a later one, or not at all.",
        {"type": "integer", "minimum": 0},
        _sequence,
    ),
    Parameter(
        "since",
        "The sequence of the list that you have: only what changed after it is answered. Needs “base”.",
        {"type": "integer", "minimum": 0},
        _sequence,
    ),
    text("base", "The base of the list that you have, as its header says."),
)


def _refusing(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, for GET only, with a problem document wherever there is no list."""

    @wraps(view)
    def refusing(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        try:
            if request.method not in ("GET", "HEAD"):
                raise Refused(405, "method", "Lists are read with GET.", headers={"Allow": "GET, HEAD"})
            return view(request, **parts)
        except Refused as refused:
            return refused.response()
        except (BadQuestion, Conflict, bitmaps.NoBitmap, NotNow) as refused:
            return _said(refused).response()
        except Error:
            log.exception("A list could not be made: the database can't be asked.")
            return _later("database", "The database can't be asked now.", 5).response()

    return csrf_exempt(refusing)  # a key is sent, never a cookie; and who uses POST is told what to use


def _said(refused: BadQuestion | Conflict | bitmaps.NoBitmap | NotNow) -> Refused:
    if isinstance(refused, BadQuestion):
        status = STATUS.get(refused.code, 422)
        return Refused(status, refused.code, refused.message, in_address(refused.pointer))
    if isinstance(refused, Conflict):
        return Refused(409, refused.code, str(refused), in_address(refused.field))
    if isinstance(refused, bitmaps.NoBitmap):
        return Refused(406, "roaring", str(refused))
    return _later("not_now", str(refused), refused.retry_after)


@_refusing
def suppressions(request: HttpRequest) -> HttpResponseBase:
    """The list as of now."""
    pipeline = pipeline_of(request)
    given = asked(dict(request.GET.lists()), PARAMETERS)
    for name in ("feature", "stage"):
        if name not in given:
            raise Refused(400, "parameter", f"Say which {name}: ?{name}=…", pointer=in_address(name))
    check_stage(given["stage"])
    require_assignment(pipeline, given["feature"], given["stage"], in_address("feature"))
    return _listed(request, pipeline, given)


@_refusing
def suppressions_kept(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """A list that a worker makes, or made."""
    pipeline = pipeline_of(request)
    row = queries.kept_list(pipeline, reference)
    if row is None:
        raise Refused(404, "list", "There is no such list of yours, or it has expired. Ask for it again.")
    require_assignment(pipeline, row.feature, row.stage, "")  # neither is named
    return _kept(request, row)


def _later(code: str, message: str, seconds: int) -> Refused:
    return Refused(503, code, message, headers={"Retry-After": str(seconds)})


def _listed(request: HttpRequest, pipeline: Pipeline, given: dict[str, Any]) -> HttpResponseBase:
    form = _form(request, given)
    kind = Kind(given["kind"]) if "kind" in given else None
    sequence = given.get("min_sequence", 0)
    wanted = Wanted(given["feature"], given["stage"], given.get("categories"), sequence, kind)
    if "since" in given:
        if "base" not in given:
            message = "Say which list you have, with ?base= as its header says: a sequence alone can't tell."
            raise Refused(400, "parameter", message, pointer=in_address("base"))
        return _sent(request, pipeline, form, changes(pipeline, wanted, given["since"], given["base"]))
    return _whole(request, pipeline, wanted, form)


def _whole(request: HttpRequest, pipeline: Pipeline, wanted: Wanted, form: str) -> HttpResponseBase:
    now, (count, texts) = standing(wanted), size(wanted)
    if form == "roaring" and texts:
        raise bitmaps.NoBitmap(bitmaps.TEXTUAL)
    etag = f'"{now.base}.{now.edition}.{now.sequence}.{form}"'
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    if etag in known and wanted.min_sequence <= now.sequence:
        _note(pipeline, wanted.feature, wanted.stage, now.sequence)
        return HttpResponseNotModified(headers={"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept"})
    if count > settings.SUPPRESSIONS_AT_ONCE:
        return _long(request, pipeline, wanted, form, now.base)
    return _sent(request, pipeline, form, whole(pipeline, wanted))


def _form(request: HttpRequest, given: dict[str, Any]) -> str:
    form = given.get("format") or accepted(f"{one.main_type}/{one.sub_type}" for one in request.accepted_types)
    if form is None:
        known = ", ".join(one.media_type for one in FORMS.values())
        raise Refused(406, "accept", f"Lists can be had as {known}; or name a form, with ?format=.")
    return str(form)


def _sent(request: HttpRequest, pipeline: Pipeline, form: str, listing: Listing) -> HttpResponseBase:
    """Written as a whole before the first byte goes out: what fails half-way is never sent as a list."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by the answer
    write(form, file, listing)
    return _answer(request, pipeline, form, listing.header, file, *measured(file))


def _answer(
    request: HttpRequest, pipeline: Pipeline, form: str, header: Header, file: IO[bytes], length: int, digest: bytes
) -> HttpResponseBase:
    secret = request.headers.get("Authorization", "").partition(" ")[2].strip()
    given = give_list(pipeline=pipeline, header=header, at=timezone.now())
    headers = {
        "Suppressions-Kind": header.kind.value,
        "Suppressions-Edition": str(header.edition),
        "Suppressions-Sequence": str(header.sequence),
        "Suppressions-Base": header.base,
        "Suppressions-Count": str(header.count),
        "Suppressions-Digest": header.digest,
        "Suppressions-Expires": header.expires.isoformat(),
        "Suppressions-Signature": signature(header.seal, secret),
        "Suppressions-Entry": str(given.pk),
        "Suppressions-Salt": bytes(given.salt).hex(),
        "Repr-Digest": f"sha-256=:{b64encode(digest).decode()}:",
        "Content-Length": str(length),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept",
    }
    if header.changes is None:
        headers["ETag"] = f'"{header.base}.{header.edition}.{header.sequence}.{form}"'
    _note(pipeline, header.feature, header.stage, header.sequence)
    return FileResponse(file, content_type=FORMS[form].media_type, headers=headers)


def _note(pipeline: Pipeline, feature: str, stage: str, sequence: int) -> None:
    record_delivery(pipeline=pipeline, feature=feature, stage=stage, sequence=sequence, at=timezone.now())


def _long(request: HttpRequest, pipeline: Pipeline, wanted: Wanted, form: str, base: str) -> HttpResponseBase:
    """One that was made lately, or else the promise of one."""
    now = timezone.now()
    row = queries.ready_lists(pipeline, wanted.feature, wanted.stage, wanted.categories or (), form).first()
    if row is None or not _serves(row, wanted, base, now):
        row, is_new = order_list(pipeline=pipeline, wanted=wanted, form=form, at=now)
        if is_new:
            bells.ring("enforcement.make_list", row.pk)  # unheard, it stays ordered: the timetable rings again
    return _kept(request, row)


def _serves(row: KeptList, wanted: Wanted, base: str, now: datetime) -> bool:
    header = from_json(row.header.encode())
    fits = header.base == base and header.sequence >= wanted.min_sequence
    half = header.created + (header.expires - header.created) / 2
    return fits and now < min(half, header.created + FRESH)


def _kept(request: HttpRequest, row: KeptList) -> HttpResponseBase:
    if row.state == KeptList.State.READY:
        return _from_store(request, row)
    if row.state == KeptList.State.FAILED:
        raise _later("list.failed", f"{row.error} Ask for the list again.", SOON)
    location = reverse("api:suppressions-kept", args=(row.reference,))
    headers = {"Location": location, "Retry-After": str(SOON), "Cache-Control": "no-store"}
    body = {"state": row.state, "done": row.done, "total": row.total, "location": location}
    return JsonResponse(body, status=202, headers=headers)


def _from_store(request: HttpRequest, row: KeptList) -> HttpResponseBase:
    header = from_json(row.header.encode())
    if header.expires <= timezone.now():
        raise Refused(410, "list.expired", "This list has expired. Ask for it again.")
    try:
        file = fetch_list(kept=row)
    except Lost as lost:
        raise _later("list.lost", f"{lost} Ask for the list again.", SOON) from lost
    except OutOfReach as fault:
        raise _later("list.storage", "Where long lists are kept can't be read now.", AWHILE) from fault
    return _answer(request, row.pipeline, row.form, header, file, row.size or 0, bytes.fromhex(row.sha256))
