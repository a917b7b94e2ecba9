"""``/ledger/``: can I check that you did not rewrite this? And the files of the log, for programs."""

import gzip
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.consent import proofs
from transparency.ledger import clock, keys, queries, verify

TILE = r"(?:[0-9]{1,2}|entries)/(?:x[0-9]{3}/){0,5}[0-9]{3}(?:\.p/(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "Access-Control-Allow-Origin": "*"}
FRESH = {"Cache-Control": "public, no-cache", "Access-Control-Allow-Origin": "*"}
SCRIPT = Path(verify.__file__)


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """The page for people: what the log is, and three steps to check it."""
    context = {
        "checkpoint": queries.newest(),
        "waiting": queries.waiting(),
        "late": (late := proofs.waiting_since(timezone.now())),
        "clock_behind": late and clock.behind(timezone.now()),
        "keys": keys.verifiers(),
        "witnesses": queries.seen_by(),
        "silent": queries.silent_witnesses(timezone.now()),
        "url": settings.PUBLIC_URL,
    }
    response = render(request, "members/ledger.html", context)
    response["Cache-Control"] = "public, no-cache"
    return response


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed state, as the database has it: never older than what anybody was shown."""
    newest = queries.newest()
    if newest is None:
        raise Http404("Nothing is sealed yet.")
    return _text(newest.cosigned)


@require_safe
def signed(request: HttpRequest, key: str) -> HttpResponse:
    """The newest checkpoint that a witness signed, by its key's id: one whose memory was set back sees that here."""
    last = queries.signed_by(key)
    if last is None:
        raise Http404("No witness signed by this key, or none yet.")
    return _text(last.checkpoint.note + last.line)


@require_safe
def public_keys(request: HttpRequest) -> HttpResponse:
    """The keys that sign, one a line: whoever looked before knows whether they are the same."""
    return _text("".join(f"{key}\n" for key in keys.verifiers()))


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A file of the log; what stands at an address never changes."""
    try:
        data = queries.published().read(f"tile/{path}")
    except FileNotFoundError:
        raise Http404("There is no such part of the log.") from None
    answer = HttpResponse(data, content_type="application/octet-stream", headers=FOR_EVER)
    return _packed(request, answer) if path.startswith("entries/") else answer


def _packed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Entries are words, and a quarter as long compressed (tlog-tiles wants that); hashes would not be shorter."""
    answer["Vary"] = "Accept-Encoding"
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        answer.content = gzip.compress(answer.content, 6, mtime=0)
        answer["Content-Encoding"] = "gzip"
    return answer


@require_safe
def index(request: HttpRequest, kind: str, subject: str) -> HttpResponse:
    """Where in the log the entry of this kind and subject stands."""
    found = queries.entry(kind, subject)
    place = queries.index_of(found) if found else None
    if place is None:
        raise Http404("There is no such entry in the log yet.")
    return _text(f"{place}\n")


@require_safe
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """The ``.tlog-proof`` of an entry, under the newest checkpoint."""
    text = queries.proof(int(number))
    if text is None:
        raise Http404("There is no such entry in the log yet.")
    return _text(text)


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The program that checks all this; it needs nothing of ours."""
    return HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8", headers=FRESH)


def _text(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=FRESH)
