"""``/choices/``: what can I refuse?"""

import secrets
import uuid
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from transparency.consent import actions, queries
from transparency.consent.models import Choice, Origin
from transparency.consent.offers import offers_of
from transparency.consent.precedence import Decision
from transparency.consent.words import name_of
from transparency.enforcement import queries as enforcement
from transparency.members.access import no_member, to_sign_in, unkept, user_of
from transparency.members.answers import Answer, Unreadable, read
from transparency.members.press import printed, reading_at
from transparency.members.questions import PARTS, anchor, sheet
from transparency.members.reading import Reading
from transparency.members.signal import shown
from transparency.register import queries as said
from transparency.register.schema import Register

STATUS = {
    actions.Stale: 409,
    actions.Changed: 409,
    actions.Reused: 422,
    actions.UnknownScope: 422,
    actions.NotOffered: 422,
}
USED = "You had answered on that page before. This is how it stands now: look at it again, then choose."


@dataclass(frozen=True)
class Trouble:
    """Why an answer was not saved, and the scope that it was about."""

    words: str
    scope: str = ""
    status: int = 400
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Saved:
    """What was answered a moment ago: the receipt's reference, the words, and where on the page it was asked."""

    reference: uuid.UUID
    words: str
    anchor: str


def for_strangers(reading: Reading) -> tuple[str, dict[str, object]]:
    """The same questions, with the way to sign in where a member has the buttons."""
    page = sheet(offers_of(reading.digest), {})
    return "members/choices.html", {"reading": reading, "sheet": page, "sections": page.sections}


_for_strangers = printed(for_strangers, by_reader=True)


@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if user is None:
        return _signed_out(request) if request.method == "POST" else _for_strangers(request)
    if not user.member_key:
        return unkept(no_member(request))
    if request.method == "POST":
        return unkept(_answer(request, user.member_key))
    return unkept(show(request, user.member_key))


def _answer(request: HttpRequest, key: str) -> HttpResponse:
    try:
        answer = read(dict(request.POST.lists()))
    except Unreadable as trouble:
        return show(request, key, Trouble(str(trouble)))
    try:
        choice = _choose(key, answer)
    except actions.Refused as refused:
        changed = _changes(answer) if isinstance(refused, actions.Changed) else ()
        words = USED if isinstance(refused, actions.Reused) else str(refused)
        return show(request, key, Trouble(words, answer.scope, STATUS[type(refused)], changed))
    return _see_other(f"{request.path}?{urlencode({'saved': str(choice.reference)})}#{anchor(answer.scope)}")


def _choose(key: str, answer: Answer) -> Choice:
    """Append the answer. A refusal is never lost because its form was used before, by whatever window."""
    at = timezone.now()
    given = {"member": key, "scope": answer.scope, "decision": answer.decision, "origin": Origin.PAGE, "at": at}
    given |= {"edition": answer.edition, "expected": answer.expected}
    try:
        choice = actions.settle(**given, request=answer.request)  # type: ignore[arg-type]  # each is of its own type
    except actions.Reused:
        if answer.decision != Decision.REFUSE:
            raise
        return actions.settle(**given)  # type: ignore[arg-type]  # as above
    overtaken = answer.decision == Decision.REFUSE and choice.at != at and _is_overtaken(key, choice)
    return actions.settle(**given) if overtaken else choice  # type: ignore[arg-type]  # as above


def _is_overtaken(key: str, choice: Choice) -> bool:
    """Whether the member said something else of the same since, or yes to anything that may be a part of it."""
    latest = queries.latest(key)
    since = [one for one in latest.values() if one.sequence > choice.sequence]
    return latest[choice.scope.name] in since or any(one.decision == Decision.ALLOW for one in since)


def _changes(answer: Answer) -> tuple[str, ...]:
    """What has changed, in sentences, of what the answer is about since the edition that the member read."""
    now = said.edition_in_force(timezone.now())
    about = {offer.use.id for offer in queries.offers_in(now.number).by_scope.get(answer.scope, ())} if now else set()
    found = said.changes_between(said.edition(answer.edition), now) if now else []
    return tuple(change.sentence for change in found if change.subject in about)


def _signed_out(request: HttpRequest) -> HttpResponse:
    """The session ended while the page was open: nothing is saved, and the page says so after signing in."""
    try:
        scope = read(dict(request.POST.lists())).scope
    except Unreadable:
        return unkept(to_sign_in(reverse("members:choices")))
    return unkept(to_sign_in(f"{reverse('members:choices')}?{urlencode({'unsaved': scope})}#{anchor(scope)}"))


def _see_other(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)  # it is an address: ``redirect`` would look for a page of this name first
    response.status_code = 303
    return response


@gzip_page
def show(request: HttpRequest, key: str, trouble: Trouble | None = None) -> HttpResponse:
    """The page as it stands for this member, with what went wrong just now, if anything did."""
    at = timezone.now()
    latest = queries.latest(key)
    offers = queries.offers(at)
    page = sheet(offers, latest, enforcement.effects(key, at))
    unsaved = request.GET.get("unsaved", "")
    if trouble is None and unsaved in page.by_scope:
        trouble = Trouble("You were signed out, so your answer was not saved. Press the button once more.", unsaved)
    part = request.GET.get("show", "") if trouble is None else ""
    context = {
        "reading": reading_at(at),
        "sheet": page,
        "part": part if part in PARTS else "",
        "sections": page.only(part) if part in PARTS else page.sections,
        "member": True,
        "signal": shown(request, at, latest),
        "key": secrets.token_urlsafe(16),
        "saved": _saved(request, latest, offers.register),
        "trouble": trouble,
        "concerned": page.by_scope.get(trouble.scope) if trouble else None,
    }
    status = trouble.status if trouble and request.method == "POST" else 200
    return render(request, "members/choices.html", context, status=status)


def _saved(request: HttpRequest, latest: dict[str, Choice], register: Register) -> Saved | None:
    """What was answered a moment ago, if it still is the latest of its scope."""
    try:
        reference = uuid.UUID(request.GET.get("saved", ""))
    except ValueError:
        return None
    found = next((one for one in latest.values() if one.reference == reference), None)
    if found is None:
        return None
    words = {
        Decision.ALLOW: "You allowed",
        Decision.REFUSE: "You refused",
        Decision.FOLLOW: "You took back your answer to",
    }
    name = name_of(found.scope.name, register)
    return Saved(reference, f"{words[Decision(found.decision)]} “{name}”.", anchor(found.scope.name))
