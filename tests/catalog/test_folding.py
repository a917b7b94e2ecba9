"""Names that rules join."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.aliases import resolver
from transparency.catalog.folding import Folding, small
from transparency.catalog.keys import dataset_of

SNOWFLAKE = Folding(["snowflake://*"], [("snowflake://old", "snowflake://acme"), ("s3a://*", "s3://*")])


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("dataset:snowflake://acme/DB.Users", "dataset:snowflake://acme/db.users"),
        ("column:snowflake://acme/DB.Users#EMail", "column:snowflake://acme/db.users#email"),
        ("dataset:snowflake://old/DB.Users", "dataset:snowflake://acme/db.users"),
        ("dataset:s3a://lake/Raw/x", "dataset:s3://lake/Raw/x"),
        ("column:s3a://lake/Raw#EMail", "column:s3://lake/Raw#EMail"),
        ("job:s3/Nightly", "job:s3/Nightly"),
        ("dataset:snowflake://acme/ÄNNE", "dataset:snowflake://acme/Änne"),
        ("dataset:kafka://b/Users", "dataset:kafka://b/Users"),
    ],
)
def test_a_key_is_folded_to_the_one_that_counts(key, counts):
    assert SNOWFLAKE.key(key) == counts


def test_of_two_places_the_one_named_more_exactly_counts():
    rules = Folding((), [("s3a://*", "s3://*"), ("s3a://mine", "gs://mine")])
    assert rules.key("dataset:s3a://mine/x") == "dataset:gs://mine/x"


@pytest.mark.parametrize("places", [[("a", "b"), ("b", "a")], [("a*", "aa*")], [("a/old", "a")]])
def test_rules_that_have_no_end_are_known(places):
    assert Folding((), places).has_no_end()


def test_rules_that_end_are_known():
    assert not Folding(["*"], [("a", "b"), ("b", "C")]).has_no_end()


def test_a_name_told_to_be_another_is_followed_whatever_its_case():
    told = [("dataset:snowflake://acme/PEOPLE", "dataset:snowflake://acme/Users")]
    resolve = resolver(told, SNOWFLAKE)
    assert resolve("column:snowflake://acme/people#A") == "column:snowflake://acme/users#a"


def test_a_column_is_folded_by_the_rules_of_the_place_where_its_dataset_counts():
    resolve = resolver([("dataset:kafka://b/Users", "dataset:snowflake://acme/users")], SNOWFLAKE)
    assert resolve("column:kafka://b/Users#EMail") == "column:snowflake://acme/users#email"


def test_what_is_kept_apart_is_not_what_a_source_tells():
    pair = ("dataset:a", "dataset:b")
    assert resolver([pair], apart=[pair])("column:a#x") == "column:a#x"
    assert resolver([pair], apart=[pair[::-1]])("dataset:a") == "dataset:a"


def test_what_is_kept_apart_from_what_a_rule_makes_of_it_stays_as_it_is():
    one, other = "dataset:snowflake://acme/Users", "dataset:snowflake://acme/users"
    resolve = resolver([], SNOWFLAKE, [(one, other)])
    assert (resolve(one), resolve("dataset:snowflake://acme/USERS")) == (one, other)
    assert resolve("column:snowflake://acme/Users#A") == "column:snowflake://acme/Users#A"


def test_an_older_statement_counts_where_the_newer_one_is_kept_apart():
    told = [("dataset:a", "dataset:b"), ("dataset:a", "dataset:c")]
    assert resolver(told, apart=[("dataset:a", "dataset:c")])("dataset:a") == "dataset:b"


text = st.text("aAbB/*:#", min_size=1, max_size=6)
names = st.builds("dataset:{}/{}".format, text, text) | st.builds("column:{}/{}#{}".format, text, text, text)
places = st.lists(st.tuples(st.sampled_from("aAbB"), st.sampled_from("aAbB")), max_size=3)
foldings = st.builds(Folding, st.lists(text, max_size=2), places)
pairs = st.lists(st.tuples(names, names), max_size=3)


@given(names, foldings, pairs, pairs)
def test_the_name_that_counts_is_its_own_and_a_column_follows_its_dataset(key, rules, told, apart):
    told = [(dataset_of(one), dataset_of(other)) for one, other in told]
    resolve = resolver(told, rules, apart)
    if not rules.has_no_end():
        assert resolve(resolve(key)) == resolve(key)
        assert dataset_of(resolve(key)) == resolve(dataset_of(key))


@given(text, text, foldings)
def test_whatever_is_folded_to_a_text_is_among_the_ways_to_write_it(namespace, name, rules):
    written = f"{namespace}/{name}"
    if not rules.has_no_end():
        ways = rules.ways_to_write(rules.text(written))
        assert written in ways or (rules.ignores_case and small(written) in map(small, ways))
