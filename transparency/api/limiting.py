"""Turns away callers that ask too often: readers by their address, senders of events by their key."""

import hashlib
import ipaddress
import math
import time
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from transparency.accounts.middleware import address
from transparency.api.problems import Refused
from transparency.api.rates import Rate

READING = Rate(settings.API_READS_PER_MINUTE)
SENDING = Rate(settings.LINEAGE_REQUESTS_PER_MINUTE)


def require_pace_of_reader(request: HttpRequest) -> None:
    """Raises ``Refused`` with 429 where this address has asked too often."""
    _require(READING, network(address(request)), "this address")


def require_pace_of_sender(request: HttpRequest) -> None:
    """Raises ``Refused`` with 429 where this key, which is known to be valid, was used too often."""
    key = hashlib.sha256(request.META.get("HTTP_AUTHORIZATION", "").encode()).hexdigest()
    _require(SENDING, key, "this key")


def network(ip: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that one household has of IPv6."""
    try:
        found = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def paced(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for readers that is answered at the pace of ``API_READS_PER_MINUTE``."""

    @wraps(view)
    def paced_view(request: HttpRequest, **parts: str) -> HttpResponse:
        try:
            require_pace_of_reader(request)
        except Refused as refused:
            return refused.response()
        return view(request, **parts)

    return paced_view


def _require(rate: Rate, caller: str, whose: str) -> None:
    wait = math.ceil(rate.wait(caller, time.monotonic()))
    if wait:
        message = f"More than {rate.per_minute:,} requests a minute from {whose}. Ask again in {wait} s."
        raise Refused(429, "pace", message, headers={"Retry-After": str(wait)})
