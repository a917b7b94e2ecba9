import pytest

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.catalog.suggested import PLACE, TAGS, look, the_one
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


@pytest.fixture
def places_known(otto):
    """Places are labelled by their tag; a model is part of job ranking."""
    actions.add_rule(by=otto, matches="tag", pattern="place", category=PLACE)
    actions.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")


@pytest.fixture
def suggested(places_known, read, pipeline):
    """users.email is not labelled, and reaches the model by features.email."""
    read(pipeline)
    look()
    return the_one()


@pytest.fixture
def rerouted(read, warehouse):
    """Reads a catalog in which users.email flows nowhere any more."""

    def again():
        warehouse.flows.all().delete()
        assert read(snapshot(flow("users.city", "model ranker"), tags=TAGS)).state == "succeeded"

    return again
