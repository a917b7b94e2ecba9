"""Which choice counts: the rule, sentence by sentence, and as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.register.builders import use
from transparency.consent.precedence import Because, Decision, Said, Terms, lapsed, outcome, terms
from transparency.register.schema import Scope

ON, OFF = Terms(refusable=True, default=True, since=1), Terms(refusable=True, default=False, since=1)
NECESSARY = Terms(refusable=False, default=True, since=1)
CHANGED = Terms(refusable=True, default=True, since=2)


def said(rank, decision, sequence=1, edition=1):
    return Said(f"rank {rank}", rank, decision, edition, sequence)


def refuse(rank, **more):
    return said(rank, Decision.REFUSE, **more)


def allow(rank, **more):
    return said(rank, Decision.ALLOW, **more)


def of_scopes(*scopes):
    return use(scopes=scopes)


def place(code, refusal, default="on"):
    return Scope(
        jurisdictions=(code,), legal_basis="contract", refusal=refusal, default=default, why_not="It is needed."
    )


SIGNAL = st.builds(said, st.just(-1), st.just(Decision.REFUSE), sequence=st.integers(1, 99))
CHOICE = st.builds(
    said, st.integers(0, 5), st.sampled_from(Decision), sequence=st.integers(1, 99), edition=st.integers(0, 3)
)
ANYTHING = SIGNAL | CHOICE
LATEST = st.lists(ANYTHING, unique_by=(lambda one: one.scope, lambda one: one.sequence))
TERMS = st.builds(Terms, refusable=st.booleans(), default=st.booleans(), since=st.integers(1, 3))


@pytest.mark.parametrize(("of", "allowed"), [(ON, True), (OFF, False)])
def test_without_a_choice_the_default_holds(of, allowed):
    assert (outcome(of, []).allowed, outcome(of, []).because) == (allowed, Because.DEFAULT)


def test_the_most_specific_choice_wins():
    assert outcome(ON, [refuse(0, sequence=9), allow(5)]).allowed


def test_on_a_tie_the_refusal_wins():
    assert not outcome(ON, [allow(3, sequence=9), refuse(3)]).allowed


def test_what_cannot_be_refused_goes_on():
    assert outcome(NECESSARY, [refuse(5)]).because == Because.NECESSARY


def test_an_allow_from_before_a_material_change_does_not_count():
    assert not outcome(Terms(refusable=True, default=False, since=2), [allow(5, edition=1)]).allowed


def test_a_refusal_from_before_a_material_change_counts():
    assert not outcome(Terms(refusable=True, default=True, since=2), [refuse(0, edition=1)]).allowed


def test_a_choice_taken_back_leaves_the_wider_one():
    assert not outcome(ON, [said(5, Decision.FOLLOW, sequence=9), refuse(0)]).allowed


def test_a_signal_beats_an_earlier_allow():
    found = outcome(ON, [allow(5, sequence=1), refuse(-1, sequence=2)])
    assert (found.allowed, found.because) == (False, Because.SIGNAL)


def test_a_later_allow_beats_the_signal():
    assert outcome(ON, [refuse(-1, sequence=1), allow(5, sequence=2)]).allowed


def test_who_allowed_what_has_changed_since_is_asked_again():
    yes = allow(5)
    assert lapsed(CHANGED, [yes]) == yes
    assert lapsed(CHANGED, [yes, refuse(0)]) is None
    assert lapsed(CHANGED, [allow(5, edition=2)]) is None


def test_who_allowed_it_in_spite_of_a_signal_is_asked_again_too():
    yes = allow(5, sequence=2)
    assert lapsed(CHANGED, [refuse(-1, sequence=1), yes]) == yes


def test_whose_yes_a_signal_took_back_is_not_asked_again():
    assert lapsed(CHANGED, [allow(5, sequence=1), refuse(-1, sequence=2)]) is None


@given(TERMS, LATEST)
def test_the_order_in_which_choices_are_given_is_of_no_matter(of, choices):
    assert outcome(of, choices).allowed == outcome(of, choices[::-1]).allowed


@given(TERMS, LATEST)
def test_one_more_refusal_never_allows_anything(of, choices):
    assert outcome(of, [*choices, refuse(2.5, sequence=1000)]).allowed <= outcome(of, choices).allowed


@given(TERMS, LATEST)
def test_a_signal_never_allows_anything(of, choices):
    assert outcome(of, [*choices, refuse(-1, sequence=1000)]).allowed <= outcome(of, choices).allowed


@given(LATEST)
def test_what_needs_a_yes_is_off_unless_an_allow_counts(choices):
    found = outcome(OFF, choices)
    assert found.allowed == (found.by is not None and found.by.decision == Decision.ALLOW)


@given(LATEST)
def test_a_refusal_of_the_very_use_is_always_obeyed(choices):
    others = [one for one in choices if one.rank < 5]
    assert not outcome(ON, [*others, refuse(5, sequence=0)]).allowed


@pytest.mark.parametrize(
    ("scopes", "refusable", "default"),
    [
        ([place("*", "yes")], True, True),
        ([place("*", "yes", "off")], True, False),
        ([place("*", "consent_first", "off")], True, False),
        ([place("*", "no")], False, True),
        ([place("EU", "yes"), place("US", "no")], True, True),
        ([place("EU", "consent_first", "off"), place("US", "yes")], True, False),
    ],
)
def test_where_places_differ_the_strictest_holds_for_all(scopes, refusable, default):
    assert terms(of_scopes(*scopes), 4) == Terms(refusable=refusable, default=default, since=4)
