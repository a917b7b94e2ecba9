"""Flows reach the database as they were told, whatever they say of themselves."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog import sending
from transparency.catalog.packing import PackedFlows, Way

KEYS, ROWS = ("a", "b", "c", "nobody"), {"a": 1, "b": 2**40, "c": 3}
TEXTS = st.sampled_from(["", "é", "mask(x)", "\t\\N\n"]) | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - it gives one
WAYS = st.builds(Way, st.booleans(), st.booleans(), TEXTS.filter(lambda t: "\0" not in t), MOMENTS, MOMENTS)
FLOWS = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS), st.sampled_from([None, *KEYS]), WAYS))

pytestmark = pytest.mark.django_db


def stored(flows):
    """The rows of a table like that of flows, once these were sent there."""
    packed = PackedFlows()
    packed.extend(flows)
    rows = np.array([ROWS.get(key, 0) for key in packed.keys] or [0], dtype=np.int64)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS sent (LIKE catalog_flow); TRUNCATE sent")
        cursor.execute("ALTER TABLE sent ALTER COLUMN id DROP NOT NULL")
        with cursor.copy(f"COPY sent ({sending.COLUMNS}) FROM STDIN (FORMAT binary)") as copy:
            for piece in sending.in_binary(packed, rows, source=7):
                copy.write(piece)
        cursor.execute(f"SELECT {sending.COLUMNS} FROM sent")  # noqa: S608 - our own columns
        return sorted(cursor.fetchall(), key=repr)


def told(flows):
    """The same rows, as they should be: without what names something that nobody ever told of."""
    return sorted(
        (
            (ROWS[up], ROWS[down], ROWS.get(job), 7, way.direct, way.masking, way.aggregating, *way[2:5])
            for up, down, job, way in flows
            if up in ROWS and down in ROWS
        ),
        key=repr,
    )


@given(flows=FLOWS)
def test_every_flow_stands_as_it_was_told(flows):
    assert stored(flows) == told(flows)


@given(flows=FLOWS)
def test_it_is_the_same_however_many_are_laid_out_at_a_time(flows):
    with pytest.MonkeyPatch.context() as few:
        few.setattr(sending, "A_PART", 2)
        assert stored(flows) == told(flows)


def test_a_microsecond_and_a_text_of_500_characters_are_kept():
    moment = datetime(2026, 11, 24, 12, 0, 0, 1, tzinfo=UTC) + timedelta(hours=1)
    assert stored(
        [
            (
                "a",
                "b",
                None,
                Way(direct=True, masking=False, transformation="é" * 500, first_seen=moment, last_seen=moment),
            )
        ]
    ) == [(1, 2**40, None, 7, True, False, False, "é" * 500, moment, moment)]
