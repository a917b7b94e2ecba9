"""The record in other forms: as files of any edition, and at the addresses of the pages for whoever asks for them."""

import csv
import io
import json
from datetime import timedelta

import pytest

from tests.register.builders import NOON, category, register, use
from transparency.members import press
from transparency.register.exports.formats import FORMATS

pytestmark = pytest.mark.django_db

USE = "/uses/communications.messages/job-ranking/training/"
KIND = "/categories/communications.messages/"
OFFERED = [
    ("/", "application/ld+json", "/editions/1/register.jsonld"),
    ("/", "application/yaml", "/editions/1/register.fides.yml"),
    ("/", "text/csv", "/editions/1/uses.csv"),
    ("/", "application/json", "/editions/1.json"),
    ("/downloads/", "application/ld+json", "/editions/1/register.jsonld"),
    ("/editions/1/", "application/json", "/editions/1.json"),
    ("/editions/1/", "text/csv", "/editions/1/uses.csv"),
    (KIND, "application/ld+json", "/editions/1/categories/communications.messages.jsonld"),
    ("/categories/comms.old/", "application/ld+json", "/editions/1/categories/communications.messages.jsonld"),
    ("/features/job-ranking/", "application/ld+json", "/editions/1/features/job-ranking.jsonld"),
    ("/features/job-ranking/", "text/markdown", "/editions/1/features/job-ranking.md"),
    (USE, "application/ld+json", "/editions/1/uses/communications.messages/job-ranking/training.jsonld"),
    (f"/on/2026-11-24{USE}", "application/ld+json", f"/editions/1{USE[:-1]}.jsonld"),
]
BROWSERS = [
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "*/*",
    "",
    "text/html, application/ld+json;q=0.9",
    "image/png",
    "application/ld+json;q=0",
    "application/ld+json" + ", a/b" * 500,
]


@pytest.fixture
def site(publish, time_machine):
    publish(register(categories=(category(aliases=("comms.old",)),)))
    time_machine.move_to(NOON + timedelta(hours=20), tick=False)
    press._pages.clear()
    return publish


def asked(client, path, accepted, **more):
    return client.get(path, headers={"Accept": accepted, **more})


@pytest.mark.parametrize("form", FORMATS, ids=lambda one: one.key)
def test_every_file_is_on_the_page_and_there(client, site, form):
    assert f'href="{form.address(1)}"' in client.get("/downloads/").content.decode()
    assert f'href="{form.address(1)}"' in client.get("/editions/1/").content.decode()
    answer = client.get(form.address(1))
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, form.media_type)


def test_every_page_leads_to_them(client, site):
    assert 'href="/downloads/"' in client.get("/how/").content.decode()


def test_a_past_day_has_the_files_of_its_edition(client, site, time_machine):
    site(register(use(), use(stage="inference")))
    time_machine.shift(timedelta(days=2))
    assert 'href="/editions/1/uses.csv"' in client.get("/on/2026-11-24/downloads/").content.decode()
    assert 'href="/editions/2/uses.csv"' in client.get("/downloads/").content.decode()
    rows = list(csv.DictReader(io.StringIO(client.get("/editions/1/uses.csv").content.decode("utf-8-sig"))))
    assert [row["stage"] for row in rows] == ["training"]


def test_before_the_first_edition_there_is_nothing_to_take(client):
    assert "nothing to take" in client.get("/downloads/").content.decode()


@pytest.mark.parametrize(("path", "media_type", "address"), OFFERED)
def test_a_page_gives_its_data_to_whoever_prefers_them(client, site, path, media_type, address):
    answer = asked(client, path, media_type)
    assert answer["Content-Type"].partition(";")[0] == media_type
    assert (answer["Content-Location"], answer.content) == (address, client.get(address).content)


@pytest.mark.parametrize(("path", "media_type", "address"), OFFERED)
def test_a_page_names_its_data_in_its_head(client, site, path, media_type, address):
    page = client.get(path).content.decode()
    assert f'<link rel="alternate" type="{media_type}" href="{address}"' in page


@pytest.mark.parametrize("accepted", BROWSERS)
def test_browsers_get_the_page(client, site, accepted):
    assert asked(client, USE, accepted)["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("first", ["text/html", "application/ld+json"])
def test_no_cache_mistakes_one_for_the_other(client, site, first):
    answers = [asked(client, USE, accepted) for accepted in (first, "text/html", "application/ld+json", "text/html")]
    assert [answer["Content-Type"].partition(";")[0] for answer in answers[1:]] == [
        *("text/html", "application/ld+json", "text/html")
    ]
    assert {answer["Vary"] for answer in answers} == {"Accept, Accept-Encoding"}
    assert len({answer["ETag"] for answer in answers}) == 2


def test_data_that_one_has_are_not_sent_again(client, site):
    etag = asked(client, USE, "application/ld+json")["ETag"]
    answer = asked(client, USE, "application/ld+json", **{"If-None-Match": etag})
    assert (answer.status_code, answer.content, answer["Vary"]) == (304, b"", "Accept, Accept-Encoding")


def test_the_page_is_not_taken_for_the_data_that_one_has(client, site):
    etag = asked(client, USE, "application/ld+json")["ETag"]
    assert asked(client, USE, "text/html", **{"If-None-Match": etag}).status_code == 200


def test_members_who_are_signed_in_get_data_that_are_nobodys(client, site, mia):
    stranger = asked(client, "/", "application/ld+json").content
    client.force_login(mia)
    assert asked(client, "/", "application/ld+json").content == stranger


def test_a_page_that_is_not_there_has_no_data(client, site):
    assert asked(client, "/uses/ghost/job-ranking/training/", "application/ld+json").status_code == 404


def test_the_data_of_a_use_are_of_that_use_alone(client, site):
    graph = json.loads(asked(client, USE, "application/ld+json").content)["@graph"]
    assert [node["dct:identifier"] for node in graph] == [
        *("1", "communications.messages", "job-ranking", "communications.messages/job-ranking/training")
    ]


def test_a_file_is_saved_under_a_name_that_says_what_it_is(client, site):
    assert client.get("/editions/1/uses.csv")["Content-Disposition"] == 'attachment; filename="edition-1-uses.csv"'
    assert client.get("/editions/1.json")["Content-Disposition"] == 'inline; filename="edition-1.json"'


def test_programs_of_others_may_read_the_files(client, site):
    assert client.get("/editions/1/register.jsonld")["Access-Control-Allow-Origin"] == "*"


def test_a_file_comes_compressed_to_whoever_can(client, site):
    answer = client.get("/editions/1/register.jsonld", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"


def test_a_page_asked_for_data_is_still_printed_once(client, site, monkeypatch):
    asked(client, USE, "application/ld+json")
    monkeypatch.setattr(press, "_print", None)
    assert client.get(USE).status_code == 200
