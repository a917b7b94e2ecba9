"""What unlabelled columns may hold: suggested with reasons, the same whatever the order, and right often enough."""

from dataclasses import replace
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios.columns import told
from transparency.catalog.suggesting import LEAST, MOST, Category, Column, Labelled, suggest
from transparency.register.vocabulary.taxonomy import TAXONOMY

CATEGORIES = [Category(c.key, c.name, c.what_it_is, c.examples) for c in TAXONOMY if c.parent]
FOLDS = 5
EMAIL, PLACE, SEARCHES, SALARY = "profile.contact", "profile.place", "activity.search_history", "work.salary"

# What is known, for the properties: names that say much, little or nothing, in any mixture.
WORDS = st.sampled_from(["email", "user", "id", "city", "search", "term", "x", "salary", "text", "dob", "é", "created"])
NAMES = st.lists(WORDS, min_size=1, max_size=3).map("_".join)
HELD = st.sampled_from(["", *[one.key for one in CATEGORIES[:6]], SEARCHES, "unknown.kind"])
NEIGHBOURS = st.lists(HELD, max_size=4).map(tuple)
LABELLED = st.builds(Labelled, NAMES, NAMES, HELD.filter(bool))
COLUMNS = st.builds(Column, NAMES, NAMES, NAMES, NAMES, NAMES, NEIGHBOURS, NEIGHBOURS, NEIGHBOURS)
KNOWN = st.lists(LABELLED, max_size=8)
ASKED = st.lists(COLUMNS, max_size=6, unique_by=lambda one: one.key)


def column(name, dataset="things", **more):
    return Column(f"{dataset}#{name}", name, dataset, **more)


def labelled(name, category, dataset="elsewhere"):
    return Labelled(f"{dataset}#{name}", name, category)


def best(one, *known, rejected=()):
    """What is suggested first for a column, or nothing."""
    return next(iter(suggest([one], known, CATEGORIES, rejected)), None)


def test_a_name_that_says_it_in_the_categorys_own_words():
    found = best(column("usr_salary"))
    assert (found.category, found.reasons) == (SALARY, ("Its name speaks of “salary”.",))


def test_the_name_of_labelled_columns():
    known = [labelled("ref_code", SEARCHES, f"table{number}") for number in range(14)]
    found = best(column("refCode"), *known)
    assert found.category == SEARCHES
    assert found.reasons == ("14 columns labelled “Search history” have the same name.",)
    assert found.weight > best(column("refCode"), known[0]).weight >= LEAST


def test_a_name_like_that_of_labelled_columns():
    known = [labelled("zodiac_sign", PLACE, f"table{number}") for number in range(14)]
    found = best(column("my_zodiac"), *known)
    assert found.reasons == ("Its name is like “zodiac_sign”, which 14 columns labelled “Where you live” have.",)


def test_a_name_that_labelled_columns_of_several_kinds_have_says_nothing():
    kinds = [SEARCHES, PLACE, EMAIL]
    assert best(column("blob"), *[labelled("blob", kind, kind) for kind in kinds]) is None


@pytest.mark.parametrize("other", ["c18", "x", "c", "17"])
def test_a_name_without_letters_that_tell_is_like_no_other(other):
    assert best(column("c17"), *[labelled(other, SEARCHES, f"table{number}") for number in range(9)]) is None


def test_everything_it_is_computed_from():
    found = best(column("c17", made_of=(SEARCHES, SEARCHES)))
    assert found.reasons == ("Every column it is computed from is “Search history”.",)


def test_a_column_of_unknown_origin_weakens_what_the_others_say():
    known, unknown = (best(column("c17", made_of=held)) for held in ((SEARCHES,), (SEARCHES, SEARCHES, "")))
    assert known.weight > unknown.weight
    assert unknown.reasons == ("Most columns it is computed from are “Search history”.",)


def test_what_is_computed_from_it():
    assert best(column("c17", made_into=(EMAIL,))).category == EMAIL


def test_its_description():
    found = best(column("c17", description="The monthly salary before tax."))
    assert found.reasons == ("Its description speaks of “salary”.",)


def test_neighbours_in_its_table_support_but_never_suffice():
    beside = (SALARY,) * 50
    assert best(column("c17", beside=beside)) is None
    assert best(column("salary", beside=beside)).weight > best(column("salary")).weight


def test_what_its_table_is_about_where_the_column_is_its_text():
    assert best(column("body", "raw.recruiter_messages")).category == "communications.recruiter_messages"
    assert best(column("currency", "raw.recruiter_messages")) is None


@pytest.mark.parametrize("name", ["id", "created_at", "updated_ts", "dt", "rowVersion", "user_id", "etl_batch_id"])
def test_what_only_keeps_a_table_in_order_holds_nothing(name):
    assert best(column(name, "messages")) is None


def test_the_number_of_a_message_is_not_the_message():
    assert best(column("message_id")) is None
    assert best(column("message_text")).category == "communications.messages"


@pytest.mark.parametrize(
    "name", ["has_salary", "salary_notifications", "show_salary", "salary_count", "salary_template", "salary_flag"]
)
def test_a_setting_or_a_number_of_it_is_not_the_thing(name):
    assert best(column(name)) is None
    assert best(column("salary")).category == SALARY


def test_the_last_word_that_tells_says_what_it_is():
    assert best(column("last_sign_in_ip")).category == "device.ip_address"


def test_what_a_table_of_things_says_is_said_of_nobody():
    assert best(column("city", "raw.companies")) is None
    assert best(column("employee_city", "raw.companies")).category == PLACE
    assert best(column("alerts", "raw.saved_jobs")).category == "jobs.saved_jobs"


def test_what_a_table_is_about_never_suffices_for_any_column_of_it():
    about = {"about_dataset": "Salaries that members told us.", "beside": (SALARY,) * 50}
    assert best(column("currency", "raw.salaries", **about)) is None


def test_a_phrase_of_small_words_says_little():
    assert best(column("sent")) is None


def test_several_reasons_say_more_than_one_and_never_all():
    known = [labelled("salary", SALARY, f"table{number}") for number in range(99)]
    found = best(column("salary", "salaries", description="The salary.", made_of=(SALARY,)), *known)
    assert best(column("salary")).weight < found.weight < 100
    assert len(found.reasons) == 4


def test_what_was_rejected_makes_room_for_what_is_left():
    one = column("contact_email", "address_book")
    first = best(one)
    assert best(one, rejected={(one.key, first.category)}).category != first.category


def test_what_a_catalog_calls_a_column_is_shown_in_short_and_spelt_out():
    known = [labelled("zodiac_\u202e" + "x" * 400, PLACE, f"table{number}") for number in range(3)]
    (reason,) = best(column("zodiac"), *known).reasons
    assert len(reason) < 200
    assert "\u202e" not in reason


@settings(deadline=None)
@given(ASKED, KNOWN, st.randoms())
def test_the_order_of_what_is_given_is_of_no_matter(asked, known, random):
    before = suggest(asked, known, CATEGORIES)
    shuffled = [random.sample(rows, len(rows)) for rows in (asked, known, CATEGORIES)]
    assert suggest(*shuffled) == before


@settings(deadline=None)
@given(ASKED, KNOWN)
def test_a_labelled_column_is_never_suggested(asked, known):
    assert {one.key for one in suggest(asked, known, CATEGORIES)}.isdisjoint(one.key for one in known)


@settings(deadline=None)
@given(ASKED, KNOWN, st.data())
def test_what_was_rejected_is_never_suggested(asked, known, data):
    found = [(one.key, one.category) for one in suggest(asked, known, CATEGORIES)]
    rejected = data.draw(st.sets(st.sampled_from(found))) if found else set()
    again = suggest(asked, known, CATEGORIES, rejected)
    assert rejected.isdisjoint((one.key, one.category) for one in again)


@settings(deadline=None)
@given(ASKED, KNOWN)
def test_each_is_weighed_explained_and_one_of_a_few(asked, known):
    found = suggest(asked, known, CATEGORIES)
    assert all(LEAST <= one.weight < 100 and one.reasons for one in found)
    assert all(sum(other.key == one.key for other in found) <= MOST for one in found)


@settings(deadline=None)
@given(ASKED, KNOWN)
def test_other_columns_that_are_asked_about_change_nothing(asked, known):
    together = suggest(asked, known, CATEGORIES)
    assert together == sorted(
        (found for one in asked for found in suggest([one], known, CATEGORIES)), key=lambda one: one.key
    )


def hidden(fold):
    """The columns of a fold as if nobody had labelled them, and the labels of all the others."""
    rows = list(told())
    here = {row: crc32(f"{row[0]}.{row[1]}".encode()) % FOLDS == fold for row in rows}
    known = [labelled(name, held, table) for table, name, held, _ in rows if held and not here[table, name, held, _]]
    asked = []
    for row in (row for row in rows if here[row]):
        beside = tuple(one.category for one in known if one.key.startswith(f"{row[0]}#"))
        asked.append(replace(column(row[1], row[0]), about_dataset=row[3], beside=beside))
    return asked, known


def measured(at_least):
    """Of what is suggested first with that weight, how much is right; of what columns hold, how much is found."""
    truth = {f"{table}#{name}": held for table, name, held, _ in told()}
    said = {}
    for fold in range(FOLDS):
        for one in suggest(*hidden(fold), CATEGORIES):
            said.setdefault(one.key, one)
    first = [one for one in said.values() if one.weight >= at_least]
    right = sum(truth[one.key] == one.category for one in first)
    return right / len(first), right / sum(map(bool, truth.values()))


def test_two_in_three_hidden_labels_are_found_again_and_few_others_are_made_up():
    precision, recall = measured(LEAST)
    assert precision > 0.85
    assert recall > 0.67


def test_what_weighs_much_is_seldom_wrong():
    precision, recall = measured(60)
    assert precision > 0.9
    assert recall > 0.5
