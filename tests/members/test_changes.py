"""What changed: narrowed, followed, compared, in the past, and before it holds."""

import html
import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import jsonpatch
import pytest

from tests.register.builders import NOON, PRIVACY, category, correction, feature, policy, register, use
from transparency.members.pages import changes

pytestmark = pytest.mark.django_db
WRITING = dict.fromkeys(("post", "put", "delete"), 405)

USE = "/uses/communications.messages/job-ranking/training/"
SEARCH = (feature(), feature("search", name="Search"))
NOWHERE = [
    "/editions/1/to/9/",
    "/editions/0/to/1/",
    "/editions/1/to/9.patch.json",
    "/changes/compare/",
    "/changes/compare/?from=1&to=x",
]
PAGES = [
    "/changes/",
    "/changes/?kind=new",
    "/changes/feed.atom",
    "/changes/feed.json",
    "/editions/1/to/2/",
    "/editions/2/to/1/",
    "/editions/1/to/2.patch.json",
    "/on/2026-11-26/changes/",
]


@pytest.fixture
def site(publish, time_machine):
    """Edition 1; edition 2 with search, too; edition 3 corrects how long messages are kept; it is four days later."""
    publish(register(features=SEARCH, policies=(policy(),)))
    more = use(feature="search", stage="inference", purpose="search")
    publish(register(use(), more, features=SEARCH, policies=(policy(),)))
    publish(register(use(), more, features=SEARCH, policies=(policy(),), corrections=(correction(),)))
    time_machine.move_to(NOON + timedelta(days=4), tick=False)
    return publish


def page(client, path):
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_may_read_it(client, site, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_nothing_but_reading_is_answered(client, site, path):
    assert {method: getattr(client, method)(path).status_code for method in WRITING} == WRITING


@pytest.mark.parametrize("path", NOWHERE)
def test_a_name_that_is_not_there_is_not_found(client, site, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/changes/", "text/html"),
        ("/on/2026-11-26/changes/", "text/html"),
        ("/changes/feed.atom", "text/plain"),
        ("/changes/feed.json", "text/plain"),
    ],
)
@pytest.mark.parametrize("query", ["?kind=ghost", "?category=A'", "?feature=%00", f"?category={'x' * 200}"])
def test_a_question_that_cannot_be_read_is_refused_in_words(client, site, path, kind, query):
    answer = client.get(path + query)
    assert (answer.status_code, answer["Content-Type"]) == (400, f"{kind}; charset=utf-8")


@pytest.mark.parametrize("path", ["/changes/", "/changes/?kind=new"])
def test_it_is_the_same_for_everybody(client, site, mia, path):
    for_a_stranger = page(client, path)
    client.force_login(mia)
    assert page(client, path) == for_a_stranger


def editions(client, query):
    feed = json.loads(client.get(f"/changes/feed.json{query}").content)
    return [item["title"] for item in feed["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Edition 3: a correction", "Edition 2: more is done with data", "Edition 1"]),
        ("?kind=new", ["Edition 2: more is done with data"]),
        ("?kind=more", ["Edition 2: more is done with data"]),
        ("?kind=correction", ["Edition 3: a correction"]),
        ("?kind=ended", []),
        ("?feature=search", ["Edition 2: more is done with data"]),
        ("?feature=job-ranking", ["Edition 3: a correction"]),
        ("?category=communications", ["Edition 3: a correction", "Edition 2: more is done with data"]),
        ("?category=communications.messages&kind=new", ["Edition 2: more is done with data"]),
        ("?category=work", []),
    ],
)
def test_changes_are_narrowed(client, site, query, found):
    assert editions(client, query) == found
    assert page(client, f"/changes/feed.atom{query}").count("<entry>") == len(found)
    assert page(client, f"/changes/{query}").count('<section><h2><a href="/editions/') == len(found)


ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(
    ("query", "about"),
    [
        ("", ""),
        ("?kind=more", " (More is done with data)"),
        ("?category=communications.messages&kind=new", " (Private messages, A new use of data)"),
        ("?feature=job-ranking", " (Job recommendations)"),
    ],
)
def test_both_feeds_say_whose_they_are_and_stay_as_narrow_as_they_were_asked_for(client, site, settings, query, about):
    settings.PUBLIC_URL = "https://public.example"
    answer = client.get(f"/changes/feed.atom{query}")
    feed = ElementTree.fromstring(answer.content)  # noqa: S314 - our own page
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert (links["self"], links["alternate"], feed.findtext(f"{ATOM}id")) == (
        f"https://public.example/changes/feed.atom{query}", *[f"https://public.example/changes/{query}"] * 2
    )  # fmt: skip
    ids = {one.text.rpartition("/editions/")[0] for one in feed.findall(f"{ATOM}entry/{ATOM}id")}
    assert ids == {"https://public.example"}
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Tandem"
    assert feed.findtext(f"{ATOM}subtitle").startswith("What changed in how")
    names = {feed.findtext(f"{ATOM}title"), client.get(f"/changes/feed.json{query}").json()["title"]}
    assert names == {f"Tandem: How your data is used{about}"}
    assert answer["Cache-Control"] == "public, no-cache"


def test_the_feed_is_a_json_feed_of_version_1_1(client, site):
    answer = client.get("/changes/feed.json?kind=correction")
    feed = json.loads(answer.content)
    assert answer["Content-Type"] == "application/feed+json"
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"].endswith("/changes/feed.json?kind=correction")
    assert feed["items"][0].keys() == {"id", "url", "title", "content_text", "date_published", "tags"}
    assert feed["items"][0]["tags"] == ["correction"]
    assert feed["items"][0]["title"] == "Edition 3: a correction"


def test_the_page_offers_the_feeds_of_what_is_asked(client, site):
    assert '<a href="/changes/feed.json?kind=new">JSON feed</a>' in page(client, "/changes/?kind=new")


def test_nothing_found_says_so(client, site):
    assert "Nothing has changed in that." in page(client, "/changes/?kind=ended")


def test_a_patch_turns_one_document_into_the_other(client, site):
    one, three = (json.loads(client.get(f"/editions/{number}.json").content) for number in (1, 3))
    answer = client.get("/editions/1/to/3.patch.json")
    assert answer["Content-Type"] == "application/json-patch+json"
    assert jsonpatch.apply_patch(one, json.loads(answer.content)) == three


def test_two_editions_are_shown_side_by_side(client, site):
    told = page(client, "/editions/2/to/1/")
    assert "Search no longer uses Private messages while you are on the site." in told
    assert "/editions/2/to/1.patch.json" in told


@pytest.mark.parametrize("path", ["/changes/feed.atom", "/changes/feed.json", "/changes/feed.json?kind=new"])
def test_a_reader_of_feeds_that_has_it_already_gets_nothing_again(client, site, path):
    known = {"If-None-Match": client.get(path)["ETag"]}
    assert client.get(path, headers=known).status_code == 304


def test_a_use_that_ended_says_so_where_links_still_lead(client, site):
    site(register(features=SEARCH, corrections=(correction(),)))
    ended = "/uses/communications.messages/search/inference/"
    told = page(client, ended)
    assert "Search no longer uses “Private messages” while you are on the site." in told
    assert 'It ended with <a href="/editions/4/">edition 4</a>' in told
    before = re.search(r'href="(/on/[^"]*)">what we said of it until then', told)[1]
    assert "Can you refuse?" in page(client, before)
    assert ended in page(client, before)


def test_a_use_that_never_was_has_not_ended(client, site):
    assert client.get("/uses/communications.messages/search/training/").status_code == 404


def test_two_editions_side_by_side_are_told_without_codes(client, site):
    told = page(client, "/editions/1/to/2/")
    assert "why the law allows it: It is part of what you signed up for" in told
    assert '<th scope="row">how long it is kept</th>' in told
    assert "legal_basis" not in told
    assert "legal basis" not in told


def test_clauses_are_compared_one_by_one(client, site):
    site(
        register(
            features=SEARCH,
            policies=(policy(PRIVACY.replace("Models learn", "Models may learn")),),
            corrections=(correction(),),
        )
    )
    assert '<th scope="row">clause 3.2</th>' in page(client, "/editions/3/to/4/")


def test_the_form_leads_to_the_comparison(client, site):
    assert client.get("/changes/compare/?from=1&to=3")["Location"] == "/editions/1/to/3/"


def test_what_is_to_come_says_from_when(client, site):
    site(register(features=SEARCH, corrections=(correction(),)), effective_at=NOON + timedelta(days=97))
    told = page(client, "/changes/")
    assert "Edition 4</a>, from 1 March 2027" in told
    assert "Not in force yet." in told
    assert "Not in force yet." not in page(client, "/changes/?kind=correction")


def test_a_feed_says_from_when_before_and_after_that_day(client, site, time_machine):
    site(register(features=SEARCH, corrections=(correction(),)), effective_at=NOON + timedelta(days=97))
    told = editions(client, "")
    time_machine.shift(timedelta(days=200))
    assert told[0] == editions(client, "")[0] == "Edition 4, from 1 March 2027"
    assert "<title>Edition 4, from 1 March 2027</title>" in page(client, "/changes/feed.atom")


def test_when_it_has_come_it_says_so_no_more(client, site, time_machine):
    site(register(features=SEARCH, corrections=(correction(),)), effective_at=NOON + timedelta(days=97))
    page(client, "/changes/")
    time_machine.move_to(NOON + timedelta(days=98), tick=False)
    assert "Not in force yet." not in page(client, "/changes/")


@pytest.mark.parametrize("asked", ["", "?day="])
def test_whoever_names_no_day_is_asked_for_one(client, site, asked):
    answer = client.get(f"/on/{asked}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/changes/#day")


def test_the_past_knows_of_no_later_change(client, site):
    told = page(client, "/on/2026-11-25/changes/")
    assert "Edition 2" in told
    assert ">Edition 3<" not in told
    assert 'aria-label="You are looking at the past"' in told


def test_whoever_looks_at_the_past_stays_there(client, site):
    told = page(client, "/on/2026-11-25/")
    assert '<a href="/on/2026-11-25/changes/">What changed</a>' in told
    assert '<a href="/on/2026-11-25/features/">AI features</a>' in told


@pytest.mark.parametrize("path", ["/on/2020-01-01/changes/", "/on/2099-01-01/changes/", "/on/2026-02-30/changes/"])
def test_a_day_without_pages_has_no_changes(client, site, path):
    assert client.get(path).status_code == 404


def test_a_second_reading_asks_the_database_only_for_the_standing(client, site, django_assert_max_num_queries):
    client.get("/changes/?kind=new")
    with django_assert_max_num_queries(1):
        client.get("/changes/?kind=new")


def test_a_correction_stands_on_the_page_of_the_use_and_in_the_past(client, site):
    for path in (USE, f"/on/2026-11-24{USE}", f"/on/2026-11-25{USE}"):
        assert "This was wrong" in page(client, path)
        assert "24 months" in page(client, path)


def test_of_a_day_on_which_it_was_right_nothing_was_wrong(client, site):
    assert "This was wrong" not in page(client, f"/on/2026-11-26{USE}")


def test_it_stands_on_the_pages_of_its_feature_and_its_category_too(client, site):
    assert "This was wrong" in page(client, "/features/job-ranking/")
    assert "This was wrong" in page(client, "/categories/communications.messages/")
    assert "This was wrong" not in page(client, "/features/search/")


def test_a_correction_is_shown_at_once_though_its_edition_holds_later(client, publish, time_machine):
    publish(register())
    time_machine.move_to(NOON + timedelta(days=2), tick=False)
    assert "This was wrong" not in page(client, USE)
    publish(register(corrections=(correction(),)), effective_at=NOON + timedelta(days=30))
    assert "This was wrong" in page(client, USE)


def test_the_past_says_that_some_of_it_is_known_to_be_wrong_today(client, site):
    assert "Today we know that 1 thing we said then was wrong." in page(client, "/on/2026-11-25/features/")
    assert "Today we know" not in page(client, "/on/2026-11-26/features/")
    assert "Today we know" not in page(client, "/features/")


def test_many_editions_are_read_page_by_page(client, publish, time_machine, monkeypatch):
    monkeypatch.setattr(changes, "AT_ONCE", 2)
    publish(register())
    publish(register(features=SEARCH))
    publish(register())
    time_machine.move_to(NOON + timedelta(days=4), tick=False)
    first, last = page(client, "/changes/"), page(client, "/changes/?page=2")
    assert ("Edition 3</a>" in first, "Edition 1</a>" in first) == (True, False)
    assert ("Edition 3</a>" in last, "Edition 1</a>" in last) == (False, True)
    assert 'href="?page=2"' in first


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "1e3", "9999999"])
def test_a_page_that_is_not_there_is_not_found(client, site, number):
    assert client.get(f"/changes/?page={number}").status_code == 404


def test_its_entry_in_the_public_log_is_linked(client, site):
    assert "/ledger/index/correction/retention-2026" in page(client, USE)


def test_hostile_words_are_only_words(client, publish, time_machine):
    bad = "<script>alert(1)</script>"
    publish(register(categories=(category(name=bad),)))
    publish(
        register(use(retention=bad), categories=(category(name=bad),), corrections=(correction(said=bad, truth=bad),))
    )
    time_machine.move_to(NOON + timedelta(days=3))
    for path in ("/changes/", "/changes/?kind=correction", "/editions/1/to/2/", USE, "/changes/feed.atom"):
        assert "<script>alert" not in page(client, path)


def test_a_reader_of_the_feed_that_renders_its_entries_shows_words_too(client, publish, time_machine):
    publish(register())
    publish(register(use(retention="<script>alert(1)</script>")))
    time_machine.move_to(NOON + timedelta(days=3))
    summaries = re.findall(r'<summary type="html">(.*?)</summary>', page(client, "/changes/feed.atom"))
    rendered = html.unescape("".join(summaries))
    assert "<script>" not in rendered
    assert "&lt;script&gt;alert(1)" in rendered
