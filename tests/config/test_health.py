"""What a stranger may ask of our health: alive or not, ready or not, and nothing more."""

import pytest
import redis
import structlog
from django.db import DatabaseError, connection

from transparency.config import health


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch):
    monkeypatch.setattr(health, "_migrated", [])


def test_a_process_is_alive_without_asking_anybody(client):
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_it_is_ready_when_everything_answers(client):
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["database", "migrations", "broker"])
def test_strangers_are_not_told_what_is_missing_but_the_log_is(client, monkeypatch, name):
    monkeypatch.setitem(health.CHECKS, name, lambda: False)
    with structlog.testing.capture_logs() as lines:
        response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "not ready"})
    assert {"event": "not ready", "missing": [name], "log_level": "warning"} in lines


@pytest.mark.django_db
def test_a_table_that_is_not_there_yet_means_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'register'")
    assert not health.migrations_are_applied()


@pytest.mark.django_db
def test_once_every_table_is_there_they_are_not_counted_again(client, django_assert_num_queries):
    assert health.migrations_are_applied()
    with django_assert_num_queries(0):
        assert health.migrations_are_applied()


def test_a_lost_database_means_not_ready(monkeypatch):
    def lost():
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", lost)
    assert not health.database_answers()


@pytest.mark.django_db
def test_a_database_that_may_forget_means_not_ready(client, settings):
    settings.PRODUCTION = True  # and the tests' own database runs with fsync = off
    with structlog.testing.capture_logs() as lines:
        assert client.get("/health/ready").status_code == 503
    assert {"event": "not ready", "missing": ["memory"], "log_level": "warning"} in lines


def test_a_lost_broker_means_not_ready(monkeypatch):
    def lost(self):
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(redis.Redis, "ping", lost)
    assert not health.broker_answers()


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_only_asked_for(client, path):
    assert client.post(path).status_code == 405


def test_whatever_starts_processes_asks_by_address(client):
    assert client.get("/health/live", headers={"Host": "10.1.2.3:8000"}).status_code == 200
