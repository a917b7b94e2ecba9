"""What machines may read: the same for everybody, with an ETag, by safe methods."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.register.builders import NOON, Press, category, register, register_of, use
from transparency.api.endpoints import reading

LISTS = ["uses/", "categories/", "features/", "editions/", "observations/", "sources/"]
NAMES = ["", "register/", "uses/", "categories/", "features/", "editions/", "observations/", "sources/"]


@pytest.fixture
def site(ines, time_machine):
    Press(ines)(register(use(), use(stage="inference")))
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_may_read_it(client, site, name):
    assert client.get(f"/api/v1/{name}")["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_reading_is_answered(client, site, name):
    assert client.post(f"/api/v1/{name}").status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_what_the_caller_has_is_not_sent_again(client, site, name):
    tag = client.get(f"/api/v1/{name}")["ETag"]
    assert client.get(f"/api/v1/{name}", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.django_db
def test_before_the_first_edition_it_answers_too(client, name):
    assert client.get(f"/api/v1/{name}").status_code == 200


def test_uses_are_narrowed(client, site):
    found = client.get("/api/v1/uses/", {"stage": "inference"}).json()["results"]
    assert [one["stage"] for one in found] == ["inference"]


def test_a_category_is_known_by_its_earlier_keys_too(client, ines, time_machine):
    Press(ines)(register(categories=(category(aliases=("messages.private",)),)))
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)
    found = client.get("/api/v1/uses/", {"category": "messages.private"}).json()["results"]
    assert [one["category"] for one in found] == ["communications.messages"]


def test_the_register_names_its_edition(client, site):
    assert client.get("/api/v1/register/").json()["edition"] == 1


@pytest.mark.parametrize("name", NAMES)
def test_another_site_may_read_it_too(client, site, name):
    assert client.get(f"/api/v1/{name}")["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("name", NAMES)
def test_its_head_can_be_asked_for(client, site, name):
    assert client.head(f"/api/v1/{name}")["ETag"] == client.get(f"/api/v1/{name}")["ETag"]


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_named(client, site, name):
    answer = client.get(f"/api/v1/{name}?colour=blue")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == "?colour"


@pytest.mark.parametrize("name", NAMES)
def test_a_second_answer_asks_the_database_for_the_standing_alone(client, site, name, django_assert_num_queries):
    client.get(f"/api/v1/{name}")
    with django_assert_num_queries(1):
        client.get(f"/api/v1/{name}")


@pytest.mark.parametrize("name", LISTS)
def test_a_page_that_is_not_there_is_said(client, site, name):
    answer = client.get(f"/api/v1/{name}?page=9")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no page 9; the last one is 1.")


WRONG = (
    *("page=0", "page=-1", "page=%D9%A3", "page_size=1001", "page=1&page=2", "stage=sleeping", "at=yesterday"),
    *("at=2026-13-01", "at=2026-11-24T12:00:00", "at=2026-11-24&edition=1", "edition=0", "category="),
    *("refusal=maybe", "at=2026-11-24T12:00:00%2B99:00", "at=2026-W48-2", "at=2026-W48-2T12:00:00Z", "at=20261124"),
    *("feature=%ED%A0%80", "category=%FF"),
)


@pytest.mark.parametrize("query", WRONG)
def test_a_wrong_value_is_named(client, site, query):
    answer = client.get(f"/api/v1/uses/?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "parameter")


@pytest.mark.parametrize("moment", ["9999-12-31", "9999-12-31T23:59:59-14:00"])
def test_a_moment_to_come_is_not_there(client, site, moment):
    answer = client.get(f"/api/v1/uses/?at={moment}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "ahead")


def test_pages_are_turned_to_the_end_without_a_use_twice(client, ines):
    Press(ines)(register_of(5, 4, 20))
    first = client.get("/api/v1/uses/?page_size=7").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    seen = [(one["category"], one["feature"]) for page in (first, second, third) for one in page["results"]]
    assert (first["count"], len(seen), len(set(seen)), third["next"]) == (20, 20, 20, None)


def test_turning_pages_stays_in_one_edition(client, ines):
    press = Press(ines)
    press(register_of(5, 4, 20))
    first = client.get("/api/v1/uses/?page_size=15").json()
    press(register_of(5, 4, 16))
    assert client.get(first["next"]).json()["edition"] == 1


def test_the_register_as_it_stood_on_a_day(client, ines):
    press = Press(ines)
    press(register(use()))
    press(register(use(), use(stage="inference")))
    assert client.get("/api/v1/register/?at=2026-11-24").json()["edition"] == 1


def test_before_anything_was_published_there_is_nothing_to_read(client, site):
    assert client.get("/api/v1/uses/?at=2020-01-01").json()["errors"][0]["code"] == "not_yet"
    first_moment = "0001-01-01T00:00:00%2B14:00"
    assert client.get(f"/api/v1/uses/?at={first_moment}").json()["errors"][0]["code"] == "not_yet"


def test_uses_are_narrowed_by_whether_they_can_be_refused(client, site):
    assert client.get("/api/v1/uses/?refusal=yes").json()["count"] == 2
    assert client.get("/api/v1/uses/?refusal=no").json()["count"] == 0


def test_editions_are_listed_as_of_a_moment(client, ines):
    press = Press(ines)
    press(register(use()))
    press(register(use(), use(stage="inference")))
    assert [one["number"] for one in client.get("/api/v1/editions/").json()["results"]] == [2, 1]
    assert [one["number"] for one in client.get("/api/v1/editions/?at=2026-11-24").json()["results"]] == [1]
    assert client.get("/api/v1/editions/?at=9999-12-31").status_code == 404


def test_turning_pages_of_editions_stays_at_the_moment(client, ines):
    press = Press(ines)
    press(register(use()))
    press(register(use(), use(stage="inference")))
    press(register(use()))
    first = client.get("/api/v1/editions/?at=2026-11-25&page_size=1").json()
    assert client.get(first["next"]).json()["results"][0]["number"] == 1


def test_one_edition_is_read_by_its_number(client, site):
    assert client.get("/api/v1/editions/1/").json()["document_url"].endswith("/editions/1.json")


@pytest.mark.parametrize("path", ["editions/2/", "editions/0/", "editions/x/", "nothing/", "uses/a/b"])
def test_what_is_not_there_is_a_problem_document(client, site, path):
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_wrong_method_says_which_are_right(client, site):
    answer = client.delete("/api/v1/uses/")
    assert (answer["Content-Type"], answer["Allow"]) == ("application/problem+json", "GET, HEAD, OPTIONS")


def test_answers_are_json_only(client, site):
    answer = client.get("/api/v1/uses/", headers={"Accept": "image/png"})
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


def test_what_nobody_foresaw_is_a_problem_document_too(client, site, monkeypatch):
    monkeypatch.setattr(reading.queries, "document", None)
    client.raise_request_exception = False
    answer = client.get("/api/v1/register/")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(max_codepoint=255), max_size=30), st.sampled_from(NAMES))
def test_no_question_breaks_it(client, site, query, name):
    assert client.get(f"/api/v1/{name}", query_params={query: query}).status_code in (200, 400, 404)
    assert client.get(f"/api/v1/{name}", QUERY_STRING=query).status_code in (200, 400, 404)


def test_the_description_is_valid_and_names_every_address(client, site):
    schema = client.get("/api/v1/schema").json()
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")
    assert {f"/api/v1/{name}" for name in [*NAMES, "editions/{number}/", "lineage", "lineage/batch"]} <= schema[
        "paths"
    ].keys()


def test_every_shape_that_is_named_is_described(client, site):
    text = client.get("/api/v1/schema").content.decode()
    named = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert named == set(json.loads(text)["components"]["schemas"])


@pytest.mark.parametrize("path", ["/api/v1/uses/?ghost=1", "/api/v1/ghost", "/api/v1/suppressions", "/api/v1/lineage"])
def test_a_problem_names_the_request_as_the_log_does(client, site, path):
    answer = client.get(path)
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_our_own_fault_names_the_request_too(client, site, monkeypatch):
    monkeypatch.setattr("transparency.register.queries.editions", lambda: 1 / 0)
    client.raise_request_exception = False
    answer = client.get("/api/v1/editions/")
    assert (answer.status_code, answer.json()["request_id"]) == (500, answer["X-Request-ID"])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_page_for_people_tells_machines_that_it_is_only_read(publish, method):
    answer = Client(enforce_csrf_checks=True).generic(method, "/api/v1/docs/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert answer["Content-Type"] == "application/problem+json"


def test_people_find_every_address_on_one_page(client, site):
    page = client.get("/api/v1/docs/").content.decode()
    assert all(f"/api/v1/{name}" in page for name in NAMES)


def test_every_parameter_is_explained(client):
    paths = client.get("/api/v1/schema").json()["paths"].values()
    asked = [one for path in paths for operation in path.values() for one in operation.get("parameters", [])]
    assert [one["name"] for one in asked if not one.get("description")] == []
