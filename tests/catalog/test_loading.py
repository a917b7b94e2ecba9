"""Reading all flows from the database, as many at once as it has sent."""

import pytest
from django.db import connection
from psycopg.errors import DivisionByZero

from tests.catalog.builders import flow, key, snapshot
from transparency.catalog import lineage, receiving
from transparency.catalog.lineage import load
from transparency.catalog.models import Asset, Flow


@pytest.mark.parametrize("at_once", [1, 2, 3, 4])
def test_every_flow_comes_however_many_are_waited_for_together(read, pipeline, monkeypatch, at_once):
    monkeypatch.setattr(receiving, "ROWS_AT_ONCE", at_once)
    read(pipeline)
    assert load().flows.upstream.size == Flow.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_fault_on_the_way_is_a_fault_and_the_connection_goes_on(monkeypatch):
    monkeypatch.setattr(lineage, "FLOWS", "COPY (SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n{where}) TO STDOUT")
    with pytest.raises(DivisionByZero):
        load()
    assert connection.introspection.table_names()


def pairs(loaded):
    flows = loaded.flows
    return [(loaded.keys[a], loaded.keys[b]) for a, b in zip(flows.upstream, flows.downstream, strict=True)]


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets something be committed beside whoever reads, just before or just after they read the flows."""

    def arrange(before=lambda: None, after=lambda: None):
        def received(*asked):
            before()
            found = receiving.received(*asked)
            after()
            return found

        monkeypatch.setattr(lineage, "received", received)

    return arrange


FIRST, LATER = flow("users", "features", job=""), flow("features", "zebras", job="")


def test_a_flow_to_an_asset_that_came_meanwhile_seems_to_be_to_no_other(read, meanwhile):
    read(snapshot(FIRST))
    meanwhile(before=lambda: read(snapshot(FIRST, LATER)))
    assert pairs(load()) == [(key("users"), key("features"))]


@pytest.mark.parametrize("gone", ["users", "job prepare"])
def test_a_flow_of_what_went_meanwhile_seems_to_be_of_no_other(read, meanwhile, gone):
    read(snapshot(flow("users", "features"), LATER))
    rows = list(Asset.objects.values_list("pk", flat=True))
    meanwhile(after=lambda: Asset.objects.filter(key=key(gone)).delete())
    assert pairs(load(rows)) == [(key("features"), key("zebras"))]
