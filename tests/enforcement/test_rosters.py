"""Who is to be left out, and who may be used: editions and choices as people make them."""

import pytest
import time_machine

from tests.consent.builders import LATER
from tests.register.builders import category, feature, register, use
from transparency.consent.actions import heed_signal
from transparency.consent.scopes import Signal
from transparency.enforcement.decisions import BadQuestion, of_keys
from transparency.enforcement.projections import decide, roster
from transparency.register.schema import Scope

pytestmark = pytest.mark.django_db
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
NECESSARY = Scope(jurisdictions=("*",), legal_basis="contract", refusal="no", why_not="It keeps the site running.")
CATEGORY = "communications.messages"


@pytest.fixture(autouse=True)
def now():
    """A month after the first edition."""
    with time_machine.travel(LATER, tick=True):
        yield


def allowed(*keys, feature="job-ranking", stage="training", categories=(CATEGORY,), min_sequence=0):
    return decide(feature, stage, categories, of_keys(keys), min_sequence).allowed.tolist()


def listed(stage="training", categories=None):
    found = roster("job-ranking", stage, categories)
    return found.kind, [*found.numbers.tolist(), *found.texts]


def fault(**question):
    with pytest.raises(BadQuestion) as caught:
        allowed("7", **question)
    return caught.value.pointer, caught.value.code


def test_who_said_nothing_may_be_used(publish):
    publish(register())
    assert allowed("7", "mia") == [True, True]


def test_a_refusal_is_obeyed_at_once(publish, chooses):
    publish(register())
    allowed("7")
    chooses.refuses()
    assert allowed("8", "7") == [True, False]


def test_a_refusal_that_is_taken_back_is_no_longer_obeyed(publish, chooses):
    publish(register())
    chooses.refuses()
    allowed("7")
    chooses.allows()
    assert allowed("7") == [True]


@pytest.mark.parametrize("key", ["7", "007", "mia@tandem.example", "40000", str(2**62), str(2**63), str(2**64 - 1)])
def test_any_member_key_is_obeyed(publish, chooses, key):
    publish(register())
    chooses.refuses(member=key)
    assert allowed("1", key, "2", "x") == [True, False, True, True]


def test_everybody_who_refused_is_left_out(publish, chooses):
    publish(register())
    for key in ("mia", "9", str(2**63), "40000", "007", "7", str(2**62)):
        chooses.refuses(member=key)
    assert listed() == ("leave_out", [7, 9, 40000, 2**62, "007", str(2**63), "mia"])


def test_where_a_yes_is_needed_only_those_who_said_it_may_be_used(publish, chooses):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(member="9")
    chooses.allows(member="mia")
    chooses.refuses(member="7")
    assert (allowed("9", "7", "8"), listed()) == ([True, False, False], ("may_use", [9, "mia"]))


def test_an_edition_that_changes_a_use_asks_again(publish, chooses):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(member="9", edition=1)
    assert allowed("9") == [True]
    publish(register(use(scopes=(ASKED,), retention="13 years")))
    assert (allowed("9"), listed()) == ([False], ("may_use", []))
    chooses.allows(member="9")
    assert allowed("9") == [True]


def test_a_signal_takes_an_earlier_allow_back_and_a_later_one_beats_it(publish, chooses):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows()
    assert allowed("7") == [True]
    heed_signal(member="7", signal=Signal.EVERYTHING, at=LATER)
    assert allowed("7") == [False]
    chooses.allows()
    assert allowed("7") == [True]


def test_what_cannot_be_refused_leaves_nobody_out(publish, chooses):
    publish(register(use(scopes=(NECESSARY,)), use(stage="inference")))
    chooses.refuses("all")
    assert (listed(), listed("inference")) == (("leave_out", []), ("leave_out", [7]))


def test_a_member_must_allow_every_category_that_is_asked_for(publish, chooses):
    said = (category(), category("profile.skills", name="Skills"))
    publish(register(use(), use("profile.skills"), categories=said))
    chooses.refuses("category:profile.skills")
    both = (CATEGORY, "profile.skills")
    assert (allowed("7"), allowed("7", categories=both), listed()) == ([True], [False], ("leave_out", [7]))


def test_an_earlier_key_of_a_category_means_the_same(publish, chooses):
    publish(register(categories=(category(aliases=("mail.private",)),)))
    chooses.refuses("category:mail.private")
    assert allowed("7", categories=("mail.private",)) == [False]


def test_an_answer_says_of_which_choice_and_which_edition_it_is(publish, chooses):
    publish(register())
    chooses.refuses()
    found = decide("job-ranking", "training", [CATEGORY], of_keys(["7"]))
    assert (found.sequence, found.edition) == (1, 1)


def test_a_sequence_that_has_come_may_be_asked_for(publish, chooses):
    publish(register())
    chooses.refuses()
    assert allowed("7", min_sequence=1) == [False]


def test_a_sequence_from_the_future_is_refused(publish, chooses):
    publish(register())
    chooses.refuses()
    assert fault(min_sequence=2) == ("/min_sequence", "sequence.future")


def test_nothing_may_be_used_before_anything_is_said():
    assert fault() == ("/feature", "feature.unknown")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"feature": "nothing"}, ("/feature", "feature.unknown")),
        ({"feature": "old"}, ("/feature", "feature.retired")),
        ({"stage": "dreaming"}, ("/stage", "stage.unknown")),
        ({"categories": [CATEGORY, "nothing"]}, ("/categories/1", "category.unknown")),
        ({"categories": ["profile"]}, ("/categories/0", "use.undeclared")),
        ({"stage": "inference"}, ("/categories/0", "use.undeclared")),
    ],
)
def test_what_is_not_declared_is_refused_by_its_place(publish, question, expected):
    said = (category(), category("profile", name="Profile"))
    publish(register(categories=said, features=(feature(), feature("old", status="retired"))))
    assert fault(**question) == expected
