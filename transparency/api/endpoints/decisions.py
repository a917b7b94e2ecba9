"""A pipeline asks whose data it may use: up to 100,000 members at once, as JSON, as lines or as Arrow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from transparency.api import answers
from transparency.api.authentication import asking, foreign
from transparency.api.bodies import read_body, require_utf8
from transparency.api.parameters import Parameter, asked, in_address, text
from transparency.api.places import Places
from transparency.api.problems import Refused
from transparency.consent.queries import NotPrimary
from transparency.enforcement import arrow
from transparency.enforcement import decisions as room
from transparency.enforcement.actions import record_delivery
from transparency.enforcement.decisions import BadQuestion, Question
from transparency.enforcement.keeping import NotNow
from transparency.enforcement.models import Pipeline
from transparency.enforcement.projections import Decisions, Vantage, decide, still_true

MOST_BYTES = 8 * 1024 * 1024  # 100,000 keys of 64 characters
JSON, LINES, ARROW = "application/json", "application/x-ndjson", "application/vnd.apache.arrow.stream"
STATUS = {"question": 400, "sequence.future": 409}
TRIES = 3
IN_BODY = "A question in JSON holds all of it in its body: say nothing in the address."


def _categories(value: str) -> tuple[str, ...]:
    return tuple(value.split(","))


def _sequence(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise ValueError("expected a whole number, 0 or more.")
    return int(value)


PARAMETERS = (
    text("feature", "Slug of the AI feature. With lines and Arrow only: a JSON question holds it."),
    text("stage", "Training, fine_tuning, inference or evaluation. With lines and Arrow only."),
    Parameter(
        "categories",
        "Keys of the data categories, with commas: all of them must be allowed. With lines and Arrow only.",
        {"type": "string"},
        _categories,
    ),
    Parameter(
        "min_sequence",
        "Answer from this choice or a later one, or not at all. With lines and Arrow only.",
        {"type": "integer", "minimum": 0},
        _sequence,
    ),
)


@dataclass(frozen=True)
class Asked:
    """A question, and how its answer is written."""

    question: Question
    write: Callable[[Decisions], bytes]


class TooLate(Exception):  # noqa: N818 - a decision about an answer
    """The process was paused after the answer was made. Nothing is sent: the connection ends."""


class Answer(HttpResponse):
    """An answer that looks at the clock once more when the server takes it to send it."""

    def __init__(self, found: Decisions, body: bytes, kind: str) -> None:
        headers = {"Decided-Edition": str(found.edition), "Decided-Sequence": str(found.sequence)}
        headers |= {"Decided-At": _moment(found), "Cache-Control": "no-store"}
        super().__init__(body, content_type=kind, headers=headers)
        self._found = found

    def __iter__(self) -> Iterator[bytes]:
        if still_true(self._found) is None:
            raise TooLate("The process was paused before the answer could be sent; something was chosen meanwhile.")
        return super().__iter__()


@csrf_exempt
def decisions(request: HttpRequest) -> HttpResponse:
    """Answers one question, or refuses it: there is no answer but of now."""
    try:
        if request.method != "POST":
            raise Refused(405, "method", "Questions are sent with POST.", headers={"Allow": "POST"})
        with _place():
            return _answer(request)
    except Refused as refused:
        return refused.response()
    except NotNow as not_now:
        return _later("not_now", str(not_now), not_now.retry_after).response()
    except (Error, NotPrimary):
        return _later("database", "The database can't be asked now.", 5).response()


def _answer(request: HttpRequest) -> HttpResponse:
    pipeline, known, vantage = asking(request)
    kind = request.content_type
    if kind not in READERS:
        raise Refused(415, "content_type", f"Send {', '.join(READERS)}.")
    require_utf8(request)
    raw, asks_in_address = read_body(request, MOST_BYTES), kind != JSON
    if request.GET and not asks_in_address:
        raise Refused(400, "parameter", IN_BODY, pointer=in_address(next(iter(request.GET))))
    try:
        one = READERS[kind](request, raw)
        room.check_stage(one.question.stage)
        if not known.is_assigned(one.question.feature, one.question.stage):
            raise foreign(_pointer("/feature", asks_in_address))
        return _decided(pipeline, one, kind, vantage)
    except BadQuestion as bad:
        raise Refused(STATUS.get(bad.code, 422), bad.code, bad.message, _pointer(bad.pointer, asks_in_address)) from bad


def _decided(pipeline: Pipeline, one: Asked, kind: str, vantage: Vantage | None) -> HttpResponse:
    it = one.question
    for _ in range(TRIES):
        found = decide(it.feature, it.stage, it.categories, it.members, it.min_sequence, vantage)
        body = one.write(found)
        _note(pipeline, it.feature, it.stage, found)
        still = still_true(found)
        if still:
            return Answer(still, body, kind)
        vantage = None
    raise NotNow("Choices came faster than they could be answered. Ask again.", retry_after=2)


@contextmanager
def _place() -> Iterator[None]:
    """One of the places for those who ask; the rest of the server's threads stay free for members."""
    places = _places(settings.DECISIONS_AT_ONCE)
    if not places.take():
        raise _later("busy", "Too many questions at once. Ask again.", 1)
    try:
        yield
    finally:
        places.give_back()


@cache
def _places(count: int) -> Places:
    return Places(count)


_noted: dict[tuple[int, str, str], tuple[int, datetime]] = {}


def _note(pipeline: Pipeline, feature: str, stage: str, found: Decisions) -> None:
    """Keep how far the choices are that the pipeline was given; nothing new within a minute is not written again."""
    key, minute = (pipeline.pk, feature, stage), found.vantage.at.replace(second=0, microsecond=0)
    if _noted.get(key) != (found.sequence, minute):
        at = found.vantage.at
        record_delivery(pipeline=pipeline, feature=feature, stage=stage, sequence=found.sequence, at=at)
        _noted[key] = found.sequence, minute


def _later(code: str, message: str, seconds: int) -> Refused:
    return Refused(503, code, message, headers={"Retry-After": str(seconds)})


def _pointer(pointer: str, asks_in_address: bool) -> str:
    """Where the fault is: in the body, or, as a field of a question that stands in the address, there."""
    place = in_address(pointer)
    return place if asks_in_address and place in {in_address(one.name) for one in PARAMETERS} else pointer


def _moment(found: Decisions) -> str:
    return found.vantage.at.isoformat().replace("+00:00", "Z")


def _json(request: HttpRequest, raw: bytes) -> Asked:
    return Asked(room.from_json(raw), _as_json)


def _as_json(found: Decisions) -> bytes:
    said = answers.Decided(found.edition, found.sequence, found.vantage.at, found.allowed.tolist())
    return msgspec.json.encode(said)


def _lines(request: HttpRequest, raw: bytes) -> Asked:
    question = _in_address(request, room.from_lines(raw))
    lines = room.lines_of(raw)

    def write(found: Decisions) -> bytes:
        words = (b',"allowed":false}\n', b',"allowed":true}\n')
        pairs = zip(lines, found.allowed.tolist(), strict=True)
        return b"".join([b'{"member":' + line.strip() + words[allowed] for line, allowed in pairs])

    return Asked(question, write)


def _arrow(request: HttpRequest, raw: bytes) -> Asked:
    members, column = arrow.read(raw)

    def write(found: Decisions) -> bytes:
        metadata = {"edition": str(found.edition), "sequence": str(found.sequence), "decided_at": _moment(found)}
        return arrow.written(column, found.allowed, metadata)

    return Asked(_in_address(request, members), write)


def _in_address(request: HttpRequest, members: room.Members) -> Question:
    given: dict[str, Any] = asked(dict(request.GET.lists()), PARAMETERS)
    for name in ("feature", "stage", "categories"):
        if name not in given:
            raise Refused(400, "parameter", f"Say which: ?{name}= is missing.", pointer=in_address(name))
    least = given.get("min_sequence", 0)
    room.check(given["categories"], least)
    return Question(given["feature"], given["stage"], given["categories"], members, least)


READERS: dict[str, Callable[[HttpRequest, bytes], Asked]] = {JSON: _json, LINES: _lines, ARROW: _arrow}
