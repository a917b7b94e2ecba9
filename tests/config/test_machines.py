"""Programs that ask the pages' addresses are told in their own way what is wrong; people get a page."""

import json
import re

import pytest
from django.test import Client

from tests.register.builders import register
from transparency.consent.models import Choice

pytestmark = pytest.mark.django_db
JSON, BROWSER = "application/json", "text/html,application/xhtml+xml,*/*;q=0.8"
RECEIPT = "/receipts/3dc21186-148c-4403-8488-6526813c6056"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def mia_here(publish, mia):
    """Mia, whose requests are looked at for the token of a form."""
    publish(register())
    client = Client(enforce_csrf_checks=True)
    client.force_login(mia)
    return client


def problem(answer):
    """Its status, and the field that it names."""
    assert answer["Content-Type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert told["status"] == answer.status_code
    return answer.status_code, told["errors"][0]["pointer"]


@pytest.mark.parametrize("path", ["/choices/", "/receipts/", "/staff/proposals/new/", "/accounts/login/"])
@pytest.mark.parametrize("kind", [JSON, "application/ld+json; charset=utf-8"])
def test_json_where_a_form_was_expected(mia_here, path, kind):
    answer = mia_here.post(path, {"answer": "refuse 0 all"}, kind, headers={"Accept": BROWSER})
    assert problem(answer) == (415, "")
    assert not Choice.objects.exists()


def test_json_in_the_name_of_a_page_that_carries_its_token(mia_here):
    page = mia_here.get("/choices/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    answer = mia_here.post("/choices/", {"answer": "refuse 0 all"}, JSON, headers={"X-CSRFToken": token})
    assert problem(answer) == (415, "")


def test_a_form_without_its_token(mia_here):
    answer = mia_here.post("/choices/", "answer=refuse+0+all", FORM, headers={"Accept": JSON})
    assert problem(answer) == (403, "/csrfmiddlewaretoken")


@pytest.mark.parametrize("accept", [JSON, "*/*", ""])
def test_a_receipt_that_is_not_theirs(mia_here, accept):
    assert problem(mia_here.get(f"{RECEIPT}.json", headers={"Accept": accept})) == (404, "")


@pytest.mark.parametrize("path", [f"{RECEIPT}.json", f"{RECEIPT}/", "/ghost/"])
def test_people_get_a_page(mia_here, path):
    answer = mia_here.get(path, headers={"Accept": BROWSER})
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_people_get_a_page_about_a_form_without_its_token(mia_here):
    answer = mia_here.post("/choices/", "answer=refuse+0+all", FORM, headers={"Accept": BROWSER})
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")
