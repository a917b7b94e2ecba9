"""What one glance lets through, looking at every value would have let through too."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios.openlineage import LIMITS, custom, nested, run_event
from transparency.catalog import limits
from transparency.catalog.connectors import openlineage_parsing as parsing
from transparency.catalog.connectors.base import BadEvent
from transparency.catalog.connectors.openlineage_glance import are_ordinary

PLAIN = json.dumps(custom({"a": [1, 2.5, True, None, "some text", {}]})).encode()


def altered(value):
    return PLAIN.replace(b'"some text"', value, 1)


def test_an_ordinary_event_needs_no_second_look():
    assert are_ordinary([PLAIN])
    assert are_ordinary([PLAIN] * 100)
    assert are_ordinary([])


@pytest.mark.parametrize(
    "odd",
    [
        b'"\\u0000"',
        b'"\\n"',
        b'" "',
        b'"    "',
        b'"caf\xc3\xa9"',
        b"1e400",
        b"1E400",
        b"9007199254740992",
        b"-9007199254740992",
        b'"' + b"x" * 513 + b'"',
        b'{"' + b"k" * 513 + b'": 1}',
        b"[" * 40 + b"]" * 40,
        json.dumps(nested(40)).encode(),
        b"[" + b"0," * 10_000 + b"0]",
        b'"quotes that do not end',
        json.dumps(["x" * 500] * 3_000).encode(),
    ],
)
def test_what_may_be_beyond_a_limit_does(odd):
    event = altered(odd)
    assert not are_ordinary([event])
    assert not are_ordinary([PLAIN, event, PLAIN])


@pytest.mark.parametrize("case", LIMITS)
def test_nothing_beyond_a_limit_passes_at_a_glance(case):
    _, beyond, _, _ = LIMITS[case]
    assert passes(json.dumps(beyond).encode()) is False


def test_brackets_in_texts_do_not_hide_depth():
    deep = b'["]",' * 40 + b"0" + b',"["]' * 40
    assert not are_ordinary([altered(deep)])


def test_a_number_that_no_reader_can_hold_is_refused_wherever_it_stands():
    with pytest.raises(BadEvent):
        parsing.parse_event(json.dumps(run_event()).encode()[:-1] + b', "x": 1e400}')


def passes(text):
    """Whether the event is let through at a glance; ``False`` also where somebody must look."""
    return are_ordinary([text]) and parsing._ordinary(text) is not None


odd = ["", " ", "  ", '"', "\\", "{", "]", "\x00", "\x7f", "e\u0301", "\u3000", "k" * 512, "k" * 513]
texts = st.sampled_from(["a", "b c", "schema", "tags", "columnLineage", "fields", "name", *odd])
numbers = st.sampled_from([0, -1, 1.5, 2**53 - 1, 2**53, 1e16, 1e300, 10**400, True, None])
values = st.recursive(
    st.one_of(texts, numbers),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
datasets = st.builds(
    lambda name, facets: {"namespace": "n", "name": name, "facets": facets},
    st.one_of(st.just("t"), texts, numbers),
    st.dictionaries(texts, values, max_size=2),
)


@given(st.lists(datasets, max_size=2), values, st.integers(0, 40), st.booleans())
@settings(max_examples=300, deadline=None)
def test_the_glance_is_never_more_lenient_than_the_careful_look(inputs, value, depth, ascii_only):
    deep = nested(depth + 1) if depth > 10 else value
    text = json.dumps(run_event(inputs, extra=deep), ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert not passes(text) or parsing._with_care(text) == parsing._ordinary(text)


@given(st.lists(values.map(lambda value: json.dumps(value).encode()), max_size=5))
@settings(max_examples=100, deadline=None)
def test_many_at_once_are_seen_as_each_alone(several):
    assert are_ordinary(several) == all(are_ordinary([one]) for one in several)


def test_the_limits_that_the_glance_rests_on():
    assert limits.IDENTIFIER <= limits.TEXT
    assert limits.INTEGER >= 10**15
    assert len(b"0,") * limits.ITEMS >= len(b'"":0,') * limits.KEYS
