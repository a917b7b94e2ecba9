"""Changes carried from one register onto another, field by field: in any order, never where both changed the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.register.builders import PRIVACY, category, correction, feature, policy, register, use
from transparency.register.carrying import Clash, carried
from transparency.register.documents import in_order
from transparency.register.publication import is_untold

USE = "communications.messages/job-ranking/training"
NOW = register(use(), policies=(policy(),))
HELP = use(stage="inference")

# Four fields of a use: each is left alone, or changed to one of two other values.
FIELDS = ("retention", "risks", "why_needed", "purpose_text")
CHANGES = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["one", "two"]))
KINDS = ("training", "inference", "evaluation")
REGISTERS = st.dictionaries(st.sampled_from(KINDS), CHANGES)


def made(of):
    """A register with a use for each stage, changed so."""
    uses = (use(stage=stage, **fields) for stage, fields in sorted(of.items()))
    return in_order(structs.replace(NOW, uses=tuple(uses)))


def carry(after, onto, before=NOW, **decided):
    return carried(before, after, onto, {("use", USE): decided.get("decided", "")})


def test_each_changed_something_else_and_both_is_said():
    found, clashes = carry(
        register(use(risks="Few."), policies=(policy(),)), made({"training": {"retention": "1 day"}})
    )
    assert (found, clashes) == (made({"training": {"retention": "1 day", "risks": "Few."}}), ())


def test_both_changed_the_same_otherwise_so_nothing_is_carried_and_it_is_told():
    later = made({"training": {"retention": "one"}})
    found, clashes = carry(made({"training": {"retention": "two", "risks": "one"}}), later)
    assert clashes == (Clash("use", USE, ("retention",)),)
    assert found == made({"training": {"retention": "one", "risks": "one"}})


@pytest.mark.parametrize(("decided", "holds"), [("this", "two"), ("scheduled", "one")])
def test_once_decided_that_holds(decided, holds):
    after, onto = (made({"training": {"retention": value}}) for value in ("two", "one"))
    found, clashes = carry(after, onto, decided=decided)
    assert (found.uses[0].retention, clashes[0].decided) == (holds, decided)


def test_both_say_the_same_now_and_nothing_clashes():
    same = made({"training": {"retention": "one"}})
    assert carry(same, same) == (same, ())


def test_what_is_new_is_added_and_what_was_scheduled_stays():
    found, clashes = carry(register(use(), HELP, policies=(policy(),)), made({"training": {"risks": "one"}}))
    assert ([one.id for one in found.uses], clashes) == ([HELP.id, USE], ())


def test_what_is_taken_out_goes_from_what_left_it_alone():
    found, clashes = carry(structs.replace(NOW, uses=(HELP,)), NOW)
    assert ([one.id for one in found.uses], clashes) == ([HELP.id], ())


@pytest.mark.parametrize(
    ("urgent", "scheduled"),
    [({}, {"training": {"risks": "one"}}), ({"training": {"risks": "one"}}, {})],
    ids=["taken out at once, changed later", "changed at once, taken out later"],
)
@pytest.mark.parametrize("decided", ["this", "scheduled"])
def test_what_one_takes_out_and_the_other_changes_clashes_as_a_whole(urgent, scheduled, decided):
    after, onto = made(urgent), made(scheduled)
    assert carry(after, onto) == (onto, (Clash("use", USE, ()),))
    assert carry(after, onto, decided=decided)[0] == (after if decided == "this" else onto)


def test_clauses_are_carried_one_by_one_and_stay_in_order():
    urgent = (
        NOW.policies[0],
        policy(PRIVACY.replace("Models learn", "Some models learn") + "\n### 3.10 More\n\nMore.\n"),
    )
    later = policy(PRIVACY.replace("fit the site", "suit the site") + "\n### 3.9 Then\n\nThen.\n", version="2.0")
    found, clashes = carry(register(policies=urgent[1:]), register(policies=(later,)))
    (whole,) = found.policies
    assert ([one.number for one in whole.clauses], whole.version, clashes) == (
        ["3", "3.1", "3.2", "3.9", "3.10"],
        "2.0",
        (),
    )
    assert "suit the site" in whole.clauses[1].text
    assert "Some models learn" in whole.clauses[2].text


def test_one_clause_that_both_wrote_anew_clashes_by_its_number():
    urgent, later = (policy(PRIVACY.replace("Models learn", words)) for words in ("Some models", "No models"))
    _, clashes = carry(register(policies=(urgent,)), register(policies=(later,)))
    assert clashes == (Clash("policy", "privacy-policy", ("clause 3.2",)),)


def test_every_kind_of_record_is_carried():
    urgent = register(
        use(), features=(feature(team="Work"),), categories=(category(name="Chats"),), corrections=(correction(),)
    )
    found, clashes = carry(urgent, register(use(risks="Few.")), before=register())
    assert (found, clashes) == (structs.replace(urgent, uses=(use(risks="Few."),)), ())


@given(REGISTERS, REGISTERS, REGISTERS)
def test_changes_that_do_not_clash_give_the_same_whichever_comes_first(before, one, other):
    start, left, right = made(before), made(one), made(other)
    (found, clashes), (turned, same) = carried(start, left, right, {}), carried(start, right, left, {})
    assert [(clash.kind, clash.subject, set(clash.fields)) for clash in clashes] == [
        (clash.kind, clash.subject, set(clash.fields)) for clash in same
    ]
    assert clashes or found == turned


@given(REGISTERS, REGISTERS)
def test_onto_what_did_not_change_all_is_carried_and_of_what_did_not_change_nothing(before, after):
    start, end = made(before), made(after)
    assert carried(start, end, start, {}) == (end, ())
    assert carried(start, start, end, {}) == (end, ())


@given(REGISTERS, REGISTERS, REGISTERS, st.sampled_from(["", "this", "scheduled"]))
def test_nothing_is_published_anew_that_members_read_of_nowhere(before, after, scheduled, decided):
    """Every field comes from one of the two, so whoever read both editions knows of it."""
    start, urgent, later = made(before), made(after), made(scheduled)
    decisions = {("use", one.id): decided for one in (*start.uses, *urgent.uses)}
    assert not is_untold(carried(start, urgent, later, decisions)[0], urgent, later)


@pytest.mark.parametrize(
    ("told", "untold"),
    [
        (("13 months", "2 years"), False),
        (("2 years", "13 months"), False),
        (("13 months", "1 month"), True),
    ],
)
def test_more_than_all_that_was_told_is_untold(told, untold):
    assert is_untold(register(use(retention="2 years")), *(register(use(retention=one)) for one in told)) is untold


def test_a_use_that_was_told_with_less_is_untold():
    told = register(use(), use(stage="inference", retention="1 month"))
    assert is_untold(register(use(), HELP), register(use()), told)
