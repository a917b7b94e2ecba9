"""Registering pipelines, pausing and retiring them, and changing their keys without a gap."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from transparency.accounts.actions import issue_token
from transparency.accounts.agreeing import NotAlone
from transparency.accounts.models import HistoryEntry, ServiceToken
from transparency.accounts.queries import token_for
from transparency.enforcement import actions, queries
from transparency.enforcement.models import Pipeline

TOLD = {"slug": "nightly", "name": "Nightly", "contact": "#ml"}


def valid(secret):
    return token_for(secret, timezone.now()) is not None


def test_a_pipeline_is_registered_for_a_feature_and_a_stage(pip):
    assert queries.is_assigned(pip, "job-ranking", "training")
    assert not queries.is_assigned(pip, "job-ranking", "inference")


@pytest.mark.parametrize("pair", [("no-such-feature", "training"), ("job-ranking", "no-such-stage")])
def test_what_the_record_does_not_know_is_not_assigned(amir, published, pair):
    with pytest.raises(ValidationError, match="names no AI feature and stage"):
        actions.register_pipeline(by=amir, assignments=[pair], **TOLD)
    assert not Pipeline.objects.exists()


def test_a_person_is_no_contact(amir, otto, published):
    with pytest.raises(ValidationError, match="somebody's own address"):
        actions.register_pipeline(by=amir, **TOLD | {"contact": "Otto@tandem.example"})


@pytest.mark.parametrize("seconds", [0, 59, 90 * 86_400 + 1])
def test_an_age_that_makes_no_sense_is_refused(amir, published, seconds):
    with pytest.raises(ValidationError, match="max_age"):
        actions.register_pipeline(by=amir, max_age=seconds, **TOLD)


def test_only_an_administrator_registers(otto, published):
    with pytest.raises(PermissionDenied):
        actions.register_pipeline(by=otto, **TOLD)


def test_other_assignments_take_the_place_of_those_before(amir, pip):
    actions.change_pipeline(by=amir, pipeline=pip, assignments=[("writing-assistant", "training")])
    assert [str(one) for one in pip.assignments.all()] == ["writing-assistant, training"]


def test_an_assignment_of_a_feature_that_left_the_record_may_stay(amir, pip, publish):
    pip.assignments.update(feature="long-gone")
    actions.change_pipeline(by=amir, pipeline=pip, assignments=[("long-gone", "training")], name="Pip, weekly")
    assert queries.is_assigned(pip, "long-gone", "training")


def test_the_short_name_stays(amir, pip):
    with pytest.raises(ValidationError, match="stays as it is"):
        actions.change_pipeline(by=amir, pipeline=pip, slug="pop")


def test_a_change_leaves_a_trace_with_before_and_after(amir, pip):
    actions.change_pipeline(by=amir, pipeline=pip, max_age=7200)
    trace = HistoryEntry.objects.first()
    assert (trace.verb, trace.subject, trace.before["max_age"], trace.after["max_age"]) == (
        "pipeline.change", "pip", 3600, 7200,
    )  # fmt: skip


def test_keys_change_without_a_gap(amir, pip):
    _, first = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")
    _, second = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow, new")
    assert valid(first)
    assert valid(second)
    actions.revoke_pipeline_key(by=amir, pipeline=pip, token=token_for(first, timezone.now()))
    assert not valid(first)
    assert valid(second)


def test_the_key_of_something_else_is_not_revoked(amir, pip):
    token, secret = issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])
    with pytest.raises(ValidationError, match="not one of this pipeline's"):
        actions.revoke_pipeline_key(by=amir, pipeline=pip, token=token)
    assert valid(secret)


def test_compliance_pauses_with_a_reason_and_another_agrees_that_it_is_resumed(otto, ines, pip):
    with pytest.raises(ValidationError, match="Say why"):
        actions.pause_pipeline(by=otto, pipeline=pip, reason=" ")
    actions.pause_pipeline(by=otto, pipeline=pip, reason="Ignores refusals")
    assert queries.pipeline_named("pip") is None
    with pytest.raises(NotAlone):
        actions.resume_pipeline(by=otto, pipeline=pip)
    actions.resume_pipeline(by=otto, agreed_by=ines, pipeline=pip)
    assert queries.pipeline_named("pip") == pip


def test_an_auditor_pauses_nothing(ada, pip):
    with pytest.raises(PermissionDenied):
        actions.pause_pipeline(by=ada, pipeline=pip, reason="Curious")


def test_retiring_ends_the_keys_and_is_for_ever(amir, pip):
    _, secret = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")
    actions.retire_pipeline(by=amir, pipeline=pip, at=timezone.now())
    assert not valid(secret)
    with pytest.raises(ValidationError, match="retired"):
        actions.resume_pipeline(by=amir, pipeline=pip)
    assert ServiceToken.objects.get().revoked_at is not None
