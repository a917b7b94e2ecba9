"""A pipeline says that a run honoured the choices: what is kept, and what is refused and where."""

import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import InternalError, OperationalError, connection, connections, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from tests.enforcement.builders import said
from transparency.api.endpoints import acknowledgements as endpoint
from transparency.enforcement import actions
from transparency.enforcement.models import Acknowledgement
from transparency.ledger.models import Entry

PATH = "/api/v1/acknowledgements"
NOW = "2026-12-25T12:00:00+00:00"


@pytest.fixture(autouse=True)
def _christmas(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def post(client, amir, pip):
    """Sends a statement with Pip's key, or whatever else is given."""
    _, secret = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")

    def post(body, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"} | headers
        return client.generic("POST", PATH, raw, content_type=headers["Content-Type"], headers=headers)

    return post


def problem(response):
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["errors"][0]["pointer"]


def test_a_run_is_acknowledged(post, pip, chooses):
    chooses.refuses("all")
    actions.record_delivery(pipeline=pip, sequence=1, at=timezone.now(), feature="job-ranking", stage="training")
    response = post(said(sequence=1))
    assert response.status_code == 201
    moments = {"started_at": "2026-12-24T13:00:00Z", "ended_at": "2026-12-24T13:01:00Z"}
    assert response.json().items() >= said(sequence=1, **moments).items()
    assert (response.json()["verdict"], response.json()["received_at"]) == ("fine", "2026-12-25T12:00:00Z")


def test_the_same_again_is_answered_with_the_first(post, time_machine):
    first = post(said())
    time_machine.shift(timedelta(hours=1))
    again = post(said())
    assert (again.status_code, again.json()) == (200, first.json())
    assert Acknowledgement.objects.count() == 1


def test_the_same_moment_in_another_zone_is_the_same(post):
    post(said(ended_at="2026-12-24T13:01:00Z"))
    assert post(said(ended_at="2026-12-24T14:01:00+01:00")).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("members_seen", 101), ("members_left_out", 0), ("edition", 0), ("ended_at", "2026-12-24T13:02:00Z")],
)
def test_a_contradiction_names_the_field(post, field, value):
    post(said())
    assert problem(post(said(**{field: value}))) == (409, f"/{field}")
    assert Acknowledgement.objects.count() == 1


def test_two_pipelines_may_have_runs_of_the_same_name(post, pip, amir, client):
    post(said())
    told = {"slug": "pop", "name": "Pop", "contact": "#ml", "assignments": [("job-ranking", "training")]}
    _, secret = actions.issue_pipeline_key(by=amir, pipeline=actions.register_pipeline(by=amir, **told), name="Pop")
    assert post(said(members_seen=7), Authorization=f"Bearer {secret}").status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("run", ""), ("run", "x" * 201), ("run", 5), ("run", "a\0b"), ("run", "a\u202eb"), ("run", None),
        ("feature", ""), ("stage", "dreaming"), ("stage", 1),
        ("sequence", -1), ("sequence", 2**63), ("sequence", "1"), ("sequence", 1.0), ("sequence", True),
        ("edition", 2**31), ("members_seen", -1), ("members_left_out", None), ("members_seen", 1e300),
        ("started_at", "2026-12-24T13:00:00"), ("started_at", "yesterday"), ("started_at", 1_798_000_000),
        ("ended_at", "2026-12-24T24:00:00Z"), ("ended_at", "2026-02-30T00:00:00Z"), ("ended_at", ""),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(post, field, value):
    assert problem(post(said(**{field: value}))) == (400, f"/{field}")
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize("field", sorted(said()))
def test_a_missing_field_is_named(post, field):
    body = said()
    del body[field]
    assert problem(post(body)) == (400, f"/{field}")


def test_a_field_that_there_is_not_is_named(post):
    assert problem(post(said(member="7"))) == (400, "/member")


@pytest.mark.parametrize("field", ["run", "members_left_out"])
def test_a_field_that_is_there_twice_is_refused(post, field):
    once = json.dumps(said())
    twice = f'{once[:-1]}, "{field}": {json.dumps(said()[field])}}}'
    assert problem(post(twice.encode())) == (400, f"/{field}")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"{} {}", b"\xff", b"[" * 100_000, b'{"run": "\\ud800"}'])
def test_what_is_no_statement_is_refused(post, body):
    assert post(body).status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sequence", 1), ("edition", 2),
        ("started_at", "2026-12-25T12:06:00Z"), ("ended_at", "2026-12-25T12:06:00Z"),
        ("ended_at", "2026-12-24T12:59:59Z"), ("started_at", "2025-01-01T00:00:00Z"),
        ("started_at", "0001-01-01T00:00:00+14:00"), ("ended_at", "9999-12-31T23:59:59-14:00"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_refused(post, field, value):
    assert problem(post(said(**{field: value}))) == (422, f"/{field}")
    assert not Acknowledgement.objects.exists()


def test_clocks_may_differ_by_a_few_minutes(post):
    assert post(said(ended_at="2026-12-25T12:04:00Z")).status_code == 201


def test_numbers_that_cannot_be_are_kept_and_called_so(post):
    assert post(said(members_left_out=101)).json()["verdict"] == "impossible"


@pytest.mark.parametrize("feature", ["writing-assistant", "ghost"])
def test_a_run_of_something_else_is_refused(post, feature):
    assert problem(post(said(feature=feature))) == (403, "/feature")


def test_a_stranger_is_refused(post):
    assert problem(post(said(), Authorization="Bearer nonsense")) == (401, "")


def test_a_form_is_refused(post):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert problem(post(b"run=1", **kind)) == (415, "")


def test_only_post_is_answered(client):
    answers = [getattr(client, method)(PATH) for method in ("get", "put", "patch", "delete")]
    assert {(one.status_code, one["Allow"]) for one in answers} == {(405, "POST")}


def test_an_acknowledgement_is_neither_changed_nor_deleted(post):
    post(said())
    with pytest.raises((InternalError, IntegrityError), match="never changes"), transaction.atomic():
        Acknowledgement.objects.update(sequence=9)
    with pytest.raises((InternalError, IntegrityError), match="never changes"), transaction.atomic():
        Acknowledgement.objects.all().delete()


@pytest.mark.django_db
def test_acknowledgements_are_never_emptied():
    never = pytest.raises((InternalError, IntegrityError), match="never changes")
    with connection.cursor() as cursor, never, transaction.atomic():
        cursor.execute("TRUNCATE enforcement_acknowledgement")


@pytest.mark.parametrize("refused", [20, 60])
def test_the_number_of_queries_does_not_grow(post, chooses, django_assert_num_queries, refused):
    for member in range(refused):
        chooses.refuses("all", member=str(member))
    with django_assert_num_queries(19):
        assert post(said()).json()["missed"] == refused


def test_a_database_that_does_not_answer_is_said_to_be_away(post, monkeypatch):
    def away(**said):
        raise OperationalError("connection to 10.0.0.7 refused")

    monkeypatch.setattr(endpoint, "acknowledge", away)
    response = post(said())
    assert (problem(response), response["Retry-After"]) == ((503, ""), "1")
    assert b"10.0.0.7" not in response.content


@pytest.mark.django_db(transaction=True)
def test_one_run_that_is_told_many_times_at_once_is_kept_once(post, pip):
    ready, told = Barrier(8), []

    def tell(number):
        ready.wait()
        told.append(post(said(members_left_out=number % 2)).status_code)
        connections.close_all()

    threads = [Thread(target=tell, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [200] * 3 + [201] + [409] * 4
    assert Acknowledgement.objects.count() == 1


def test_what_a_pipeline_said_is_entered_in_the_public_log(post):
    post(said())
    entered = Entry.objects.get(kind="acknowledgement")
    assert '"members_left_out"' in entered.body
