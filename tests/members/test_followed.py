"""What became of a refusal, in the words that its member reads."""

from datetime import UTC, datetime

from transparency.enforcement.effects import AtPipeline, Effect
from transparency.enforcement.obedience import Verdict
from transparency.members.followed import in_words, steps

REFUSED = datetime(2027, 3, 3, 9, tzinfo=UTC)
BEFORE, AFTER, LATER = (datetime(2027, 3, day, 9, tzinfo=UTC) for day in (2, 4, 5))


def at(name="Pip", **fields):
    usual = {"active": True, "delivered": False, "since": None, "last_use": None, "verdict": None}
    return AtPipeline(name.lower(), name, **(usual | fields))


def said(*pipelines, stage="training"):
    return in_words(Effect("a/b/training", REFUSED, 1, 1, pipelines), stage)


def test_where_no_pipeline_is_known_it_is_only_recorded():
    assert said() == ("Recorded on 3 March 2027. No pipeline has been named that uses this data.",)


def test_delivered_to_some():
    assert said(at(delivered=True), at("Pop")) == ("Recorded on 3 March 2027. Delivered to 1 of 2 pipelines.",)


def test_delivered_to_all():
    assert said(at(delivered=True)) == (
        "Recorded on 3 March 2027. Delivered to the pipeline. Its next run must leave you out.",
    )


def test_in_effect_in_some():
    pipelines = (at(delivered=True, since=AFTER), at("Pop", delivered=True))
    assert said(*pipelines) == ("Recorded on 3 March 2027. Delivered to all 2 pipelines. In effect in 1 of them.",)


def test_in_effect_in_all_since_the_last_of_them():
    pipelines = (at(delivered=True, since=AFTER), at("Pop", delivered=True, since=LATER))
    assert said(*pipelines) == ("In effect since the run of 5 March 2027.",)


def test_what_was_trained_before_is_said_plainly_with_what_it_means():
    assert said(at(delivered=True, since=AFTER, last_use=BEFORE))[1:] == (
        "Trained before you refused: runs up to 2 March 2027 used your data.",
        "What a model has learned stays in it until it is trained again, without you.",
    )


def test_what_was_on_one_day_is_told_by_the_minute():
    noon, evening = AFTER.replace(hour=12), AFTER.replace(hour=18, minute=30)
    pipelines = (at(delivered=True, since=evening, last_use=noon),)
    assert said(*pipelines)[:2] == (
        "In effect since the run of 4 March 2027 at 18:30 UTC.",
        "The run of 4 March 2027 at 12:00 UTC still used your data, as if you had not refused.",
    )
    (step,) = steps([Effect("a/b/training", AFTER, 1, 1, pipelines)])
    assert step.words.startswith(
        "In effect since the run of 4 March 2027 at 18:30 UTC. The run of 4 March 2027 at 12:00"
    )


def test_a_run_on_the_day_of_the_refusal_is_told_from_it_by_the_minute():
    assert said(at(delivered=True, last_use=REFUSED.replace(hour=7)))[:2] == (
        "Recorded on 3 March 2027 at 09:00 UTC. Delivered to the pipeline. Its next run must leave you out.",
        "Trained before you refused: runs up to 3 March 2027 at 07:00 UTC used your data.",
    )


def test_what_was_in_one_minute_is_told_by_the_second():
    noon = AFTER.replace(hour=12)
    assert said(at(delivered=True, since=noon.replace(second=40), last_use=noon))[:2] == (
        "In effect since the run of 4 March 2027 at 12:00:40 UTC.",
        "The run of 4 March 2027 at 12:00:00 UTC still used your data, as if you had not refused.",
    )


def test_what_was_used_on_the_site_before_is_called_used():
    assert said(at(last_use=BEFORE), stage="inference")[1:] == (
        "Used before you refused: runs up to 2 March 2027 used your data.",
    )


def test_a_run_after_the_refusal_that_did_not_know_of_it_is_not_hidden():
    assert "The run of 4 March 2027 still used your data, as if you had not refused." in said(at(last_use=AFTER))


def test_a_pipeline_that_did_not_obey_is_not_hidden():
    words = said(at(delivered=True, last_use=AFTER, verdict=Verdict.IGNORED))
    assert words[-1] == "A pipeline did not do what it had to. The people in charge have been told."


def test_of_a_pipeline_that_left_this_member_out_and_not_another_both_is_said():
    pipelines = (at(delivered=True, since=AFTER, verdict=Verdict.LATE),)
    wrong = (
        "You are left out. But the pipeline’s last run was not as it should be; the people in charge have been told."
    )
    assert said(*pipelines) == ("In effect since the run of 4 March 2027.", wrong)
    (step,) = steps([Effect("a/b/training", REFUSED, 1, 1, pipelines)])
    assert step.words == f"In effect since the run of 4 March 2027. {wrong}"


def test_one_pipeline_is_one():
    assert said(at()) == ("Recorded on 3 March 2027. Delivered to 0 of 1 pipeline.",)


def test_a_receipt_has_a_step_for_each_pipeline_by_name():
    one = Effect("a/b/training", REFUSED, 1, 1, (at("Pop", delivered=True, since=AFTER), at("Pip", delivered=True)))
    two = Effect("c/b/training", REFUSED, 1, 1, (at("Pop", delivered=True),))
    assert [(step.name, step.words) for step in steps([one, two])] == [
        ("Pip", "Delivered. Its next run must leave you out."),
        ("Pop", "Delivered. Its next run must leave you out."),
    ]


def test_a_step_says_what_was_used_and_who_is_late():
    (step,) = steps([Effect("a/b/training", REFUSED, 1, 1, (at(last_use=AFTER, verdict=Verdict.LATE),))])
    assert step.words == (
        "Not delivered yet. The run of 4 March 2027 still used your data, as if you had not refused."
        " It is late with that; the people in charge have been told."
    )


def test_a_step_tells_what_was_used_before_from_what_was_used_in_spite_of_the_refusal():
    (step,) = steps([Effect("a/b/training", REFUSED, 1, 1, (at(delivered=True, last_use=BEFORE),))])
    assert step.words == "Delivered. Its next run must leave you out. Runs up to 2 March 2027 used your data."
