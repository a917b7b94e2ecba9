"""A pipeline says that a run honoured the choices up to a sequence."""

from typing import Any

import msgspec
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from transparency.api.answers import Acknowledged
from transparency.api.authentication import pipeline_of, require_assignment
from transparency.api.bodies import read_body, require_json
from transparency.api.problems import Refused
from transparency.enforcement import acknowledgements as room
from transparency.enforcement.actions import acknowledge
from transparency.enforcement.models import Acknowledgement
from transparency.enforcement.obedience import Verdict
from transparency.enforcement.wording import JUDGED

AWAY = "The database does not answer. Send the same again: a run is kept once."
STATUS: dict[type[room.Refused], int] = {room.Unreadable: 400, room.Implausible: 422, room.Contradiction: 409}


@csrf_exempt
def acknowledgements(request: HttpRequest) -> HttpResponse:
    """Keeps one statement: 201 the first time, 200 with the first one where it comes again."""
    try:
        if request.method != "POST":
            raise Refused(405, "method", "Acknowledgements are sent with POST.", headers={"Allow": "POST"})
        require_json(request)
        return _kept(request)
    except Refused as refused:
        return refused.response()
    except OperationalError:
        return Refused(503, "database", AWAY, headers={"Retry-After": "1"}).response()
    except room.Refused as refused:
        return Refused(STATUS[type(refused)], refused.code, refused.message, refused.pointer).response()


def _kept(request: HttpRequest) -> HttpResponse:
    pipeline = pipeline_of(request)
    statement = room.from_json(read_body(request))
    require_assignment(pipeline, statement.feature, statement.stage, "/feature")
    row, is_new = acknowledge(pipeline=pipeline, statement=statement, at=timezone.now())
    body = msgspec.json.encode(_answer(row))
    return HttpResponse(body, status=201 if is_new else 200, content_type="application/json")


def _answer(row: Acknowledgement) -> Acknowledged:
    """The statement as it is kept, and what is to be said of the run."""
    said: dict[str, Any] = {name: getattr(row, name) for name in (*room.FIELDS, "received_at", "missed")}
    verdict = Verdict(row.verdict)
    return Acknowledged(**said, pipeline=row.pipeline.slug, verdict=verdict, explanation=JUDGED[verdict])
