"""How long to wait, whatever a catalog asks for."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.connectors.http.retrying import LONGEST, wait, wish_in

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7), ("86400", 86_400), (" 3 ", 3), ("", 0), ("abc", 0), ("-5", 0), ("1.5", 0), ("1 day", 0), ("٣", 0),
        ("Wed, 25 Nov 2026 12:00:30 GMT", 30), ("Wed, 25 Nov 2026 11:00:00 GMT", 0), ("9" * 5_000, 999_999_999_999),
        ("Wed, 99 Nov 99999 99:99:99 GMT", 0),
    ],
)  # fmt: skip
def test_what_a_catalog_may_ask_for(told, seconds):
    assert wish_in(told, NOON) == seconds


@given(st.integers(1, 10_000), st.floats(0, 1), st.floats(0, 1e9))
def test_nobody_is_asked_sooner_than_it_wishes_nor_waited_for_longer_than_agreed(failures, chance, wish):
    assert wish <= wait(failures, chance=chance, wish=wish) <= max(wish, LONGEST)


def test_waits_grow_and_are_spread():
    assert [wait(n, chance=1) for n in (1, 2, 3, 4)] == [0.5, 1, 2, 4]
    assert wait(1, chance=0) == 0.25
