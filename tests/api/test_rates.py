"""Whoever asks too often is told when to come back; whoever doesn't never notices, with Redis or without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.accounts.actions import issue_token
from transparency.api import limiting, rates
from transparency.api.rates import Rate
from transparency.catalog.models import Source

READ = ["/api/v1/", "/api/v1/uses/", "/api/v1/schema", "/api/v1/schema.yaml", "/api/v1/docs/"]


def test_a_minute_of_requests_may_come_at_once():
    rate = Rate(3)
    assert [rate.wait("mia", 0) for _ in range(4)] == [0, 0, 0, 20]


def test_one_more_passes_for_each_share_of_a_minute():
    rate = Rate(3)
    assert [rate.wait("mia", at) for at in (0, 0, 0, 10, 20, 20)] == [0, 0, 0, 10, 0, 20]


def test_one_caller_never_waits_for_another():
    rate = Rate(1)
    assert [rate.wait("mia", 0), rate.wait("mia", 0), rate.wait("pip", 0)] == [0, 60, 0]


def test_without_a_limit_nobody_waits():
    assert {Rate(0).wait("mia", 0) for _ in range(1000)} == {0}


def test_callers_are_not_remembered_for_ever(monkeypatch):
    monkeypatch.setattr(rates, "ROOM_FOR_CALLERS", 100)
    rate = Rate(10)
    assert {rate.wait(str(caller), 0) for caller in range(1000)} == {0}
    assert len(rate._used_until) == 100


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=200))
def test_in_no_minute_more_than_twice_the_limit_passes(limit, pauses):
    rate, now, passed = Rate(limit), 0.0, []
    for pause in pauses:
        now += pause
        passed += [now] * (rate.wait("mia", now) == 0)
    assert all(sum(start <= at < start + 60 for at in passed) <= 2 * limit for start in passed)


@given(st.integers(1, 600), st.floats(0, 10_000))
def test_whoever_waits_as_long_as_told_may_pass(limit, at):
    rate = Rate(limit)
    waits = [rate.wait("mia", at) for _ in range(limit + 1)]
    assert rate.wait("mia", at + waits[-1] + 0.001) == 0


@pytest.mark.parametrize(
    ("ip", "caller"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_a_household_is_one_caller(ip, caller):
    assert limiting.network(ip) == caller


def assert_told_to_wait(answer):
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["errors"][0]["code"] == "pace"


@pytest.mark.django_db
@pytest.mark.parametrize("path", READ)
def test_an_address_that_reads_too_often_is_told_to_wait(client, monkeypatch, path):
    monkeypatch.setattr(limiting, "READING", Rate(2))
    assert [client.get(path).status_code for _ in range(2)] == [200, 200]
    assert_told_to_wait(client.get(path))


@pytest.mark.django_db
def test_pages_are_not_limited(client, monkeypatch):
    monkeypatch.setattr(limiting, "READING", Rate(1))
    assert [client.get("/").status_code for _ in range(5)] == [200] * 5


@pytest.mark.django_db
def test_another_address_may_still_read(client, monkeypatch):
    monkeypatch.setattr(limiting, "READING", Rate(1))
    assert client.get("/api/v1/").status_code == 200
    assert client.get("/api/v1/", REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.fixture
def key(amir):
    Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")
    return issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])[1]


def send(client, key):
    headers = {"Authorization": f"Bearer {key}"}
    return client.post("/api/v1/lineage/batch", "[]", content_type="application/json", headers=headers)


def test_a_key_that_sends_too_often_is_told_to_wait(client, key, monkeypatch):
    monkeypatch.setattr(limiting, "SENDING", Rate(1))
    assert send(client, key).status_code == 201
    assert_told_to_wait(send(client, key))


def test_sending_does_not_use_up_what_the_address_may_read(client, key, monkeypatch):
    monkeypatch.setattr(limiting, "READING", Rate(1))
    assert [send(client, key).status_code for _ in range(3)] == [201] * 3


@pytest.mark.django_db
def test_keys_may_not_be_tried_for_ever(client, monkeypatch):
    monkeypatch.setattr(limiting, "READING", Rate(2))
    assert [send(client, f"tr_{n}").status_code for n in range(2)] == [401, 401]
    assert_told_to_wait(send(client, "tr_3"))


def test_limits_hold_while_redis_is_away(client, key, monkeypatch, settings):
    settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(limiting, "SENDING", Rate(1))
    assert send(client, key).status_code == 201
    assert_told_to_wait(send(client, key))
