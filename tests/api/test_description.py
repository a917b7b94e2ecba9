"""The API keeps what its own description promises: asked what it allows, and what it does not, by schemathesis."""

from datetime import timedelta
from functools import cache

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.register.builders import NOON, Press, register, use
from transparency.accounts.actions import issue_token
from transparency.catalog.models import Source
from transparency.enforcement.actions import register_pipeline

READING = [
    *("/", "/register/", "/uses/", "/categories/", "/features/", "/editions/", "/editions/{number}/"),
    *("/observations/", "/sources/"),
]
PATHS = SchemaGenerator().get_schema(public=True)["paths"]
OTHERS = [(path, m.upper()) for path, methods in PATHS.items() for m in methods if path[7:] not in READING]
load_all_checks()
ALWAYS = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


def names_a_parameter(ctx, response, case):
    """What is read is asked for in the address alone: a fault of it is there too, as ``?name``, or in no one place."""
    pointers = {fault["pointer"] for fault in response.json()["errors"]} if response.status_code >= 400 else set()
    assert case.method != "GET" or pointers <= {"", *(f"?{name}"[:61] for name in case.query or {}), *NAMED[case.path]}


NAMED = {
    path: {f"?{one['name']}" for one in methods.get("get", {}).get("parameters", ())} for path, methods in PATHS.items()
}
ALWAYS.append(names_a_parameter)
REFUSING = [*ALWAYS, *CHECKS.get_by_names(["negative_data_rejection"])]
ANSWERING = [*ALWAYS, *CHECKS.get_by_names(["positive_data_acceptance"])]
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@cache
def description():
    """What the API says of itself: asked once, as no test changes it."""
    return schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())


@pytest.fixture
def described(ines, time_machine):
    """The API, in this process, as its own description shows it."""
    Press(ines)(register(use(), use(stage="inference")))
    time_machine.move_to(NOON + timedelta(hours=1))
    # As Django's own client does: the connection is the test's, not the request's.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield description()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(amir):
    """Of one who sends events, records choices, and trains something else than machines think of."""
    Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")
    told = {"slug": "pip", "name": "Pip", "contact": "#jobs-ml", "max_age": 3600}
    register_pipeline(by=amir, assignments=[("job-ranking", "training")], **told)
    return issue_token(by=amir, name="Airflow", scopes=["lineage:airflow", "choices", "pipeline:pip"])[1]


def ask(operation, mode, checks, headers=None):
    @few
    @given(operation.as_strategy(generation_mode=mode))
    def each(case):
        assume(not {"at", "edition"} <= (case.query or {}).keys())  # described in words only: one or the other
        case.call_and_validate(checks=checks, headers=headers)

    each()


@pytest.mark.parametrize("path", READING)
def test_what_it_allows_is_answered_as_described(described, path):
    ask(described[f"/api/v1{path}"]["GET"], GenerationMode.POSITIVE, ANSWERING)


@pytest.mark.parametrize("path", READING[1:])  # the first takes nothing that could be wrong
def test_what_it_does_not_allow_is_refused(described, path):
    ask(described[f"/api/v1{path}"]["GET"], GenerationMode.NEGATIVE, REFUSING)


@pytest.mark.parametrize(("path", "method"), OTHERS)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_whatever_machines_send_it_answers_as_described(described, key, path, method, mode):
    ask(described[path][method], mode, ALWAYS, {"Authorization": f"Bearer {key}"})


@pytest.mark.parametrize(("path", "method"), OTHERS)
def test_without_a_key_it_answers_as_described(described, path, method):
    ask(described[path][method], GenerationMode.POSITIVE, ALWAYS)


def test_reading_and_sending_are_described():
    assert {f"/api/v1{path}" for path in READING} <= PATHS.keys()
    assert ("/api/v1/lineage/batch", "POST") in OTHERS
