"""What was taken away stops at once (P-42): everything that opens a door, used, taken away, and used again."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from tests.enforcement.builders import said
from tests.scenarios.openlineage import run_event
from transparency.accounts.actions import change_role, deactivate, forget_second_factor, issue_token, revoke_token
from transparency.accounts.roles import Role
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.http import token_called
from transparency.catalog.models import Source
from transparency.enforcement import actions

HELD = {"member": "7"}


@pytest.fixture(autouse=True)
def _christmas(time_machine):
    time_machine.move_to("2026-12-25T12:00:00+00:00")


@pytest.fixture
def staff(client, otto, settings):
    """Otto's browser; it works where the inbox opens."""
    settings.STAFF_SECOND_FACTOR = True
    Authenticator.objects.create(user=otto, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    client.force_login(otto)
    return lambda: client.get("/staff/").status_code == 200


@pytest.fixture
def copied(client, mia):
    """A copy of Mia's cookie, in another browser."""
    client.force_login(mia)
    other = Client()
    other.cookies["sid"] = client.cookies["sid"].value
    return lambda: other.get("/choices/history/").status_code == 200


def post(path, secret, body):
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().generic("POST", path, json.dumps(body), content_type="application/json", headers=headers)


ASKED = {"feature": "job-ranking", "stage": "training", "categories": ["communications.messages"], "members": [7]}


@pytest.fixture(params=[("acknowledgements", said), ("decisions", ASKED.copy)], ids=["acknowledges", "asks"])
def pipeline(request, amir, pip, published):
    """Pip's key, its row, and whether it is answered: each asks for who comes in a way of its own."""
    path, body = request.param
    token, secret = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")
    return token, lambda: post(f"/api/v1/{path}", secret, body()).status_code in (200, 201)


@pytest.fixture
def airflow(amir):
    """The key of Airflow, which posts events."""
    Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")
    token, secret = issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])
    event = run_event(eventTime=timezone.now().isoformat())
    return token, lambda: post("/api/v1/lineage", secret, event).status_code == 201


@pytest.fixture
def platform(amir, published):
    """The key of the platform's own settings page."""
    token, secret = issue_token(by=amir, name="Settings", scopes=["choices"])
    return token, lambda: post("/api/v1/choices/query", secret, HELD).status_code == 200


def taken(works, take_away):
    """Whether it worked before, and whether it works afterwards."""
    before = works()
    take_away()
    return before, works()


def test_a_copied_session_ends_when_its_owner_signs_out(client, copied):
    assert taken(copied, lambda: client.post("/accounts/logout/")) == (True, False)


def test_every_session_ends_with_another_password(client, copied, mia):
    def change():
        mia.set_password("another battery staple")
        mia.save()

    assert taken(copied, change) == (True, False)


def test_a_session_ends_with_its_account(copied, mia, amir):
    assert taken(copied, lambda: deactivate(by=amir, user=mia)) == (True, False)


def test_a_role_that_was_taken_opens_nothing(staff, otto, amir):
    assert taken(staff, lambda: change_role(by=amir, user=otto, role=Role.MEMBER)) == (True, False)


def test_without_the_second_factor_the_same_session_opens_nothing(staff, otto, amir):
    assert taken(staff, lambda: forget_second_factor(by=amir, user=otto)) == (True, False)


def test_a_pipelines_key_ends(pipeline, pip, amir):
    token, works = pipeline
    assert taken(works, lambda: actions.revoke_pipeline_key(by=amir, pipeline=pip, token=token)) == (True, False)


def test_a_pipeline_that_is_paused_is_answered_no_more(pipeline, pip, otto):
    works = pipeline[1]
    assert taken(works, lambda: actions.pause_pipeline(by=otto, pipeline=pip, reason="Ignores them")) == (True, False)


def test_a_pipeline_that_is_retired_is_answered_no_more(pipeline, pip, amir):
    works = pipeline[1]
    assert taken(works, lambda: actions.retire_pipeline(by=amir, pipeline=pip, at=timezone.now())) == (True, False)


def test_what_a_pipeline_is_no_longer_for_is_answered_no_more(pipeline, pip):
    works = pipeline[1]
    assert taken(works, lambda: pip.assignments.all().delete()) == (True, False)


def test_the_key_of_a_source_ends(airflow, amir):
    token, works = airflow
    assert taken(works, lambda: revoke_token(by=amir, token=token)) == (True, False)


def test_the_key_of_the_platforms_page_ends(platform, amir):
    token, works = platform
    assert taken(works, lambda: revoke_token(by=amir, token=token)) == (True, False)


def test_a_key_ends_at_its_time(platform):
    token, works = platform

    def expire():
        type(token).objects.filter(pk=token.pk).update(expires_at=timezone.now())

    assert taken(works, expire) == (True, False)


def test_a_pipelines_key_ends_at_its_time(pipeline):
    token, works = pipeline

    def expire():
        type(token).objects.filter(pk=token.pk).update(expires_at=timezone.now())

    assert taken(works, expire) == (True, False)


def test_the_token_of_a_catalog_is_read_anew_each_time():
    variables = {"CATALOG_TOKEN_DATAHUB": "secret-of-datahub"}
    assert token_called("DATAHUB", variables) == "secret-of-datahub"
    variables.clear()
    with pytest.raises(SourceUnreadable):
        token_called("DATAHUB", variables)
