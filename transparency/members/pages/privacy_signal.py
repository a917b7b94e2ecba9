"""``/privacy-signal/`` and ``/.well-known/gpc.json``: what does my browser's privacy signal do here?"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from transparency.members import reading, signal


@require_safe
@never_cache
def privacy_signal(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    context = {"reading": reading.now(at), "signal": signal.shown(request, at), "stated": signal.WORDS[signal.stated()]}
    response = render(request, "members/privacy_signal.html", context)
    patch_vary_headers(response, ["Sec-GPC"])
    return response


@require_safe
def gpc(request: HttpRequest) -> HttpResponse:
    """That the signal is honoured here, for machines (https://w3c.github.io/gpc/)."""
    headers = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}
    return JsonResponse({"gpc": True, "lastUpdate": settings.GPC_STATED_ON}, headers=headers)
