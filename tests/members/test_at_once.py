"""P-32: two members who read at the same time, over and over, from one process: each gets their own, every time."""

import http.client
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.test import Client

from tests.consent.builders import Chooser
from tests.register.builders import register
from transparency.consent.models import Choice

pytestmark = pytest.mark.django_db(transaction=True)
TIMES, THREADS = 15, 6
PAGES = ("/choices/", "/choices/history/", "/choices/history.json", "/choices/history.csv", "/receipts/{0}/")
MEMBERS = {"Nora": "1000003", "Nils": "1000004"}


@pytest.fixture
def readers(publish, person, live_server):
    """For each of the two: what their browser sends, and the reference of their only choice, which stands nowhere else.

    Nobody's name or id is on these pages, so the receipt's reference is what would give them away.
    """
    publish(register())
    found = {}
    for name, key in MEMBERS.items():
        browser = Client()
        browser.force_login(person(name, "member", member_key=key))
        Chooser(key).refuses()
        found[name] = browser.cookies[settings.SESSION_COOKIE_NAME].value, reference_of(key)
    return live_server.thread.port, found


def reference_of(key):
    return str(Choice.objects.get(member=int(key)).reference)


def read(port, cookie, path):
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    asking.request("GET", path, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    return asking.getresponse().read().decode()


def test_nobody_reads_what_is_anothers(readers):
    port, sessions = readers
    asked = [
        (name, path.format(reference))
        for _ in range(TIMES)
        for path in PAGES
        for name, (_, reference) in sessions.items()
    ]
    with ThreadPoolExecutor(THREADS) as threads:
        bodies = list(threads.map(lambda one: read(port, sessions[one[0]][0], one[1]), asked))
    strange = {"Nora": sessions["Nils"][1], "Nils": sessions["Nora"][1]}
    assert [one for one, body in zip(asked, bodies, strict=True) if strange[one[0]] in body] == []
    assert [one for one, body in zip(asked, bodies, strict=True) if sessions[one[0]][1] not in body] == []
