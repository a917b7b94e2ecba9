"""Which rule labels which asset."""

import pytest

from transparency.catalog.classify import Describable, Rulebook
from transparency.catalog.models import ClassificationRule

STARRED = "column:postgres://db:5432/users#e*mail"


def column(key):
    return Describable(key, "column", "postgres://db:5432", "users", key.rpartition("#")[2], (), ())


def rule(matches, pattern):
    return ClassificationRule(matches=matches, pattern=pattern, category="contact.email")


@pytest.mark.parametrize(
    "other", [STARRED.replace("*", "-"), STARRED.upper(), STARRED + "2", STARRED.replace("users", "people")]
)
def test_a_rule_for_one_asset_labels_that_asset_only(other):
    book = Rulebook([rule("key", STARRED)])
    assert book.first(column(STARRED)) == 0
    assert book.first(column(other)) is None


def test_the_first_of_two_rules_for_the_same_asset_counts():
    assert Rulebook([rule("key", STARRED), rule("key", STARRED)]).first(column(STARRED)) == 0


def test_a_rule_for_one_asset_keeps_its_place_among_the_others():
    assert Rulebook([rule("column", "e*"), rule("key", STARRED)]).first(column(STARRED)) == 0
    assert Rulebook([rule("key", STARRED), rule("column", "e*")]).first(column(STARRED)) == 0
    assert Rulebook([rule("column", "x*"), rule("key", STARRED)]).first(column(STARRED)) == 1
