"""Each page is asked the same: does it work, for strangers too, by safe methods only, and with bad names?"""

import hashlib
from collections import OrderedDict
from datetime import timedelta

import pytest

from tests.register.builders import NOON, category, feature, register, use
from transparency.members import press
from transparency.register.actions import record_evidence
from transparency.register.models import Evidence, Freshness

pytestmark = pytest.mark.django_db
WRITING = dict.fromkeys(("post", "put", "patch", "delete", "trace"), 405)

USE = "/uses/communications.messages/job-ranking/training/"
PAGES = [
    "/",
    "/categories/",
    "/categories/communications.messages/",
    "/features/",
    "/features/job-ranking/",
    USE,
    "/changes/",
    "/editions/1/",
    "/editions/1.json",
    "/downloads/",
    "/on/2026-11-24/downloads/",
    "/editions/1/uses.csv",
    "/editions/1/features/job-ranking.md",
    "/editions/1/features/job-ranking.jsonld",
    "/editions/1/categories/communications.messages.jsonld",
    "/editions/1/uses/communications.messages/job-ranking/training.jsonld",
    "/search/",
    "/how/",
    "/on/2026-11-24/",
    "/on/2026-11-24/categories/communications.messages/",
    f"/on/2026-11-24{USE}",
    "/on/2026-11-24/search/",
    "/on/2026-11-24/how/",
]
NOWHERE = [
    "/categories/ghost/",
    "/categories/%00/",
    "/features/ghost/",
    "/uses/communications.messages/job-ranking/dreaming/",
    "/uses/communications.messages/job-ranking/inference/",
    "/editions/0/",
    "/editions/9/",
    "/editions/%D9%A1/",
    "/editions/99999999999999999999/",
    "/editions/9.json",
    "/editions/9/uses.csv",
    "/editions/0/uses.csv",
    "/editions/1/uses.pdf",
    "/editions/1/features/ghost.md",
    "/editions/1/features/ghost.jsonld",
    "/editions/1/categories/ghost.jsonld",
    "/editions/1/uses/communications.messages/job-ranking/inference.jsonld",
    "/on/2026-02-30/",
    "/on/2026-02-30/search/",
    "/on/2020-01-01/search/",
    "/on/2099-01-01/search/",
    "/on/2026-13-01/",
    "/on/9999-12-31/",
    "/on/0001-01-01/",
    "/on/2020-01-01/",
    "/categories/../settings/",
]
JOBS = [("raw.messages", ""), ("prepare", "prepare"), ("ranker", "train")]
NEVER_RENDERED = ("application/json", "application/ld+json", "text/csv; charset=utf-8")
POLYGLOT = "\"'><script>alert(1)</script>{{7*7}}{% now %}javascript:alert(1)"


@pytest.fixture
def site(publish, time_machine):
    publish(register())
    time_machine.move_to(NOON + timedelta(hours=20), tick=False)
    return publish


def evidence(**fields):
    times = {"first_seen": NOON, "last_seen": NOON, "checked_at": NOON}
    where = {"category": "communications.messages", "feature": "job-ranking", "stage": "training"}
    steps = [{"what": "A table:", "name": "raw.messages", "by": "", "last_seen": ""}]
    return Evidence(**{"seen": True, "by_column": True, "steps": steps, **times, **where, **fields})


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


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/" and "/search/" not in path])
def test_a_public_page_is_the_same_for_everybody_and_sets_no_cookie(client, site, mia, path):
    for_a_stranger = client.get(path)
    client.force_login(mia)
    for_mia = client.get(path)
    assert for_mia.content == for_a_stranger.content
    assert not for_a_stranger.cookies
    assert "Cookie" not in for_a_stranger["Vary"]


@pytest.mark.parametrize("path", PAGES)
def test_a_second_reading_asks_the_database_at_most_for_the_standing(client, site, path, django_assert_max_num_queries):
    client.get(path)
    with django_assert_max_num_queries(4 if "/search/" in path else 1):
        client.get(path)


def test_what_the_browser_has_is_not_sent_again(client, site):
    tag = client.get("/")["ETag"]
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 304


def test_the_overview_answers_at_a_glance(client, site):
    assert "<b>1 kind</b> of your data feeds <b>1 AI feature</b>" in page(client, "/")


def test_before_the_first_edition_the_page_says_so(client):
    assert "Nothing has been published yet" in page(client, "/")


def test_a_new_edition_shows_on_the_next_request(client, site, time_machine):
    page(client, USE)
    site(register(use(retention="6 months")), at=NOON + timedelta(days=1))
    time_machine.move_to(NOON + timedelta(days=1), tick=False)
    assert "6 months" in page(client, USE)


def test_a_scheduled_edition_shows_when_its_time_comes(client, site, time_machine):
    soon = NOON + timedelta(days=2)
    site(register(use(retention="6 months")), at=NOON + timedelta(hours=20), effective_at=soon)
    assert "13 months" in page(client, USE)
    time_machine.move_to(soon, tick=False)
    assert "6 months" in page(client, USE)


@pytest.mark.parametrize("path", ["/", USE, "/features/job-ranking/", "/categories/communications.messages/"])
def test_a_scheduled_edition_is_told_before_its_time_comes(client, site, time_machine, path):
    soon = NOON + timedelta(days=2)
    site(register(use(retention="2 years")), at=NOON + timedelta(hours=20), effective_at=soon)
    told = page(client, path)
    assert '<b>From 26 November 2026</b>, with <a href="/editions/2/">edition 2</a>. More is done with data.' in told
    assert "how long it is kept was “13 months” and is now “2 years”" in told
    time_machine.move_to(soon, tick=False)
    assert "What will change" not in page(client, path)
    assert "What will change" not in page(client, f"/on/2026-11-24{path}")


@pytest.mark.parametrize("path", [USE, "/features/job-ranking/", "/categories/communications.messages/"])
def test_pages_of_one_edition_are_printed_from_one_reading(client, site, monkeypatch, django_assert_num_queries, path):
    """A thousand uses would ask a thousand times, and an edition would take its time to be served."""
    monkeypatch.setattr(press, "_pages", OrderedDict())
    site(register(use(retention="2 years")), at=NOON + timedelta(hours=20), effective_at=NOON + timedelta(days=2))
    page(client, "/")
    with django_assert_num_queries(1):
        assert "What will change" in page(client, path)


def test_the_past_is_shown_as_it_stood(client, site, time_machine):
    site(register(use(retention="6 months")), at=NOON + timedelta(days=1))
    time_machine.move_to(NOON + timedelta(days=3), tick=False)
    assert "13 months" in page(client, f"/on/2026-11-24{USE}")
    assert "as it stood on <b>24 November 2026</b>" in page(client, f"/on/2026-11-24{USE}")


def test_an_earlier_name_still_leads_there(client, publish, time_machine):
    renamed = category("social.messages", aliases=("communications.messages",))
    publish(register(use("social.messages"), categories=(renamed,)))
    time_machine.move_to(NOON + timedelta(hours=1))
    assert client.get("/categories/communications.messages/").status_code == 200


def test_what_is_seen_is_verified_with_its_path(client, site):
    record_evidence(evidence=[evidence()], freshness=[], at=NOON)
    assert "Verified by lineage" in page(client, USE)
    assert "raw.messages" in page(client, USE)


def test_what_was_never_seen_is_only_declared(client, site):
    assert "Declared, never seen" in page(client, USE)


def test_a_past_day_does_not_tell_what_was_seen(client, site, time_machine):
    record_evidence(evidence=[evidence()], freshness=[], at=NOON)
    time_machine.move_to(NOON + timedelta(days=3), tick=False)
    then = page(client, f"/on/2026-11-24{USE}")
    assert ("never seen" in then, "Verified" in then, "kept for today only" in then) == (False, False, True)


def test_a_group_says_which_kind_of_data_each_use_is_of(client, publish, time_machine):
    group = category("communications", name="What you write")
    publish(register(categories=(group, category(parent="communications"))))
    time_machine.move_to(NOON + timedelta(hours=20), tick=False)
    assert "<b>Private messages</b>" in page(client, "/categories/communications/")
    assert "<b>Private messages</b>" not in page(client, "/categories/communications.messages/").partition("<h2>")[2]


def test_a_job_is_not_said_to_come_from_itself(client, site):
    steps = [{"what": "A program:", "name": name, "by": by, "last_seen": "2026-11-24"} for name, by in JOBS]
    record_evidence(evidence=[evidence(steps=steps)], freshness=[], at=NOON)
    shown = page(client, USE)
    assert (shown.count("by the job"), shown.count("last seen 24 November 2026")) == (1, 3)


def test_what_is_seen_but_not_said_has_a_page(client, site):
    record_evidence(evidence=[evidence(stage="inference")], freshness=[], at=NOON)
    hidden = "/uses/communications.messages/job-ranking/inference/"
    assert "Seen, not yet declared" in page(client, hidden)
    assert hidden in page(client, "/")


def test_what_is_seen_but_not_said_tells_which_edition_will_say_it(client, site):
    record_evidence(evidence=[evidence(stage="inference")], freshness=[], at=NOON)
    soon = NOON + timedelta(days=2)
    site(register(use(), use(stage="inference")), at=NOON + timedelta(hours=20), effective_at=soon)
    told = page(client, "/uses/communications.messages/job-ranking/inference/")
    assert '<b>From 26 November 2026</b>, with <a href="/editions/2/">edition 2</a>' in told


def test_a_stale_source_is_said(client, site):
    record_evidence(evidence=[evidence()], freshness=[Freshness(source="w", name="W", stale_since=NOON)], at=NOON)
    assert "Catalog not read since" in page(client, USE)


@pytest.mark.parametrize("path", PAGES)
def test_hostile_text_is_only_text(client, publish, time_machine, path):
    said = {"name": POLYGLOT[:80]}
    steps = [{"what": "A table:", "name": POLYGLOT, "by": POLYGLOT, "last_seen": POLYGLOT}]
    hostile = register(
        use(purpose_text=POLYGLOT, why_needed=POLYGLOT, retention=POLYGLOT),
        categories=(category(what_it_is=POLYGLOT, **said),),
        features=(feature(what_it_does=POLYGLOT, group=POLYGLOT[:60], **said),),
    )
    publish(hostile)
    record_evidence(evidence=[evidence(steps=steps)], freshness=[], at=NOON)
    time_machine.move_to(NOON + timedelta(hours=20))
    found = client.get(path)
    assert "<script>alert" not in found.content.decode() or found["Content-Type"] in NEVER_RENDERED


@pytest.mark.parametrize("asked", ["x" * 201, "a b c d e f g h i", "\0", "a\u202eb", "a\x1bb", "e" + "\u0301" * 9])
def test_a_search_beyond_the_limits_is_explained(client, site, asked):
    answer = client.get("/search/", {"q": asked})
    assert (answer.status_code, b'role="alert"' in answer.content) == (400, True)


def test_a_search_finds_what_is_said(client, site):
    assert "Private messages" in page(client, "/search/?q=private")


def test_the_feed_lists_the_editions(client, site):
    assert "Edition 1" in page(client, "/changes/feed.atom")


def test_the_document_is_byte_for_byte_what_the_digest_is_of(client, site):
    answer = client.get("/editions/1.json")
    assert f'"{hashlib.sha256(answer.content).hexdigest()}"' == answer["ETag"]


def test_your_account_asks_a_stranger_to_sign_in(client):
    assert client.get("/accounts/here/")["Location"].startswith("/accounts/login/")


def test_your_account_greets_mia(client, mia):
    client.force_login(mia)
    assert "Hello, Mia" in page(client, "/accounts/here/")


def test_a_search_of_the_past_finds_what_was_said_then(client, publish, time_machine):
    publish(register(categories=(category(name="Letters to others"),)))
    publish(register(categories=(category(name="Private messages"),)))
    time_machine.move_to(NOON + timedelta(days=3), tick=False)
    then = page(client, "/on/2026-11-24/search/?q=letters")
    assert "/on/2026-11-24/categories/communications.messages/" in then
    assert "You are looking at the past" in then
    assert "Nothing speaks of" in page(client, "/search/?q=letters")


def test_what_was_seen_is_not_told_of_a_past_day(client, site):
    assert "We keep what we saw only as it is now" in page(client, "/on/2026-11-24/how/")
