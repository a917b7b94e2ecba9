"""What became of a refusal: recorded, delivered to N of M, in effect since a run. Hours count from the refusal."""

import pytest

from tests.consent.builders import LATER, NAME, USE
from tests.enforcement.builders import HOUR, TRAINING, Runs
from tests.register.builders import category, register, use
from transparency.enforcement import actions
from transparency.enforcement.queries import effects
from transparency.register.schema import Scope

CONSENT = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
LONG_AFTER = LATER + 99 * HOUR


@pytest.fixture
def runs(pip):
    """What Pip was given and ran."""
    return Runs(pip)


@pytest.fixture
def pop(amir, published):
    """Pop, another pipeline that trains job recommendations."""
    told = {"slug": "pop", "name": "Pop", "contact": "#ml", "assignments": [("job-ranking", "training")]}
    return actions.register_pipeline(by=amir, **told)


def effect(member="7"):
    return effects(member, LONG_AFTER)[NAME]


def told(one):
    hours = [at and (at - LATER) / HOUR for at in (one.since, one.last_use)]
    return (one.delivered, one.assigned, *hours)


def test_a_refusal_is_recorded_first(pip, chooses):
    chooses.refuses()
    assert (effect().at, effect().sequence, told(effect())) == (LATER, 1, (0, 1, None, None))


def test_then_it_is_delivered(runs, chooses):
    chooses.refuses()
    runs.given(1, 1)
    assert told(effect()) == (1, 1, None, None)


def test_then_it_is_in_effect_since_the_first_run_that_knew_it(runs, chooses):
    chooses.refuses()
    runs.given(1, 1).ran(1, 2)
    runs.ran(1, 3)
    assert told(effect()) == (1, 1, 2, None)


def test_runs_before_it_used_the_data(runs, chooses):
    runs.ran(0, -9)
    runs.ran(0, -2)
    chooses.refuses()
    assert told(effect()) == (0, 1, None, -2)


def test_a_later_run_that_does_not_know_it_undoes_the_effect(runs, chooses):
    chooses.refuses()
    runs.given(1).ran(1, 2)
    runs.ran(0, 3)
    assert told(effect()) == (1, 1, None, 3)
    runs.ran(1, 4)
    assert told(effect()) == (1, 1, 4, 3)


def test_a_run_that_claims_what_it_was_never_given_honours_nothing(runs, chooses):
    chooses.refuses()
    runs.ran(1, 2)
    assert told(effect()) == (0, 1, None, 2)


def test_a_refusal_counts_as_in_effect_once_every_pipeline_honours_it(runs, pop, chooses):
    chooses.refuses()
    runs.given(1).ran(1, 2)
    assert told(effect()) == (1, 2, None, None)
    assert effect().in_effect == 1
    Runs(pop).given(1).ran(1, 5)
    assert told(effect()) == (2, 2, 5, None)


def test_a_pipeline_that_is_retired_counts_no_more(runs, pop, amir, chooses):
    chooses.refuses()
    actions.retire_pipeline(by=amir, pipeline=pop, at=LATER)
    assert effect().assigned == 1


def test_a_pipeline_that_ignored_a_refusal_is_late(runs, chooses):
    chooses.refuses()
    runs.given(1).ran(0, 2)
    assert effect().is_late
    runs.ran(1, 3)
    assert not effect().is_late


def test_a_wider_refusal_has_an_effect_on_each_use(runs, chooses):
    chooses.refuses("all")
    runs.given(1).ran(1, 2)
    assert told(effect()) == (1, 1, 2, None)


@pytest.mark.parametrize("again", [USE, "all", "stage:training"])
def test_a_refusal_that_is_said_again_takes_nothing_back(runs, chooses, again):
    chooses.refuses("stage:training")
    runs.given(1).ran(1, 2)
    chooses.refuses(again, at=LATER + 3 * HOUR)
    assert (effect().at, effect().sequence, told(effect())) == (LATER, 1, (1, 1, 2, None))


def test_a_refusal_after_a_yes_counts_from_then(runs, chooses):
    chooses.refuses()
    chooses.allows(at=LATER + HOUR)
    runs.given(2).ran(2, 2)
    chooses.refuses(at=LATER + 3 * HOUR)
    assert told(effect()) == (0, 1, None, 2)


def test_where_a_yes_comes_first_no_run_before_a_refusal_used_the_data(runs, publish, chooses):
    publish(register(use(scopes=(CONSENT,))))
    runs.ran(0, -2, edition=2)
    chooses.refuses()
    assert told(effect()) == (0, 1, None, None)


def test_runs_from_before_a_yes_came_first_did(runs, publish, chooses):
    runs.ran(0, -2, edition=1)
    publish(register(use(scopes=(CONSENT,))))
    chooses.refuses()
    assert told(effect()) == (0, 1, None, -2)


def test_so_did_runs_between_a_yes_and_its_end(runs, publish, chooses):
    publish(register(use(scopes=(CONSENT,))))
    chooses.allows(at=LATER - 3 * HOUR)
    runs.given(1).ran(1, -2, edition=2)
    chooses.refuses()
    assert told(effect()) == (0, 1, None, -2)


def test_what_is_allowed_again_has_no_effect_to_tell_of(runs, chooses):
    chooses.refuses()
    chooses.allows()
    assert effects("7", LONG_AFTER) == {}


def test_another_member_is_told_nothing(runs, chooses):
    chooses.refuses()
    assert effects("8", LONG_AFTER) == {}


def test_a_hundred_uses_take_as_many_queries_as_one(pip, publish, chooses, django_assert_num_queries):
    keys = [f"group.kind{number}" for number in range(100)]
    kinds = tuple(category(key, name=key) for key in keys)
    publish(register(*(use(key) for key in keys), categories=(category(), *kinds)))
    chooses.refuses("all")
    effects("7", LONG_AFTER)
    with django_assert_num_queries(4):
        assert len(effects("7", LONG_AFTER)) == 100


def test_effects_of_text_keys_are_told_too(runs, chooses):
    chooses.refuses(member="mia-k")
    runs.given(1, **TRAINING)
    assert told(effect("mia-k")) == (1, 1, None, None)
