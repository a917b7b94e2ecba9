"""Patterns with stars, against the slow and obvious way."""

import re
import sys
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.globs import FOLDED_OTHERWISE, Patterns, like, matches

texts = st.text("ab._", max_size=9)
patterns = st.text("ab*?.", max_size=7).filter(str.strip)


def by_trying(pattern, text):
    """Every way to share out the text among the stars."""

    @lru_cache
    def fits(i, j):
        if i == len(pattern):
            return j == len(text)
        if pattern[i] == "*":
            return fits(i + 1, j) or (j < len(text) and fits(i, j + 1))
        return j < len(text) and pattern[i] in ("?", text[j]) and fits(i + 1, j + 1)

    return fits(0, 0)


@given(patterns, texts)
def test_matches_exactly_what_trying_every_way_matches(pattern, text):
    assert matches(pattern, text) == by_trying(pattern, text)


@given(st.lists(patterns, min_size=1, max_size=5), texts)
def test_of_several_patterns_the_first_that_matches_is_named(several, text):
    found = [place for place, pattern in enumerate(several) if by_trying(pattern, text)]
    assert Patterns(several).first(text) == next(iter(found), None)


@pytest.mark.timeout(5)
def test_many_stars_do_not_make_it_slow():
    assert not matches("*a" * 60 + "*b", "a" * 5_000)


def test_signs_of_other_pattern_languages_are_plain_text():
    assert matches("users[0].(x|y)+", "USERS[0].(x|y)+")
    assert not matches("a.c", "abc")


def test_no_letter_that_sql_is_told_stands_for_one_beyond_ascii():
    beyond = "".join(map(chr, range(128, sys.maxunicode + 1)))
    assert {one for one in map(chr, range(128)) if re.search(re.escape(one), beyond, re.IGNORECASE)} == FOLDED_OTHERWISE


@pytest.mark.parametrize(
    ("pattern", "in_sql"),
    [
        ("*Mail", "%Ma_l"),
        (" e?mail** ", "e_ma_l%"),
        ("a%b_c\\", "a\\%b\\_c\\\\"),
        ("Größe", "Gr__e"),
        ("KEYS", "_EY_"),
    ],
)
def test_a_pattern_in_sql_lets_pass_at_least_what_it_matches(pattern, in_sql):
    assert like(pattern) == in_sql
