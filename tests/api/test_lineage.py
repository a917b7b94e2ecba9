import gzip
import json

import pytest
from django.utils import timezone

from tests.scenarios.openlineage import REFUSED, TAKEN, dataset, run_event
from transparency.accounts.actions import issue_token, revoke_token
from transparency.api.endpoints import lineage
from transparency.catalog import limits
from transparency.catalog.models import LineageEvent, Source, SourceFault

pytestmark = pytest.mark.django_db

ONE, BATCH = "/api/v1/lineage", "/api/v1/lineage/batch"
SECRET = "tr_this one stands in a message"


@pytest.fixture
def airflow():
    """Airflow, which posts its events."""
    return Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The bells that were rung for the workers."""
    rung = []
    monkeypatch.setattr(lineage.bells, "ring", lambda name, **_: rung.append(name))
    lineage._rung.clear()
    lineage._looked.clear()
    return rung


@pytest.fixture
def token(amir, airflow):
    """Airflow's token and its secret."""
    return issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])


@pytest.fixture
def post(client, token):
    def post(path, body, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token[1]}"} | headers
        kind = headers.pop("content_type", "application/json")
        return client.generic("POST", path, raw, content_type=kind, headers=headers | {"Content-Type": kind})

    return post


def event(*args, **changes):
    return run_event(*args, **{"eventTime": timezone.now().isoformat()} | changes)


def problem(response):
    assert response["Content-Type"] == "application/problem+json"
    fault = response.json()["errors"][0]
    return response.status_code, fault["pointer"], fault["code"]


def test_an_event_is_stored(post):
    response = post(ONE, event([dataset("a")]))
    assert (response.status_code, response.json()) == (201, {"stored": 1, "duplicates": 0})
    assert LineageEvent.objects.count() == 1


def test_a_batch_is_stored(post):
    twice = event()
    response = post(BATCH, [twice, twice, event(run={"runId": "another"})])
    assert (response.status_code, response.json()) == (201, {"stored": 2, "duplicates": 1})


def test_an_empty_batch_stores_nothing(post):
    assert post(BATCH, []).json() == {"stored": 0, "duplicates": 0}


def test_a_zipped_event_is_stored(post):
    body = gzip.compress(json.dumps(event()).encode())
    assert post(ONE, body, **{"Content-Encoding": "gzip"}).status_code == 201


def test_the_workers_are_told_once_a_second(post, rung):
    post(ONE, event())
    post(ONE, event())
    assert rung == ["transparency.catalog.tasks.refresh_due_sources"]


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_a_wrong_event_is_answered_with_the_place_and_the_reason(post, case):
    wrong, pointer, code = REFUSED[case]
    assert problem(post(ONE, wrong)) == (413 if code == "list.size" else 400, pointer, code)
    assert not LineageEvent.objects.exists()


@pytest.mark.parametrize("case", sorted(TAKEN))
def test_an_odd_event_is_stored(post, case):
    odd = TAKEN[case]
    recent = {} if "eventTime" in case or "leap" in case else {"eventTime": timezone.now().isoformat()}
    assert post(ONE, odd | recent).status_code in {201, 422}


def test_one_wrong_event_keeps_the_batch_out_and_is_named(post):
    assert problem(post(BATCH, [event(), event([{"name": "t"}])])) == (400, "/1/inputs/0/namespace", "missing")
    assert not LineageEvent.objects.exists()


@pytest.mark.parametrize("body", [b"{}", b"null", b"", b"[", b"[1, 2", b"\xff", b"[" * 100_000])
def test_what_is_no_batch_is_refused(post, body):
    assert post(BATCH, body).status_code == 400


def test_an_event_of_the_day_after_tomorrow_is_refused(post):
    later = (timezone.now() + timezone.timedelta(days=2)).isoformat()
    assert problem(post(ONE, event(eventTime=later))) == (422, "/eventTime", "time.ahead")


def test_a_refused_event_leaves_a_fault_without_its_content(post, airflow):
    post(ONE, event(eventType=SECRET * 9))
    fault = SourceFault.objects.get()
    assert (fault.source, fault.code, fault.pointer) == (airflow, "enum", "/eventType")
    assert SECRET * 4 not in fault.message


def test_a_body_beyond_the_limit_is_refused(post):
    assert problem(post(ONE, b" " * (limits.BODY_BYTES + 1))) == (413, "", "body.size")


def test_forty_megabytes_are_refused_unread(post):
    assert problem(post(ONE, b" " * 40_000_000)) == (413, "", "body.size")


def test_a_body_that_grows_beyond_the_limit_is_refused(post):
    bomb = gzip.compress(b" " * (limits.BODY_BYTES + 1))
    assert problem(post(ONE, bomb, **{"Content-Encoding": "gzip"})) == (413, "", "body.size")


def test_a_body_that_grows_too_fast_is_refused(post):
    bomb = gzip.compress(b" " * (limits.GUNZIP_FREE_BYTES + 1))
    assert problem(post(ONE, bomb, **{"Content-Encoding": "gzip"})) == (413, "", "gzip.ratio")


def test_a_small_body_may_grow_as_it_likes(post):
    body = gzip.compress(json.dumps(event()).encode().ljust(limits.GUNZIP_FREE_BYTES))
    assert post(ONE, body, **{"Content-Encoding": "gzip"}).status_code == 201


@pytest.mark.parametrize(
    "body", [b"{}", b"", gzip.compress(b"{}", mtime=0)[:-4], gzip.compress(b"{}", mtime=0) + b"more"]
)
def test_what_is_not_gzip_is_refused(post, body):
    assert problem(post(ONE, body, **{"Content-Encoding": "gzip"})) == (400, "", "gzip")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x"])
def test_another_encoding_is_refused(post, encoding):
    assert problem(post(ONE, event(), **{"Content-Encoding": encoding})) == (415, "", "content_encoding")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(post, kind):
    assert problem(post(ONE, event(), content_type=kind)) == (415, "", "content_type")


@pytest.mark.parametrize("charset", ["utf-7", "cp037", "unicode_escape", "idna", "bogus"])
def test_another_charset_is_refused(post, charset):
    assert problem(post(ONE, event(), content_type=f"application/json; charset={charset}")) == (415, "", "charset")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer tr_\u00e9"])
def test_a_stranger_is_refused(post, header):
    response = post(ONE, event(), Authorization=header)
    assert problem(response) == (401, "", "token")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_is_refused_at_once(post, token, amir):
    revoke_token(by=amir, token=token[0])
    assert problem(post(ONE, event())) == (401, "", "token")


def test_an_expired_token_is_refused(post, amir):
    _, secret = issue_token(by=amir, name="Old", scopes=["lineage:airflow"], expires_at=timezone.now())
    assert problem(post(ONE, event(), Authorization=f"Bearer {secret}")) == (401, "", "token")


@pytest.mark.parametrize("scopes", [[], ["choices"], ["lineage:nowhere"], ["lineage:airflow", "lineage:spark"]])
def test_a_token_for_something_else_is_refused(post, amir, scopes):
    _, secret = issue_token(by=amir, name="Other", scopes=scopes)
    assert post(ONE, event(), Authorization=f"Bearer {secret}").status_code == 403


def test_a_token_for_two_sources_names_the_one_it_means(post, amir):
    _, secret = issue_token(by=amir, name="Both", scopes=["lineage:airflow", "lineage:spark"])
    assert post(f"{ONE}?source=airflow", event(), Authorization=f"Bearer {secret}").status_code == 201


@pytest.mark.parametrize("change", [{"enabled": False}, {"connector": "dbt"}])
def test_a_source_that_takes_no_events_is_refused(post, airflow, change):
    Source.objects.update(**change)
    assert problem(post(ONE, event())) == (403, "", "source")


@pytest.mark.parametrize("path", [ONE, BATCH])
def test_only_post_is_answered(client, path):
    answers = [
        getattr(client, method)(path) for method in ("get", "head", "put", "patch", "delete", "options", "trace")
    ]
    assert {(one.status_code, one["Allow"]) for one in answers} == {(405, "POST")}


def test_a_sender_is_slowed_down_when_the_workers_are_behind(post, monkeypatch):
    monkeypatch.setattr(lineage, "is_behind", lambda source: True)
    response = post(ONE, event())
    assert problem(response) == (429, "", "backlog")
    assert response["Retry-After"] == "30"


def test_storing_one_event_takes_few_queries(post, django_assert_max_num_queries):
    post(ONE, event())
    with django_assert_max_num_queries(3):
        post(ONE, event())


def test_a_storm_of_brackets_is_refused_quickly(post):
    assert problem(post(ONE, b'{"a": ' + b"[" * 1_000_000)) == (400, "", "depth")
