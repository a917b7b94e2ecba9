"""Since which choice a use is off: the same from the newest backwards as forwards through a whole history."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.consent.builders import off_since
from tests.register.builders import use
from transparency.consent.looking_back import Act, turns
from transparency.consent.offers import Offer
from transparency.consent.precedence import Decision, Said, Terms
from transparency.consent.scopes import Covering

RANKS = {"gpc:sharing": -1, "all": 0, "stage:training": 1, "feature:a": 2, "category:x": 3, "use:x/a/training": 5}
NOW = datetime(2027, 1, 1, tzinfo=UTC)

CHOICES = st.lists(
    st.tuples(st.sampled_from(sorted(RANKS)), st.sampled_from(Decision), st.integers(1, 3)), min_size=1, max_size=12
)
OFFERS = st.builds(
    lambda number, on, since, names: Offer(
        use(stage=("training", "inference", "evaluation", "fine_tuning")[number]),
        Terms(refusable=True, default=on, since=since),
        tuple(Covering(name, RANKS[name]) for name in sorted(names)),
    ),
    st.integers(0, 3), st.booleans(), st.integers(1, 3), st.sets(st.sampled_from(sorted(RANKS))),
)  # fmt: skip


def history(choices):
    """Choices in their order."""
    return [Said(name, RANKS[name], decision, edition, n) for n, (name, decision, edition) in enumerate(choices, 1)]


def backwards(acts):
    """The newest first, without those that only say again what was said."""
    said, found = {}, []
    for one in acts:
        found.append(Act(one, NOW, said.get(one.scope)))
        said[one.scope] = one
    return [act for act in found if not says_again(act)][::-1]


def says_again(act):
    """A yes may be to a later edition, and a signal takes back what was allowed since the one before."""
    same = act.before and act.before.decision == act.said.decision
    return same and act.said.decision != Decision.ALLOW and act.said.rank >= 0


def forwards(offer, acts):
    """The rule, told simply: the choice since which it is off, and whether it was on just before."""
    since = off_since(offer, [one for one in acts if one.scope in {by.name for by in offer.covering}])
    before = {one.scope: one for one in acts if one.sequence < since.sequence}
    return since.sequence, offer.outcome(before).allowed


@settings(max_examples=400)
@given(CHOICES, st.lists(OFFERS, unique_by=lambda offer: offer.use.id))
def test_looking_back_finds_what_the_whole_history_says(choices, offers):
    acts = history(choices)
    latest = {one.scope: one for one in acts}
    off = [one for one in offers if not one.outcome(latest).allowed and one.outcome(latest).by]
    found = turns(off, latest, backwards(acts))
    told = {name: (turn.since.said.sequence, turn.was_on) for name, turn in found.items()}
    assert told == {one.use.id: forwards(one, acts) for one in off}


def test_no_more_is_read_than_must_be():
    acts = history([("all", Decision.REFUSE, 1), ("all", Decision.ALLOW, 1)] * 1_000 + [("all", Decision.REFUSE, 1)])
    offer = Offer(use(), Terms(refusable=True, default=True, since=1), (Covering("all", 0),))
    left = iter(backwards(acts))
    found = turns([offer], {"all": acts[-1]}, left)
    assert found[offer.use.id].since.said.sequence == 2_001
    assert len(list(left)) == 2_000


def test_where_nothing_is_off_nothing_is_read():
    left = iter(backwards(history([("all", Decision.ALLOW, 1)])))
    assert turns([], {}, left) == {}
    assert len(list(left)) == 1
