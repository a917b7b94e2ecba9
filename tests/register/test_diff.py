"""Differences in sentences: complete, and in a member's words."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.register.builders import EVERYWHERE, category, correction, feature, register, use
from transparency.register.diff import changes, sentences
from transparency.register.phrases import WORDS
from transparency.register.schema import AIFeature, Correction, Criterion, DataCategory, Policy, Recipient, Scope, Use

OTHER = {
    "scopes": (msgspec.structs.replace(EVERYWHERE, default="off"),),
    "criteria": (Criterion(name="Skills", weight="high", reason="They count."),),
    "recipients": (Recipient(name="Cloud Co", role="processor"),),
    "necessary": True,
}
CLOUD = Recipient(name="Cloud Co", role="processor")
ABROAD = Recipient(name="Cloud Co", role="processor", country="United States")
IDENTITY = {"category", "feature", "stage", "slug", "key"}
LISTS = {"examples", "aliases", "safeguards", "clauses", "third_party_models"}


def only(before, after):
    (change,) = changes(before, after)
    return change.sentence


def test_a_use_that_ends():
    before = register(use(), use(stage="inference"))
    assert (
        only(before, register(use()))
        == "Job recommendations no longer uses Private messages while you are on the site."
    )


def test_a_correction_and_what_it_mends_are_one_piece_of_news():
    found = changes(register(), register(use(retention="24 months"), corrections=(correction(),)))
    (sentence,) = sentences(found)
    assert sentence.endswith("That was wrong. What was true: “24 months” We now say: “24 months”.")
    assert [(one.kind, one.material) for one in found] == [("correction", False), ("use", True)]


@pytest.mark.parametrize("other", [{"risks": "None."}, {"retention": "13 months", "risks": "None."}])
def test_what_changes_beside_a_correction_is_told_of_its_own(other):
    after = register(use(**{"retention": "24 months"} | other), corrections=(correction(),))
    assert len(sentences(changes(register(), after))) == 2


def test_what_a_correction_mends_is_told_where_the_correction_is_not():
    found = changes(register(), register(use(retention="24 months"), corrections=(correction(),)))
    assert sentences(one for one in found if one.kind == "use") == (found[1].sentence,)


def test_a_shorter_retention():
    assert "how long it is kept was “13 months” and is now “6 months”" in only(
        register(), register(use(retention="6 months"))
    )


def test_a_new_right_to_refuse_names_the_place():
    europe = Scope(jurisdictions=("EU",), legal_basis="contract")
    sentence = only(register(), register(use(scopes=(EVERYWHERE, europe))))
    assert "in the European Union, it now has rules of its own" in sentence


def test_codes_are_said_in_plain_words():
    before, after = feature(status="in_use"), feature(status="retired")
    sentence = only(register(features=(before,)), register(features=(after,)))
    assert sentence == "Job recommendations: its state was “In use” and is now “No longer in use”."


def test_places_where_the_same_changed_are_named_together():
    here = Scope(jurisdictions=("EU", "GB"), legal_basis="legitimate_interest")
    there = msgspec.structs.replace(here, legal_basis="consent")
    sentence = only(register(use(scopes=(here, EVERYWHERE))), register(use(scopes=(there, EVERYWHERE))))
    assert sentence.endswith(
        "in the European Union and the United Kingdom, why the law allows it was “We have a good reason that does not "
        "outweigh your rights” and is now “You said yes”."
    )


def test_what_holds_everywhere_names_no_place():
    never = msgspec.structs.replace(EVERYWHERE, refusal="no")
    sentence = only(register(), register(use(scopes=(never,))))
    assert sentence.endswith("everywhere, whether you can refuse was “You can refuse” and is now “You can't refuse”.")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"safeguards": ("encrypted",)}, {"safeguards": ()}, "how it is protected: no longer “It is encrypted”"),
        ({"effective_from": ""}, {"effective_from": "2026-03-01"}, "was not said and is now “1 March 2026”"),
        ({"risks": "It may leak."}, {"risks": ""}, "what could go wrong was “It may leak” and is no longer said"),
        ({}, {"necessary": True}, "it can no longer work without this data"),
        ({"recipients": (CLOUD,)}, {"recipients": (ABROAD,)}, "now also “Cloud Co (United States), which works for us"),
    ],
)
def test_no_code_of_ours_is_said(before, after, told):
    assert told in only(register(use(**before)), register(use(**after)))


@pytest.mark.parametrize("record", [Use, Scope, AIFeature, DataCategory, Policy, Correction])
def test_every_field_has_words_of_its_own(record):
    assert set(record.__struct_fields__) - IDENTITY <= WORDS.keys()


def test_a_new_use_is_material():
    assert changes(register(), register(use(), use(stage="evaluation")))[0].material


def test_a_new_contact_is_not():
    assert not changes(register(), register(features=(feature(team="Search"),)))[0].material


@pytest.mark.parametrize("field", [f for f in Use.__struct_fields__ if f not in ("category", "feature", "stage")])
def test_no_field_of_a_use_changes_in_silence(field):
    assert len(changes(register(), register(use(**{field: another(field)})))) == 1


@pytest.mark.parametrize("field", [f for f in AIFeature.__struct_fields__ if f != "slug"])
def test_no_field_of_a_feature_changes_in_silence(field):
    assert len(changes(register(), register(features=(feature(**{field: another(field)}),)))) == 1


@pytest.mark.parametrize("field", [f for f in DataCategory.__struct_fields__ if f != "key"])
def test_no_field_of_a_category_changes_in_silence(field):
    assert len(changes(register(), register(categories=(category(**{field: another(field)}),)))) == 1


stages = st.sets(st.sampled_from(["training", "inference", "evaluation"]))
words = st.sampled_from(["13 months", "1 month"])


@settings(max_examples=50)
@given(stages, words, stages, words)
def test_empty_exactly_where_both_say_the_same(stages_before, before, stages_after, after):
    one = register(use(), *(use(stage=s, retention=before) for s in stages_before - {"training"}))
    two = register(use(), *(use(stage=s, retention=after) for s in stages_after - {"training"}))
    assert (changes(one, two) == []) == (set(one.uses) == set(two.uses))


def another(field):
    return OTHER.get(field) or (("something else",) if field in LISTS else "Something else")


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        ({"retention": "13 months"}, {"retention": "6 months"}, False),
        ({"retention": "6 months"}, {"retention": "2 years"}, True),
        ({"retention": "until you leave"}, {"retention": "6 months"}, True),
        ({"safeguards": ("encrypted",)}, {"safeguards": ("encrypted", "filtered")}, False),
        ({"safeguards": ("encrypted",)}, {"safeguards": ()}, True),
        ({"recipients": ()}, {"recipients": (CLOUD,)}, True),
        ({"recipients": (CLOUD,)}, {"recipients": ()}, False),
        ({"why_needed": "So."}, {"why_needed": "So it is."}, False),
        ({"purpose_text": "To rank."}, {"purpose_text": "To sell."}, True),
    ],
)
def test_only_what_may_be_more_is_called_more(before, after, more):
    (change,) = changes(register(use(**before)), register(use(**after)))
    assert change.material is more
