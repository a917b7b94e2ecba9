"""All pages of a list, and whether they add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog import limits
from transparency.catalog.connectors.http import Page, by_cursor, by_offset, paging

HUNDRED = [f"table{i}" for i in range(100)]


def quiet(*progress):
    """Nobody looks."""


def offsets(fetch):
    return by_offset("datasets", fetch, str, quiet, size=50)


def cursors(fetch):
    return by_cursor("datasets", fetch, str, quiet)


def served(items, size, total=True):
    """A list that is served as it should be."""
    return lambda offset: Page(items[offset : offset + size], len(items) if total else None)


def codes(listed):
    return [doubt.code for doubt in listed.doubts]


@given(st.integers(0, 100), st.integers(1, 100), st.booleans())
def test_every_item_comes_once_whatever_a_page_holds(count, size, total):
    listed = offsets(served(HUNDRED[:count], size, total))
    assert (list(listed.items), listed.doubts) == (HUNDRED[:count], [])


def test_each_page_tells_where_the_next_one_begins():
    pages = {None: Page(HUNDRED[:60], 100, "b"), "b": Page(HUNDRED[60:], 100)}
    listed = cursors(pages.__getitem__)
    assert (list(listed.items), listed.doubts) == (HUNDRED, [])


def test_a_page_that_repeats_for_ever_ends():
    listed = offsets(lambda offset: Page(HUNDRED[:10], 100))
    assert codes(listed) == ["repeats", "less"]
    assert len(listed.items) == 10


def test_a_cursor_that_goes_round_ends():
    assert codes(cursors(lambda after: Page(HUNDRED[:10], None, "again"))) == ["repeats"]


def test_empty_pages_for_ever_end():
    assert codes(cursors(lambda after: Page([], None, "more"))) == ["endless"]


def test_new_pages_for_ever_end(monkeypatch):
    monkeypatch.setattr(limits, "PAGES", 30)
    listed = offsets(lambda offset: Page([f"table{offset}"]))
    assert (codes(listed), len(listed.items)) == (["endless"], 30)


def test_less_than_was_promised_is_said_in_numbers():
    listed = offsets(lambda offset: Page(HUNDRED[offset:90][:50], 100))
    assert codes(listed) == ["less"]
    assert "Promised: 100 datasets. Sent: 90." in listed.doubts[0].message


def test_a_total_that_shrinks_is_doubtful():
    assert "shrinks" in codes(offsets(lambda offset: Page(HUNDRED[offset : offset + 10], 100 - offset // 2)))


def test_pages_that_overlap_hide_some_of_the_list():
    assert codes(offsets(lambda offset: Page(HUNDRED[offset // 2 : offset // 2 + 10], 100))) == ["less"]


def test_pages_in_another_order_are_all_there():
    listed = offsets(lambda offset: Page(HUNDRED[90 - offset : 100 - offset], 100))
    assert (sorted(listed.items), listed.doubts) == (sorted(HUNDRED), [])


def test_a_list_that_grows_is_read_to_its_new_end():
    listed = offsets(lambda offset: Page(HUNDRED[offset : offset + 50], 60 if offset == 0 else 100))
    assert (len(listed.items), listed.doubts) == (100, [])


def test_what_changed_while_it_was_read_is_read_once_more():
    """One table was deleted between the first page and the second: the second reading adds up."""
    tables = HUNDRED.copy()

    def fetch(offset):
        page = Page(tables[offset : offset + 50], len(tables))
        if len(tables) == 100:
            tables.pop(0)
        return page

    listed = offsets(fetch)
    assert (len(listed.items), listed.doubts) == (99, [])


def test_a_list_with_more_than_was_promised_is_read_to_its_end():
    """Marquez counts a job that has two names once, and lists it twice."""
    listed = offsets(lambda offset: Page(HUNDRED[offset : offset + 50], 50))
    assert (len(listed.items), listed.doubts) == (100, [])


def test_what_moves_to_the_front_while_it_is_read_is_found_by_the_other_reading():
    """A job ran after the first page was read, so it stands before what the second page begins with; then another."""
    jobs, ran = HUNDRED.copy(), iter(["table99", "table80"])

    def fetch(offset):
        page = Page(jobs[offset : offset + 50], 100)
        if offset == 0:
            name = next(ran)
            jobs.remove(name)
            jobs.insert(0, name)
        return page

    listed = offsets(fetch)
    assert (sorted(listed.items), listed.doubts) == (sorted(HUNDRED), [])


def test_two_readings_that_promise_different_things_are_not_put_together():
    """Something was removed in the meantime: nobody knows whether it is that which makes up for what is missing."""
    pages = iter([Page(HUNDRED[:40], 50), Page([], 50), Page(HUNDRED[1:49], 49), Page([], 49)])
    assert codes(offsets(lambda offset: next(pages))) == ["less"]


@pytest.mark.parametrize("total", [None, 100])
def test_the_last_of_two_statements_about_one_thing_counts(total):
    listed = paging.Listed("tags")
    listed.take(Page([("a", 1), ("a", 2)], total), lambda item: item[0])
    assert listed.items == {"a": ("a", 2)}
