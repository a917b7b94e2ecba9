"""Which refusals a run did not honour, read from the choices: only those that changed something for somebody."""

import pytest

from tests.consent.builders import LATER, USE
from tests.enforcement.builders import HOUR, TRAINING
from tests.register.builders import feature, register, use
from transparency.consent.actions import heed_signal
from transparency.consent.scopes import Signal
from transparency.enforcement.missed import since
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
