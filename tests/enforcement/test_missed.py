"""Which refusals a run did not honour, read from the choices: only those that changed something for somebody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.consent.builders import LATER, USE, off_since
from tests.consent.test_looking_back import CHOICES, OFFERS, history
from tests.enforcement.builders import HOUR, TRAINING
from tests.register.builders import feature, register, use
from transparency.consent.actions import heed_signal
from transparency.consent.scopes import Signal
from transparency.enforcement import missed
from transparency.enforcement.missed import A_WINDOW, _Judged, since
from transparency.register.schema import Scope

CONSENT = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
OTHER = "use:communications.messages/writing-assistant/training"


@pytest.fixture
def edition(publish):
    """Two features that may be refused; the writing assistant needs a yes first."""
    features = (feature(), feature("writing-assistant", name="Writing assistant"))
    uses = (use(), use(feature="writing-assistant", scopes=(CONSENT,)))
    return publish(register(*uses, features=features))


def refusals(after=0, **pair):
    return list(since(sequence=after, at=LATER, **(TRAINING | pair)).refusals)


def test_a_refusal_of_the_use_is_one(edition, chooses):
    chooses.refuses()
    assert refusals() == [LATER]


def test_one_that_the_run_applied_is_none(edition, chooses):
    chooses.refuses()
    assert refusals(after=1) == []


@pytest.mark.parametrize("scope", ["all", "stage:training", "feature:job-ranking"])
def test_a_refusal_of_something_wider_is_one(edition, chooses, scope):
    chooses.refuses(scope)
    assert refusals() == [LATER]


def test_a_privacy_signal_of_a_browser_is_one(edition):
    heed_signal(member="7", signal=Signal.EVERYTHING, at=LATER)
    assert refusals() == [LATER]


def test_a_refusal_of_another_feature_is_none(edition, chooses):
    chooses.allows(OTHER)
    chooses.refuses(OTHER)
    assert refusals() == []
    assert since(sequence=0, at=LATER, **TRAINING).overtaken_at == LATER


def test_one_that_was_taken_back_is_none(edition, chooses):
    chooses.refuses()
    chooses.allows()
    assert refusals() == []


def test_one_that_changed_nothing_is_none(edition, chooses):
    chooses.refuses("all")
    chooses.refuses()
    assert refusals(after=1) == []


@pytest.mark.parametrize("again", [USE, "all", "stage:training"])
def test_one_that_is_said_again_is_no_younger_for_that(edition, chooses, again):
    chooses.refuses("stage:training", at=LATER - HOUR)
    chooses.refuses(again)
    assert refusals() == [LATER - HOUR]


def test_one_that_was_taken_back_and_said_again_counts_from_then(edition, chooses):
    chooses.refuses(at=LATER - 2 * HOUR)
    chooses.allows(at=LATER - HOUR)
    chooses.refuses()
    assert refusals() == [LATER]


def test_a_choice_from_a_clock_that_went_ahead_hides_none_after_it(edition, chooses):
    chooses.refuses(OTHER, member="8", at=LATER + 48 * HOUR)
    chooses.refuses()
    assert refusals() == [LATER]
    assert since(sequence=0, at=LATER, **TRAINING).overtaken_at == LATER


def test_where_a_yes_comes_first_no_answer_is_a_refusal_already(edition, chooses):
    chooses.refuses(OTHER)
    assert refusals(feature="writing-assistant") == []


def test_a_yes_that_is_taken_back_is_a_refusal(edition, chooses):
    chooses.allows(OTHER)
    chooses.follows(OTHER)
    assert refusals(after=1, feature="writing-assistant") == [LATER]


def test_going_back_to_what_is_usual_is_none_where_that_is_yes(edition, chooses):
    chooses.allows()
    chooses.follows()
    assert refusals(after=1) == []


def test_each_member_counts(edition, chooses):
    for member in ("7", "8", "nine"):
        chooses.refuses(member=member)
    assert refusals() == [LATER] * 3


def test_what_comes_in_many_parts_is_read_whole(edition, chooses, monkeypatch):
    monkeypatch.setattr("transparency.enforcement.missed.AT_ONCE", 2)
    for member in range(5):
        chooses.refuses(member=str(member))
    assert len(refusals()) == 5


@pytest.fixture
def looked_at(monkeypatch):
    """How many choices were looked at, each time for one use."""
    noted, turned = [], missed._turned

    def noting(offer, before, acts):
        noted.append(len(acts))
        return turned(offer, before, acts)

    monkeypatch.setattr(missed, "_turned", noting)
    return noted


def test_of_who_changes_their_mind_all_day_only_the_last_choices_are_looked_at(
    edition, chooses, looked_at, monkeypatch
):
    monkeypatch.setattr(missed, "AT_ONCE", 50)
    for _ in range(A_WINDOW):
        chooses.refuses(at=LATER - HOUR)
        chooses.allows(at=LATER - HOUR)
    chooses.refuses()
    assert refusals() == [LATER]
    assert looked_at == [A_WINDOW]


def test_of_who_was_never_off_in_between_all_is_looked_at(edition, chooses, monkeypatch):
    monkeypatch.setattr(missed, "A_WINDOW", 2)
    chooses.refuses(at=LATER - 2 * HOUR)
    for scope in ("all", "stage:training", "feature:job-ranking", "all"):
        chooses.refuses(scope, at=LATER - HOUR)
    assert refusals() == [LATER - 2 * HOUR]


class Remembered(_Judged):
    """One member, whose choices are all in memory."""

    acts = ()

    def _said(self, members, before):
        return {1: {one.scope: one for one in self.acts if one.sequence < before}}

    def _newest(self, members, before):
        return {1: [one for one in self.acts if self.sequence < one.sequence < before][-self.window :]}


@settings(max_examples=150)
@given(CHOICES, st.lists(OFFERS, unique_by=lambda offer: offer.use.id), st.integers(0, 12), st.integers(1, 4))
def test_whatever_was_chosen_the_last_choices_say_what_the_whole_history_says(choices, offers, sequence, window):
    judged = Remembered(offers, [], sequence, LATER, window=window)
    judged.acts = history(choices)
    then = {one.scope: one for one in judged.acts if one.sequence <= sequence}
    told = [off_since(one, concerning(one, judged.acts)) for one in offers if one.outcome(then).allowed]
    assert judged.taking({1}) == {choice.sequence for choice in told if choice}


def concerning(offer, acts):
    return [one for one in acts if one.scope in {covering.name for covering in offer.covering}]
