"""The register by its address in the API, in whichever form is asked for."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from tests.register.builders import NOON, register, use

pytestmark = pytest.mark.django_db

FORMS = {
    "application/ld+json": "/editions/2/register.jsonld",
    "application/yaml": "/editions/2/register.fides.yml",
    "text/csv": "/editions/2/uses.csv",
}


@pytest.fixture
def site(publish, time_machine):
    cache.clear()
    publish(register())
    publish(register(use(), use(stage="inference")))
    time_machine.move_to(NOON + timedelta(days=2), tick=False)


def asked(client, accepted, query="", **more):
    return client.get(f"/api/v1/register/{query}", headers={"Accept": accepted, **more})


@pytest.mark.parametrize(("media_type", "address"), FORMS.items())
def test_it_is_given_in_the_form_that_is_asked_for(client, site, media_type, address):
    answer = asked(client, media_type)
    same = client.get(address)
    assert answer["Content-Type"].partition(";")[0] == media_type
    assert (answer["Content-Type"], answer.content) == (same["Content-Type"], same.content)


@pytest.mark.parametrize(
    "accepted",
    [
        *("", "application/json", "*/*", "application/*", "application/json, image/png"),
        *("text/csv;q=0, */*", "application/yaml;q=0.2, application/json;q=0.9"),
    ],
)
def test_otherwise_it_is_json(client, site, accepted):
    assert asked(client, accepted).json()["edition"] == 2


@pytest.mark.parametrize("accepted", ["text/csv, application/ld+json;q=0.5", "application/json;q=0.1, text/csv;q=0.2"])
def test_of_several_forms_the_one_with_the_most_weight_is_given(client, site, accepted):
    assert asked(client, accepted)["Content-Type"] == "text/csv; charset=utf-8"


def test_no_cache_mistakes_one_for_the_other(client, site):
    answers = [asked(client, accepted) for accepted in ("application/json", *FORMS)]
    assert all("Accept" in answer["Vary"] for answer in answers)
    assert len({answer["ETag"] for answer in answers}) == len(answers)


def test_what_the_caller_has_is_not_sent_again(client, site):
    etag = asked(client, "text/csv")["ETag"]
    answer = asked(client, "text/csv", **{"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize("query", ["?edition=1", "?at=2026-11-24"])
def test_an_earlier_edition_too(client, site, query):
    assert asked(client, "text/csv", query).content == client.get("/editions/1/uses.csv").content


@pytest.mark.parametrize(("query", "status"), [("?edition=9", 404), ("?edition=x", 400), ("?colour=blue", 400)])
def test_a_question_that_has_no_answer_is_a_problem_document(client, site, query, status):
    answer = asked(client, "text/csv", query)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_before_the_first_edition_there_is_none_in_any_form(client):
    assert asked(client, "text/csv").status_code == 404


@pytest.mark.parametrize("accepted", ["application/pdf", "text/csv;q=0", ";;;", "x" * 5000])
def test_a_form_that_there_is_not(client, site, accepted):
    assert asked(client, accepted).status_code == 406


def test_the_description_names_every_form(client, site):
    schema = client.get("/api/v1/schema").json()
    assert schema["paths"]["/api/v1/register/"]["get"]["responses"]["200"]["content"].keys() == {
        *("application/json", *FORMS)
    }
