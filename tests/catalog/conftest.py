import pytest

from tests.catalog.builders import Shelf, flow, key, snapshot
from transparency.catalog import actions
from transparency.catalog.models import Source


@pytest.fixture
def warehouse(db):
    return Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")


@pytest.fixture
def read(warehouse):
    """Refreshes the warehouse with a snapshot, or with each of several in turn."""

    def refresh(*prepared):
        asked = actions.request_refresh(by=None, source=warehouse)
        return actions.refresh(refresh_id=asked.pk, connector_for=Shelf(*prepared))

    return refresh


@pytest.fixture
def pipeline():
    """users.email -> features.email -> model ranker, the first column tagged pii."""
    return snapshot(
        flow("users.email", "features.email"),
        flow("users", "features"),
        flow("features.email", "model ranker"),
        tags={"users.email": "pii", "users.city": "place"},
    )


@pytest.fixture
def bound(otto):
    """Two tags have their rule, and the model is part of job ranking."""
    actions.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    actions.add_rule(by=otto, matches="tag", pattern="place", category="profile.place")
    actions.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")
