"""``/receipts/…``: what did I decide, and did it take effect?"""

import uuid
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.consent import mistakes, proofs, queries, receipts
from transparency.consent.models import Choice, Origin
from transparency.consent.offers import Offers
from transparency.consent.precedence import Decision
from transparency.consent.words import name_of
from transparency.enforcement import queries as enforcement
from transparency.ledger import queries as ledger
from transparency.members.access import members_only
from transparency.members.followed import steps
from transparency.members.press import reading_at
from transparency.members.questions import anchor
from transparency.members.reading import Reading
from transparency.register.schema import Correction

DEED = {
    Decision.ALLOW: "You allowed",
    Decision.REFUSE: "You refused",
    Decision.FOLLOW: "You took back your answer to",
}
NEXT = {
    Decision.ALLOW: (
        "Your yes counts until you take it back, which you can do at any time.",
        "It also ends when what you said yes to changes. Then the usual setting counts until you answer again.",
    ),
    Decision.REFUSE: (
        "Your refusal counts from now on: whoever asks us whether they may use this data is told no.",
        "A model that is being trained right now may finish with the data it has. The next run must leave you out.",
    ),
    Decision.FOLLOW: ("What you answered more widely counts again. If you answered nothing, the usual setting does.",),
}


@require_safe
@members_only
def receipt(request: HttpRequest, key: str, reference: uuid.UUID) -> HttpResponse:
    choice, at = _own(key, reference), timezone.now()
    offers, intact = queries.offers_in(choice.edition), receipts.holds(queries.facts(choice, key), *_seal(choice))
    reading = reading_at(at)
    context = {
        "reading": reading,
        "then": Reading(offers.register, offers.edition),
        "wrong": _wrong(choice, offers, reading),
        "choice": choice,
        "name": name_of(choice.scope.name, offers.register),
        "deed": DEED[Decision(choice.decision)],
        "next": NEXT[Decision(choice.decision)],
        "digest": bytes(choice.digest).hex(),
        "origin": Origin(choice.origin).label,
        "uses": [(one, name_of(one.scope, offers.register)) for one in offers.by_scope.get(choice.scope.name, ())],
        "anchor": anchor(choice.scope.name),
        "intact": intact,
        "in_log": _in_log(choice, at) if intact else "no",
        "overtaken": queries.later(key, choice),
        "steps": steps(one for one in enforcement.effects(key, at).values() if one.rests_on(choice.sequence)),
    }
    return render(request, "members/receipt.html", context)


@require_safe
@members_only
def receipt_json(request: HttpRequest, key: str, reference: uuid.UUID) -> HttpResponse:
    choice = _own(key, reference)
    offers = queries.offers_in(choice.edition)
    uses = [one.use for one in offers.by_scope.get(choice.scope.name, ())]
    earlier = queries.before(key, choice)
    withdrawn = earlier is not None and earlier.decision == Decision.ALLOW
    by = receipts.Issuer(settings.ORGANISATION, settings.PUBLIC_URL.rstrip("/"), withdrawn)
    record = receipts.record(queries.facts(choice, key), *_seal(choice), uses, offers.register, by)
    wrong = _wrong(choice, offers, reading_at(timezone.now()))
    record["corrections"] = [mistakes.told(one, offers.register) for one in wrong]
    if wrong:
        record["choose_again"] = f"{by.url}{reverse('members:choices')}#{anchor(choice.scope.name)}"
    place = proofs.place_of(choice)
    if place and place.entry is not None:
        record["proof"] |= {"batch": {"entry": place.entry, "path": [one.hex() for one in place.path]}}
    response = JsonResponse(record, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="receipt-{choice.reference}.json"'
    return response


def _wrong(choice: Choice, offers: Offers, today: Reading) -> list[Correction]:
    """What is known today to have been wrong in what the choice rests on."""
    uses = [one.use for one in offers.by_scope.get(choice.scope.name, ())]
    return mistakes.behind(choice.at, uses, offers.register, today.corrections)


def _in_log(choice: Choice, at: datetime) -> str:
    """Whether the choice stands in the public log: ``yes``, ``soon``, ``late`` where it should by now, or ``no`` where

    the log holds something else.
    """
    place = proofs.place_of(choice)
    if place is None or place.entry is None:
        return "late" if at - choice.at > ledger.LATE else "soon"
    return "yes" if proofs.holds(choice, place) else "no"


def _own(key: str, reference: uuid.UUID) -> Choice:
    choice = queries.receipt(key, reference)
    if choice is None:
        raise Http404(f"You have no receipt with this number. All of yours are listed at {reverse('members:history')}.")
    return choice


def _seal(choice: Choice) -> tuple[bytes, bytes]:
    return bytes(choice.salt or b""), bytes(choice.digest)
