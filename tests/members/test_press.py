"""Pages that are printed already: the same answer by the short way as by the long one, and never an older one."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from structlog.testing import capture_logs

from tests.register.builders import NOON, correction, register, use
from transparency.members import press

pytestmark = pytest.mark.django_db

PATHS = ["/", "/categories/communications.messages/", "/how/", "/on/2026-11-24/"]


@pytest.fixture
def site(publish, time_machine):
    publish(register())
    time_machine.move_to(NOON + timedelta(hours=20), tick=False)
    press._pages.clear()
    return publish


def headers(response):
    return {name: value for name, value in response.items() if name != "X-Request-ID"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accepted", ["gzip, br", "identity"])
def test_the_short_way_answers_as_the_long_one(client, site, path, accepted):
    first, second = (client.get(path, headers={"Accept-Encoding": accepted}) for _ in range(2))
    assert (headers(first), first.content) == (headers(second), second.content)


def test_a_page_that_is_printed_needs_no_view(client, site, monkeypatch):
    client.get("/")
    monkeypatch.setattr(press, "resolve", None)
    monkeypatch.setattr(press, "_print", None)
    assert client.get("/").status_code == 200


def test_a_stranger_gets_a_page_printed_without_a_look_for_a_session(client, site, rf):
    ask = press.PressMiddleware(lambda request: "the whole way")
    assert b"What changed last" in ask(rf.get("/")).content


@pytest.mark.parametrize("path", ["/choices/", "/categories/ghost/", "/on/2026-02-30/", "/on/2027-01-01/", "/%00/"])
def test_what_is_not_printed_goes_the_whole_way(client, site, rf, path):
    ask = press.PressMiddleware(lambda request: "the whole way")
    assert ask(rf.get(path)) == "the whole way"


def test_whoever_carries_a_session_goes_the_whole_way(client, site, rf, settings):
    client.get("/")
    ask = press.PressMiddleware(lambda request: "the whole way")
    assert ask(rf.get("/")).status_code == 200
    assert ask(rf.get("/", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}=x"})) == "the whole way"


def test_a_page_is_printed_anew_for_the_next_edition(client, site, time_machine):
    old = client.get("/categories/communications.messages/")["ETag"]
    site(register(use(), use(stage="inference")))
    time_machine.shift(timedelta(days=3))
    assert client.get("/categories/communications.messages/", headers={"If-None-Match": old}).status_code == 200


def test_a_host_that_is_not_ours_gets_no_printed_page(client, site):
    client.get("/")
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


PRINTED = [
    *("/", "/categories/", "/categories/communications.messages/", "/features/", "/features/job-ranking/", "/changes/"),
    *("/uses/communications.messages/job-ranking/training/", "/editions/1/", "/how/", "/on/2026-11-24/"),
]


@pytest.mark.parametrize("path", PRINTED)
def test_a_framed_page_is_the_page_as_its_template_says_it(client, site, path, monkeypatch):
    framed = client.get(path)
    press._pages.clear()
    monkeypatch.setattr(press, "framed", lambda template, context, site: render_to_string(template, site | context))
    assert (framed.status_code, client.get(path).content) == (200, framed.content)


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
def test_what_the_browser_has_is_not_sent_again(client, site, known):
    etag = client.get("/")["ETag"]
    answer = client.get("/", headers={"If-None-Match": known.format(etag)})
    assert (answer.status_code, answer.content) == (304, b"")


def test_the_log_names_the_address_by_the_short_way_too(client, site):
    client.get("/categories/communications.messages/")
    with capture_logs() as lines:
        client.get("/categories/communications.messages/")
    assert lines[0]["route"].startswith("^categories/")


def test_a_made_up_question_after_the_address_prints_nothing_new(client, site):
    client.get("/")
    client.get("/?a=1")
    assert list(press._pages) == ["/"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_printed_page_is_for_reading_only(client, site, method):
    client.get("/")
    assert getattr(client, method)("/").status_code == 405


@pytest.fixture
def meanwhile(site, monkeypatch):
    """An edition with a correction is published between two looks at the database."""
    known = press.queries.corrections
    later = NOON + timedelta(hours=19)
    then = [lambda: site(register(use(retention="24 months"), corrections=(correction(),)), at=later)]

    def corrections():
        answer = known()
        if then:
            then.pop()()
        return answer

    monkeypatch.setattr(press.queries, "corrections", corrections)


def test_a_page_is_of_one_edition_though_another_is_published_while_it_is_read(client, meanwhile):
    page = client.get("/uses/communications.messages/job-ranking/training/").content.decode()
    assert "24 months" in page
    assert "This was wrong" in page
