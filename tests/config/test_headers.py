"""Every answer carries every protecting header: each address there is, and what answers before one is found."""

from contextlib import suppress
from itertools import product
from uuid import UUID

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse

pytestmark = pytest.mark.django_db

SENT = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What an answer that caches may keep may depend on: not who asks, nor what else their browser tells.
VARIES = {"Accept", "Accept-Encoding", "Accept-Language", "Origin"}
# Whatever an address may hold: the first of these that fits is put in each part.
FITTING = (
    "1",
    "ghost",
    "2026-01-01",
    "work.skills",
    "training",
    "use",
    "move",
    "submit",
    "pause",
    "start",
    "agree",
    "accept",
    str(UUID(int=1)),
    "a" * 64,
    "a" * 8,
    "0/000",
    "uses.csv",
    "work.skills/ads/training",
)
ELSEWHERE = [
    "/health/live",
    "/health/ready",
    "/ghost/",
    "/static/css/base.css",
    "/static/ghost.css",
    "/accounts/login",
    "/%00",
]


def names(resolver, spaces=(), above=()):
    """The full name of each address, and the names of its parts: the day last, as the last is tried soonest."""
    for name in filter(lambda key: isinstance(key, str), resolver.reverse_dict):
        ((_, parts), *_), *_ = resolver.reverse_dict.getlist(name)[0]
        yield ":".join((*spaces, name)), (*parts, *above)
    for space, (_, below) in resolver.namespace_dict.items():
        yield from names(below, (*spaces, space), (*above, *(("day",) if space == "on" else ())))


def address(name, parts):
    for values in product(FITTING, repeat=len(parts)):
        with suppress(NoReverseMatch):
            return reverse(name, kwargs=dict(zip(parts, values, strict=True)))
    raise AssertionError(f"Nothing in FITTING fits the address {name} with its parts {parts}.")


ADDRESSES = sorted({address(name, parts) for name, parts in names(get_resolver())})


def assert_protected(response):
    assert SENT.items() <= dict(response.items()).items(), response.request
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "camera=()" in response["Permissions-Policy"]
    assert response["X-Request-ID"]
    assert response["Cache-Control"]


def test_the_list_has_every_door():
    assert {"/", "/api/v1/", "/staff/", "/accounts/login/"} <= set(ADDRESSES)
    assert len(ADDRESSES) >= 90


def test_a_stranger_is_answered_with_every_header_everywhere(client):
    for path in [*ADDRESSES, *ELSEWHERE]:
        client.cookies.clear()
        for ask in (client.get, client.head, client.options, client.post):
            assert_protected(ask(path))


def test_what_staff_read_is_public_or_never_kept(client, otto, settings):
    settings.STAFF_SECOND_FACTOR = False
    for path in ADDRESSES:
        client.cookies.clear()
        client.force_login(otto)
        response = client.get(path)
        assert_protected(response)
        kept, varies = response["Cache-Control"], response.get("Vary", "")
        assert "no-store" in kept or ("public" in kept and "Cookie" not in varies), path
        assert "no-store" in kept or set((varies or "Accept").split(", ")) <= VARIES, path
        assert "no-store" in kept or "otto@tandem.example" not in response.getvalue().decode(), path


def test_a_failure_of_ours_is_answered_with_every_header(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("transparency.members.press.standing", lambda at: 1 / 0)
    response = client.get("/")
    assert response.status_code == 500
    assert_protected(response)


def test_a_host_that_is_not_ours_is_refused_with_every_header(client):
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert_protected(response)


def test_with_encryption_browsers_are_told_to_insist_on_it(client, settings):
    settings.SECURE_HSTS_SECONDS = 63_072_000
    response = client.get("/how/", secure=True)
    assert response["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_without_encryption_visitors_are_sent_to_it_but_the_asker_of_health_is_not(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/how/")["Location"] == "https://testserver/how/"
    assert client.get("/health/live").status_code == 200


def test_an_answer_that_sets_a_cookie_is_never_kept(client):
    response = client.get("/accounts/login/")
    assert response.cookies
    assert "no-store" in response["Cache-Control"]
