"""Which rule labels which asset."""

import pytest

from tests.catalog.builders import NOON
from transparency.catalog.classify import Describable, Rulebook, describable, describable_by
from transparency.catalog.models import Asset, ClassificationRule, Source

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


KELVIN = "\u212a"
TABLE = {"kind": "dataset", "namespace": "postgres://db:5432", "field": ""}
COLUMN = {"kind": "column", "namespace": "postgres://db:5432"}
ASSETS = (
    TABLE | {"key": "dataset:postgres://db:5432/Users_1", "name": "Users_1", "tags": ["PII", 'a"b\\c']},
    TABLE | {"key": "dataset:postgres://db:5432/usersx1", "name": "usersx1", "tags": [], "terms": ["Größe"]},
    COLUMN | {"key": f"column:postgres://db:5432/t#bac{KELVIN}up%", "name": "t", "field": f"bac{KELVIN}up%"},
    COLUMN | {"key": "column:postgres://db:5432/t#E*mail", "name": "t", "field": "E*mail", "tags": ["GRÖSSE"]},
)


@pytest.fixture
def catalog(db):
    """The same assets from two sources, only one of which knows tags and terms."""
    for slug in ("one", "other"):
        source = Source.objects.create(slug=slug, name=slug, connector="dbt")
        said = ("tags", "terms") if slug == "one" else ()
        seen = {"source": source, "first_seen": NOON, "last_seen": NOON, "as_of": NOON}
        Asset.objects.bulk_create(
            Asset(**seen, **{name: told for name, told in asset.items() if name not in {"tags", "terms"} - {*said}})
            for asset in ASSETS
        )


@pytest.mark.parametrize(
    ("matches", "pattern", "count"),
    [
        ("tag", "pii", 1),
        ("tag", 'A"b\\c', 1),
        ("tag", "größe", 0),
        ("tag", "GRöSSE", 1),
        ("term", "GRÖß*", 1),
        ("column", "BACKUP%", 1),
        ("column", "e?mail", 1),
        ("column", "users*", 0),
        ("dataset", "users_1", 1),
        ("dataset", "*x1 ", 1),
        ("namespace", "POSTGRES://*", 2),
        ("key", "column:postgres://db:5432/t#E*mail", 1),
        ("key", "column:postgres://db:5432/t#e*mail", 0),
        ("column", "\0", 0),
    ],
)
def test_the_database_hands_on_all_that_a_rule_matches_and_all_that_is_told_of_it(catalog, matches, pattern, count):
    book = Rulebook([rule(matches, pattern)])
    found = [asset for asset in describable_by(matches, pattern) if book.first(asset) is not None]
    assert len(found) == count
    assert found == [asset for asset in describable() if book.first(asset) is not None]


def test_what_no_rule_of_that_kind_could_match_is_not_read(catalog):
    assert len(list(describable_by("column", "E*mail"))) == 1
