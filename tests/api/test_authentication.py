"""Which pipeline is asking."""

import pytest
from django.db import connection, connections
from django.test import RequestFactory
from django.utils import timezone

from transparency.accounts.actions import issue_token
from transparency.accounts.models import ServiceToken
from transparency.api.authentication import pipeline_of, require_assignment
from transparency.api.problems import Refused
from transparency.enforcement import actions


def asking(secret):
    return RequestFactory().post("/", headers={"Authorization": f"Bearer {secret}"})


def refusal(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.status, refused.value.code


@pytest.fixture
def secret(amir, pip):
    """Pip's key."""
    return actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")[1]


def test_a_pipeline_is_known_by_its_key(pip, secret):
    assert pipeline_of(asking(secret)) == pip


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "nonsense", "tr_\u00e9", "tr_\0"])
def test_a_stranger_is_asked_for_a_key(key):
    with pytest.raises(Refused) as refused:
        pipeline_of(asking(key))
    assert refused.value.response()["WWW-Authenticate"] == 'Bearer realm="pipelines"'
    assert refused.value.status == 401


@pytest.mark.parametrize("scopes", [[], ["lineage:airflow"], ["pipeline:pip", "pipeline:pop"], ["pipeline:ghost"]])
def test_the_key_of_something_else_is_refused(amir, pip, scopes):
    _, secret = issue_token(by=amir, name="Other", scopes=scopes)
    assert refusal(lambda: pipeline_of(asking(secret)))[0] == 403


def test_a_pipeline_that_is_paused_gets_nothing(otto, pip, secret):
    actions.pause_pipeline(by=otto, pipeline=pip, reason="Ignores refusals")
    assert refusal(lambda: pipeline_of(asking(secret))) == (403, "pipeline")


def test_a_pipeline_may_ask_for_what_it_runs(pip):
    require_assignment(pip, "job-ranking", "training", "/feature")


def test_what_is_foreign_and_what_is_unknown_look_the_same(pip):
    with pytest.raises(Refused) as foreign:
        require_assignment(pip, "writing-assistant", "training", "/feature")
    with pytest.raises(Refused) as unknown:
        require_assignment(pip, "ghost", "training", "/feature")
    assert vars(foreign.value) == vars(unknown.value)


def test_when_a_key_was_last_used_is_kept(secret):
    before = timezone.now()
    pipeline_of(asking(secret))
    assert ServiceToken.objects.get().last_used_at >= before


def test_asking_takes_few_queries(secret, pip, django_assert_max_num_queries):
    pipeline_of(asking(secret))
    with django_assert_max_num_queries(3):
        require_assignment(pipeline_of(asking(secret)), "job-ranking", "training", "/feature")


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_meanwhile_is_made_anew(client, amir):
    _, secret = issue_token(by=amir, name="Settings page", scopes=["choices"])
    with connection.cursor() as cursor, connections.create_connection("default").cursor() as other:
        cursor.execute("SELECT pg_backend_pid()")
        other.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
        other.connection.close()
    found = client.post(
        "/api/v1/choices/query", b'{"member":7}', "application/json", HTTP_AUTHORIZATION=f"Bearer {secret}"
    )
    assert found.status_code == 200
