"""What speaks against a choice, of all that its member said before."""

from hypothesis import given
from hypothesis import strategies as st

from tests.register.builders import category, register, use
from transparency.consent.offers import Offer, Offers
from transparency.consent.precedence import Decision, Said, terms
from transparency.consent.scopes import RANK, covering, kind_of

RENAMED = register(use(), use(stage="inference"), categories=(category(aliases=("messages.old",)),))
OFFERS = Offers(1, RENAMED, {one.id: Offer(one, terms(one, 1), covering(one, RENAMED)) for one in RENAMED.uses})
SCOPES = st.sampled_from([name for name in OFFERS.by_scope if not name.startswith("gpc:")])
DECISIONS = st.sampled_from(Decision)
USE, OLD_NAME = "use:communications.messages/job-ranking/training", "use:messages.old/job-ranking/training"


def said(scope, decision, sequence=1):
    return Said(scope, RANK[kind_of(scope)], decision, 1, sequence)


@st.composite
def everything_said(draw):
    found = draw(st.dictionaries(SCOPES, DECISIONS))
    return [said(scope, decision, number) for number, (scope, decision) in enumerate(found.items())]


@given(SCOPES, DECISIONS, everything_said())
def test_where_nothing_can_speak_against_a_choice_nothing_does(scope, decision, before):
    others = [one for one in before if one.scope != scope]
    found = OFFERS.against(scope, decision, [*others, said(scope, decision, 1000)])
    assert OFFERS.may_be_against(scope, decision) or not found


def test_a_yes_to_a_part_may_speak_against_a_refusal_of_the_whole():
    assert OFFERS.may_be_against("all", Decision.REFUSE)
    assert OFFERS.against("all", Decision.REFUSE, [said("all", Decision.REFUSE), said(USE, Decision.ALLOW)])


def test_a_refusal_under_an_earlier_name_may_speak_against_a_yes():
    assert OFFERS.may_be_against(USE, Decision.ALLOW)
    assert OFFERS.against(USE, Decision.ALLOW, [said(USE, Decision.ALLOW), said(OLD_NAME, Decision.REFUSE)])
