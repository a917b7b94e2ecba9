"""Keys are put together so that they can be taken apart again, whatever somebody called a table or a column."""

from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.keys import column_key, dataset_key, dataset_of, field_of, short_name

awkward = st.text(st.sampled_from("a#%235/.:"), min_size=1, max_size=8)


@given(awkward, awkward)
def test_a_column_leads_to_its_dataset_and_its_name(name, field):
    key = column_key("db", name, field)
    assert dataset_of(key) == dataset_key("db", name)
    assert field_of(key) == field


@given(awkward, awkward, awkward, awkward)
def test_two_columns_never_have_one_key(name, field, other_name, other_field):
    same = (name, field) == (other_name, other_field)
    assert (column_key("db", name, field) == column_key("db", other_name, other_field)) == same


def test_an_ordinary_name_stands_as_it_is():
    assert column_key("postgres://db", "users", "100%_sure") == "column:postgres://db/users#100%_sure"


def test_people_read_the_name_that_the_column_has():
    assert short_name(column_key("mssql://db", "shop.#tmp", "no#/of")) == "shop.#tmp, column no#/of"
