"""The platform's own settings page: it records what a member chose there, and asks what holds for them.

A member is named in the body of a POST, never in an address: addresses end in logs.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from transparency.api.answers import ChoiceAsked, ChoiceMade, Holding, Holdings, MemberAsked
from transparency.api.authentication import bearer
from transparency.api.bodies import read_body, require_json
from transparency.api.problems import Refused
from transparency.api.strict import decoded
from transparency.consent import actions, queries
from transparency.consent.keys import BadKey, canonical
from transparency.consent.models import Choice, Origin
from transparency.consent.offers import Offers
from transparency.consent.precedence import Decision, Outcome

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
DECISIONS = {"refuse": Decision.REFUSE, "allow": Decision.ALLOW, "follow": Decision.FOLLOW}
# What the room refuses: the status, a code, and the field that it is about.
REFUSALS: dict[type[actions.Refused], tuple[int, str, str]] = {
    actions.UnknownScope: (422, "scope.unknown", "/scope"),
    actions.NotOffered: (422, "scope.necessary", "/scope"),
    actions.Changed: (409, "changed", "/edition"),
    actions.Stale: (409, "stale", "/expected"),
    actions.Reused: (422, "idempotency.reused", ""),
}
AWAY = "The database does not answer. Send the same again, with the same Idempotency-Key: nothing is recorded twice."

_asked = msgspec.json.Decoder(ChoiceAsked)
_member = msgspec.json.Decoder(MemberAsked)
_encode = msgspec.json.Encoder().encode


@csrf_exempt
def choices(request: HttpRequest) -> HttpResponse:
    """Records one choice: 201 with what the receipt holds, also where the same request came before."""
    return _answered(request, _choose)


@csrf_exempt
def choices_query(request: HttpRequest) -> HttpResponse:
    """Says what holds for one member, and by which of their choices."""
    return _answered(request, _look)


def _answered(request: HttpRequest, act: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    try:
        if request.method != "POST":
            words = "Name the member in the body of a POST: addresses end in logs."
            raise Refused(405, "method", words, headers={"Allow": "POST"})
        require_json(request)
        if queries.MAY_RECORD not in bearer(request, "choices").scopes:
            raise Refused(403, "scope", "This key may not record choices. An administrator issues one that may.")
        return act(request)
    except Refused as refused:
        return refused.response()
    except OperationalError:
        return Refused(503, "database", AWAY, headers={"Retry-After": "1"}).response()


def _choose(request: HttpRequest) -> HttpResponse:
    asked = decoded(read_body(request), _asked)
    key, at = _idempotency_key(request), timezone.now()
    decision, offered = DECISIONS[asked.decision], queries.offers(at)
    _check(asked, decision, offered)
    said: dict[str, Any] = {"decision": decision, "edition": asked.edition or 0, "expected": asked.expected}
    try:
        choice = actions.settle(
            member=_key(asked.member), scope=asked.scope, origin=Origin.API, at=at, request=f"api {key}", **said
        )
    except actions.Refused as refused:
        status, code, pointer = REFUSALS[type(refused)]
        raise Refused(status, code, str(refused), pointer=pointer) from None
    return _json(_made(choice), HTTPStatus.CREATED)


def _idempotency_key(request: HttpRequest) -> str:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not IDEMPOTENCY_KEY.fullmatch(key):
        words = "Send an Idempotency-Key of 1 to 255 visible ASCII characters, a new one with each choice."
        raise Refused(400, "idempotency.key", words)
    return str(key)


def _check(asked: ChoiceAsked, decision: Decision, offered: Offers) -> None:
    """A refusal is always heard; whatever else a member says must rest on what they had before them."""
    for name in ("edition", "expected") if decision != Decision.REFUSE else ():
        if getattr(asked, name) is None:
            raise Refused(400, "missing", f"All but a refusal needs “{name}”: what the member saw.", pointer=f"/{name}")
    if asked.edition is not None and asked.edition > offered.edition:
        words = f"Edition {asked.edition} is not in force yet; {offered.edition} is."
        raise Refused(422, "edition.future", words, pointer="/edition")


def _key(member: int | str) -> str:
    try:
        return canonical(member)
    except BadKey as bad:
        raise Refused(400, "member", str(bad), pointer="/member") from None


def _look(request: HttpRequest) -> HttpResponse:
    """The head is read before the choices: everything up to it is in the answer, and perhaps more."""
    key, at = _key(decoded(read_body(request), _member).member), timezone.now()
    head, latest, offered = queries.head(), queries.latest(key), queries.offers(at)
    outcomes = offered.outcomes(queries.said(latest))
    uses = [_holding(name, offered, found) for name, found in outcomes.items()]
    return _json(Holdings(offered.edition, head.sequence, uses, [_made(one) for one in latest.values()]), HTTPStatus.OK)


def _holding(name: str, offered: Offers, found: Outcome) -> Holding:
    offer = offered.by_use[name]
    by = found.by.sequence if found.by else None
    return Holding(
        name, offer.use.category, offer.use.feature, offer.use.stage.value,
        offer.terms.refusable, found.allowed, found.because.value, by,
    )  # fmt: skip


def _made(choice: Choice) -> ChoiceMade:
    return ChoiceMade(
        reference=choice.reference,
        sequence=choice.sequence,
        scope=choice.scope.name,
        decision=Decision(choice.decision).name.lower(),
        origin=Origin(choice.origin).name.lower(),
        edition=choice.edition,
        at=choice.at,
        previous=choice.previous,
        salt=bytes(choice.salt or b"").hex(),
        digest=bytes(choice.digest).hex(),
    )


def _json(answer: object, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(_encode(answer), status=status, content_type="application/json")
