"""What staff must look at: the latest run of each pipeline, and runs that nobody acknowledged."""

from datetime import timedelta

import pytest

from tests.consent.builders import LATER
from tests.enforcement.builders import HOUR, Runs
from transparency.enforcement import actions, watch
from transparency.enforcement.models import Pipeline

PATIENCE = timedelta(hours=6)
PAIR = ("job-ranking", "training")


@pytest.fixture
def runs(pip):
    """What Pip, who was registered long ago, was given and ran."""
    Pipeline.objects.update(created_at=LATER - 1_000 * HOUR)
    return Runs(pip)


def faults(hours=99.0, seen=None):
    known = {} if seen is None else {PAIR: watch.Seen(LATER + seen * HOUR, "model:mlflow://models/ranker")}
    return watch.faults(LATER + hours * HOUR, known, PATIENCE)


def kinds(**asked):
    return [(one.kind, one.subject) for one in faults(**asked)]


def test_a_pipeline_that_honours_refusals_is_no_finding(runs, chooses):
    chooses.refuses()
    runs.given(1).ran(1, 2)
    assert kinds() == []


def test_a_pipeline_that_ignores_one_is_found(runs, chooses):
    chooses.refuses()
    runs.given(1).ran(0, 2)
    (fault,) = faults()
    assert (fault.kind, fault.subject, fault.urgency) == ("run_ignored", "pip/job-ranking/training", 1)
    assert fault.sentence == (
        "Pip, nightly training did not honour a refusal in its run “run-1” of 24 December 2026: "
        "Job recommendations, training."
    )
    assert ("The first refusal that it did not honour", "24 December 2026, 12:00 UTC") in fault.facts


def test_one_that_applied_old_choices_is_found(runs, chooses):
    chooses.refuses(member="8", at=LATER - 5 * HOUR)
    chooses.allows(member="9", at=LATER - 5 * HOUR)
    chooses.refuses(at=LATER)
    runs.given(3).ran(1, 0.5)
    (fault,) = faults()
    assert (fault.kind, fault.urgency) == ("run_late", 2)
    assert "older than the agreed 1 hour" in fault.sentence


def test_one_whose_numbers_cannot_be_is_found(runs):
    runs.ran(0, 2, members_seen=1, members_left_out=2)
    assert kinds() == [("run_impossible", "pip/job-ranking/training")]


def test_a_later_run_mends_it(runs, chooses):
    chooses.refuses()
    runs.given(1).ran(0, 2)
    runs.ran(1, 3)
    assert kinds() == []


def test_an_earlier_run_that_is_told_of_later_changes_nothing(runs, chooses):
    chooses.refuses()
    runs.given(1).ran(1, 3)
    runs.ran(0, 2)
    assert kinds() == []


def test_a_pipeline_that_is_retired_is_found_no_more(runs, amir, chooses, pip):
    chooses.refuses()
    runs.given(1).ran(0, 2)
    actions.retire_pipeline(by=amir, pipeline=pip, at=LATER)
    assert kinds() == []


@pytest.mark.parametrize(
    ("acknowledged", "seen", "now", "found"),
    [
        (None, 0, 5.9, False),  # there is still time
        (None, 0, 6.1, True),
        (0, 5, 99, False),  # seen a while after it was acknowledged
        (0, 6.1, 12.2, True),
        (0, 6.1, 12, False),
        (9, 0, 99, False),
    ],
)
def test_a_run_that_nobody_acknowledges_is_found_after_a_while(runs, acknowledged, seen, now, found):
    for hours in () if acknowledged is None else (acknowledged,):
        runs.ran(0, hours - 1 / 60)
    assert kinds(hours=now, seen=seen) == [("run_unasked", "any/job-ranking/training")] * found


def test_a_run_before_the_pipeline_was_registered_is_not_its_fault(runs, pip):
    Pipeline.objects.update(created_at=LATER)
    assert kinds(seen=-1) == []


def test_who_serves_people_at_once_needs_to_ask_only(runs, pip, amir):
    actions.change_pipeline(by=amir, pipeline=pip, assignments=[("job-ranking", "inference")])
    known = {("job-ranking", "inference"): watch.Seen(LATER + HOUR, "job:serving")}
    asked = {"at": LATER + 9 * HOUR, "runs": known, "patience": PATIENCE}
    assert [one.kind for one in watch.faults(**asked)] == ["run_unasked"]
    runs.given(0, 0, stage="inference")
    assert watch.faults(**asked) == []


def test_the_number_of_queries_does_not_grow(runs, amir, chooses, django_assert_num_queries):
    for number in range(9):
        told = {"slug": f"p{number}", "name": f"P{number}", "contact": "#ml", "assignments": [PAIR]}
        Runs(actions.register_pipeline(by=amir, **told)).ran(0)
    with django_assert_num_queries(6):
        faults()
