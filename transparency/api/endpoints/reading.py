"""What is said and what was seen, as JSON for everybody. Public, the same for all, with an ETag."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.register import queries

ENCODER = msgspec.json.Encoder(order="sorted")
Endpoint = Callable[[HttpRequest], Any]


def reading(endpoint: Endpoint) -> Callable[[HttpRequest], HttpResponse]:
    """A safe endpoint: its answer as JSON, or 304 where the caller has it."""

    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        body = ENCODER.encode(endpoint(request))
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if tag in request.headers.get("If-None-Match", ""):
            return HttpResponseNotModified(headers={"ETag": tag})
        return HttpResponse(
            body, content_type="application/json", headers={"ETag": tag, "Cache-Control": "public, no-cache"}
        )

    return view


def index(request: HttpRequest) -> dict[str, str]:
    """Where everything is."""
    here = f"{settings.PUBLIC_URL}/api/v1/"
    names = ("register", "uses", "categories", "features", "editions", "observations", "sources")
    return {name: f"{here}{name}/" for name in names} | {"lineage": f"{here}lineage"}


def register(request: HttpRequest) -> Any:
    """The whole register in force, with the number and the digest of its edition."""
    edition = queries.edition_in_force(timezone.now())
    said = queries.register_in_force(timezone.now())
    return {"edition": edition and edition.number, "digest": edition and edition.digest, "register": said}


def uses(request: HttpRequest) -> Any:
    """All uses; ``?category=``, ``?feature=`` and ``?stage=`` narrow them."""
    asked = {name: request.GET[name] for name in ("category", "feature", "stage") if name in request.GET}
    found = queries.register_in_force(timezone.now()).uses
    return {"results": [use for use in found if all(getattr(use, name) == value for name, value in asked.items())]}


def categories(request: HttpRequest) -> Any:
    return {"results": queries.register_in_force(timezone.now()).categories}


def features(request: HttpRequest) -> Any:
    return {"results": queries.register_in_force(timezone.now()).features}


def editions(request: HttpRequest) -> Any:
    names = ("number", "digest", "published_at", "effective_at", "authors", "approver", "summary")
    return {"results": list(queries.editions().values(*names))}


def observations(request: HttpRequest) -> Any:
    """What the catalog showed of each use, in the words that members read."""
    names = ("category", "feature", "stage", "seen", "by_column", "first_seen", "last_seen", "checked_at", "steps")
    return {"results": [{n: getattr(row, n) for n in names} for _, row in sorted(queries.evidence().items())]}


def sources(request: HttpRequest) -> Any:
    names = ("source", "name", "last_good_at", "stale_since")
    return {"results": [{n: getattr(row, n) for n in names} for row in queries.freshness()]}
