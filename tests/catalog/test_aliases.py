"""Several names for one thing."""

import pytest

from transparency.catalog.aliases import resolver

HOUSE = [("dataset:db/people", "dataset:db/users"), ("dataset:db/members", "dataset:db/people")]


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("dataset:db/users", "dataset:db/users"),
        ("dataset:db/members", "dataset:db/users"),
        ("column:db/members#email", "column:db/users#email"),
        ("model:db/members", "model:db/members"),
    ],
)
def test_a_chain_of_names_is_followed_to_its_end(key, counts):
    assert resolver(HOUSE)(key) == counts


def test_the_newest_statement_about_a_name_counts():
    assert resolver([("dataset:a", "dataset:b"), ("dataset:a", "dataset:c")])("dataset:a") == "dataset:c"


@pytest.mark.parametrize("key", ["dataset:c", "dataset:b", "dataset:a", "dataset:before"])
def test_all_names_of_a_ring_mean_the_same(key):
    ring = [("dataset:before", "dataset:c"), ("dataset:a", "dataset:b"), ("dataset:b", "dataset:c")]
    assert resolver([*ring, ("dataset:c", "dataset:a")])(key) == "dataset:a"


def test_a_name_for_itself_is_no_name():
    assert resolver([("dataset:a", "dataset:a")])("dataset:a") == "dataset:a"
