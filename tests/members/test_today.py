"""“Go to today”, from each page of the past: the same page as it stands now, or the overview."""

import re
from datetime import timedelta

import pytest

from tests.register.builders import NOON, category, feature, policy, register, use
from transparency.members import frame, press

pytestmark = pytest.mark.django_db

THEN = "/on/2026-11-24"
KIND = "/categories/communications.messages/"
FEATURE = "/features/job-ranking/"
USE = "/uses/communications.messages/job-ranking/training/"
OTHERS = register(
    use("posts", "feed"), categories=(category("posts", name="Posts"),), features=(feature("feed", name="Your feed"),)
)
SAME = [
    *("/", "/categories/", KIND, "/features/", FEATURE, USE, "/downloads/", "/how/", "/policies/"),
    *("/policies/privacy-policy/", "/policies/privacy-policy/3.2/", "/changes/", "/search/"),
]


@pytest.fixture(autouse=True)
def site(publish, time_machine):
    publish(register(policies=(policy(),)))
    time_machine.move_to(NOON + timedelta(days=30), tick=False)
    press._pages.clear()
    return publish


def to_today(client, path):
    """Where the link leads to, on the page of that day."""
    (link,) = re.findall(r'<a href="([^"]+)">Go to today</a>', client.get(f"{THEN}{path}").content.decode())
    answer = client.get(link.replace("&amp;", "&"), follow=True)
    return answer.redirect_chain[-1][0], answer.status_code


@pytest.mark.parametrize("path", SAME)
def test_it_leads_to_the_same_page_of_today(client, path):
    assert to_today(client, path)[0].partition("?")[0] == path
    assert to_today(client, path)[1] == 200


@pytest.mark.parametrize(
    "path", ["/changes/?kind=more&category=communications.messages", "/search/?q=messages+%26+you"]
)
def test_what_was_asked_for_is_asked_for_today(client, path):
    asked = to_today(client, path)[0]
    assert sorted(re.split("[?&]", asked)) == sorted(re.split("[?&]", path))


def test_a_page_that_there_is_no_more_leads_to_the_overview(client, site, time_machine):
    site(OTHERS)
    time_machine.shift(timedelta(days=2))
    assert [to_today(client, path) for path in (KIND, FEATURE, "/policies/privacy-policy/")] == [("/", 200)] * 3


def test_a_use_that_ended_leads_to_where_that_is_told(client, site, time_machine):
    site(OTHERS)
    time_machine.shift(timedelta(days=2))
    assert to_today(client, USE) == (USE, 200)
    assert "This has ended." in client.get(USE).content.decode()


def test_a_page_that_is_kept_of_the_past_learns_that_there_is_one_today(client, site, time_machine):
    assert client.get(f"{THEN}{KIND}").status_code == 200
    site(OTHERS)
    time_machine.shift(timedelta(days=2))
    assert to_today(client, KIND)[0] == "/"
    site(register(use(), policies=(policy(),)))
    time_machine.shift(timedelta(days=2))
    assert to_today(client, KIND)[0] == KIND


@pytest.mark.parametrize(
    "path",
    [
        "staff/",
        "choices/",
        "accounts/here/",
        "/evil.example/",
        "editions/1/",
        "on/2026-11-24/",
        "ghost/",
        ".",
    ],
)
def test_it_leads_nowhere_else(client, path):
    assert client.get(f"/on/today/{path}")["Location"] == "/"


def test_nothing_else_is_carried_on(client):
    assert client.get("/on/today/?next=//evil.example/&day=2026-11-24")["Location"] == "/"


def test_the_frame_is_made_once_for_all_pages_of_a_day(client):
    frame._around.cache_clear()
    for path in (KIND, FEATURE, USE, "/how/"):
        client.get(f"{THEN}{path}")
    assert frame._around.cache_info().misses == 1
