"""No input gives a 5xx, at any address, for anybody (P-41): the whole URLconf, with what nobody should send."""

import pytest

from tests.conftest import Browser
from tests.flows.asking import Visitor, addresses
from tests.flows.settled import MIA, settle
from tests.scenarios import hostile
from transparency.accounts.roles import PERMISSIONS
from transparency.api import limiting
from transparency.api.rates import Rate

WHO = ("stranger", "member", "editor", "reviewer", "auditor", "administrator")
KINDS = hostile.KINDS * 2
METHODS = ("get", "post", "head", "put", "delete", "options")
ADDRESSES = list(addresses())


@pytest.fixture(autouse=True)
def _nobody_asks_too_often(settings, monkeypatch):
    settings.STAFF_SECOND_FACTOR, settings.ACCOUNT_RATE_LIMITS = False, False
    for rate in ("READING", "SENDING"):
        monkeypatch.setattr(limiting, rate, Rate(10**9))


@pytest.fixture
def there(publish, amir, otto, time_machine):
    time_machine.move_to("2026-12-01T12:00:00+00:00")
    return settle(publish, amir, otto)


@pytest.fixture
def visitor(person):
    """Somebody with a role, who is signed in; or a stranger."""
    known = {"stranger": Visitor()}

    def visitor(who):
        if who not in known:
            browser = Browser()
            browser.force_login(person(who.title(), who, member_key=MIA if who == "member" else ""))
            known[who] = Visitor().signed_in(browser)
        return known[who]

    return visitor


def whose(address):
    """Who asks this address everything; the others ask less. Of a past day there are the same pages again."""
    if address.permission:
        return min(PERMISSIONS[address.permission])
    if address.name == "closed" or (":on:" in address.name and address.name != "members:on:clause"):
        return ""
    return "stranger" if address.name.startswith("api:") else "member"


class Some:
    """Every so manieth of what is hostile, beginning each time at another: in the end everything met every kind."""

    def __init__(self):
        self._begin = 0

    def __call__(self, values, step):
        self._begin += 1
        return values[self._begin % step :: step]


def faults(visitor, requests):
    """Every answer that tells of a fault of ours, with what was asked."""
    for method, path, *rest in requests:
        answer = visitor.ask(method, path, *rest)
        if answer.status_code >= 500:
            why = answer.exc_info[1] if getattr(answer, "exc_info", None) else answer.body[:200]
            yield f"{method} {path[:200]} {str(rest)[:300]}: {answer.status_code} {why!r:.300}"


def misplaced(address, there, some):
    """Each part of the address with what nobody should write there."""
    real = there.fill(address)
    return [("get", address.path(**real | {name: bad})) for name in address.parts for bad in some(hostile.PARTS, 6)]


def asked(address, there, names, some):
    """The parameters that the address knows with what nobody should say, together and alone."""
    path = address.path(**there.fill(address))
    yield from (("get", path, dict.fromkeys(names, bad)) for bad in some(hostile.VALUES, 9))
    for name in names:
        yield from (("get", path, {name: bad}) for bad in some(hostile.VALUES, 20))
        yield from (("get", f"{path}?{query.replace('{}', name)}") for query in some(hostile.QUERIES, 14))


def sent(address, there, names, some):
    """The fields that the address knows with what nobody should fill in, and bodies that are no forms."""
    path = address.path(**there.fill(address))
    yield from (("post", path, dict.fromkeys(names, bad)) for bad in some(hostile.VALUES, 8))
    yield from (("send", path, body, kind) for body, kind in zip(some(hostile.BODIES, 9), some(KINDS, 2), strict=False))


def something(visitor, address, there, some):
    """The address without anything, and with what is wrong in every field."""
    visitor.names.clear()
    path = address.path(**there.fill(address))
    yield from faults(visitor, [("post", path)])
    (bad,) = some(hostile.VALUES, len(hostile.VALUES))
    methods = ("get", "post") if visitor.names else ("get",)  # without any field that was just posted
    yield from faults(visitor, [(method, path, dict.fromkeys(visitor.names, bad)) for method in methods])


def everything(visitor, address, there, some):
    visitor.names.clear()
    path = address.path(**there.fill(address))
    yield from faults(visitor, [(method, path) for method in METHODS])
    yield from faults(visitor, misplaced(address, there, some))
    yield from faults(visitor, asked(address, there, list(visitor.names), some))
    yield from faults(visitor, sent(address, there, list(visitor.names), some))


@pytest.mark.slow
@pytest.mark.timeout(600)  # thousands of requests, on whatever machine
@pytest.mark.parametrize("who", WHO)
def test_nothing_that_somebody_sends_is_a_fault_of_ours(there, visitor, who):
    found, some = [], Some()
    for one in ADDRESSES:
        ask = everything if whose(one) == who else something
        found += ask(visitor(who), one, there, some)
    assert found == []
