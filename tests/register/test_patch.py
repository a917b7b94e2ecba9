"""A JSON Patch of ours, applied by somebody else's program, turns one edition into the other."""

import json

import jsonpatch
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.register.builders import PRIVACY, category, correction, policy, register, use
from transparency.register.documents import canonical, in_order
from transparency.register.patch import patch

CHANGED = PRIVACY.replace("Models learn", "Models may learn")


def as_json(value):
    return json.loads(canonical(in_order(value)))


REGISTERS = [
    register(),
    register(use(), use(stage="inference")),
    register(use(stage="inference", retention="1 day"), use(stage="evaluation")),
    register(categories=(category(), category("a.b"), category("z"))),
    register(policies=(policy(),)),
    register(policies=(policy(CHANGED), policy(slug="terms"))),
    register(corrections=(correction(),), policies=(policy(),)),
]


@pytest.mark.parametrize("before", REGISTERS)
@pytest.mark.parametrize("after", REGISTERS)
def test_applied_it_gives_the_other(before, after):
    old, new = as_json(before), as_json(after)
    assert jsonpatch.apply_patch(old, patch(old, new)) == new


def test_between_equals_there_is_nothing():
    assert patch(as_json(register()), as_json(register())) == []


def test_a_field_that_changes_is_the_only_thing_that_changes():
    old, new = as_json(register()), as_json(register(use(retention="1 day")))
    assert patch(old, new) == [{"op": "replace", "path": "/uses/0/retention", "value": "1 day"}]


def test_a_clause_that_changes_changes_where_it_stands():
    old, new = as_json(register(policies=(policy(),))), as_json(register(policies=(policy(CHANGED),)))
    assert [one["path"] for one in patch(old, new)] == ["/policies/0/clauses/2/text"]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("a/~", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab/~", max_size=3), inner, max_size=3)
        | st.lists(st.fixed_dictionaries({"key": st.sampled_from("abcde"), "value": inner}), max_size=4)
    ),
    max_leaves=12,
)


@example([{"key": "a", "value": 0}], [{"key": "a", "value": False}])
@given(values, values)
def test_whatever_the_two_are_one_becomes_the_other(before, after):
    made = jsonpatch.apply_patch({"it": before}, patch({"it": before}, {"it": after}))
    assert json.dumps(made, sort_keys=True) == json.dumps({"it": after}, sort_keys=True)
