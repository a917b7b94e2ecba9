"""Reading all flows from the database, as many at once as it has sent."""

import pytest
from django.db import connection
from psycopg.errors import DivisionByZero

from transparency.catalog import lineage, receiving
from transparency.catalog.lineage import load
from transparency.catalog.models import Flow


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
