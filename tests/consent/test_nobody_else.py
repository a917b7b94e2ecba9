"""Nothing but the member's own act ends a refusal (promise P-05): whatever happens, in whatever order."""

from contextlib import contextmanager, suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.consent.builders import LATER, Chooser
from tests.register.builders import EVERYWHERE, Press, category, register, use
from transparency.consent import queries
from transparency.consent.actions import Refused, erase, heed_signal
from transparency.consent.scopes import Signal
from transparency.consent.standing_in import bring, refuse_on_behalf
from transparency.register.actions import record_evidence
from transparency.register.schema import Recipient, Scope

pytestmark = pytest.mark.django_db
MEMBERS = ("7", "8", "mia")
STAGES = ("training", "fine_tuning", "inference", "evaluation")
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
SOLD = (Recipient(name="Adverts Ltd", role="third_party"),)
SCOPES = (
    "all", "stage:training", "feature:job-ranking", "category:communications.messages", "category:talk",
    "feature:job-ranking@inference", "use:communications.messages/job-ranking/training",
    "use:talk/job-ranking/inference",
)  # fmt: skip
ACTS = st.one_of(
    st.tuples(st.just("publish"), st.sets(st.sampled_from(STAGES), min_size=1), st.booleans(), st.integers(1, 3)),
    st.tuples(st.just("refresh")),
    st.tuples(st.just("bring"), st.sampled_from(MEMBERS), st.sampled_from(SCOPES)),
    st.tuples(st.just("support"), st.sampled_from(MEMBERS), st.sampled_from(SCOPES)),
    st.tuples(st.just("signal"), st.sampled_from(MEMBERS), st.sampled_from(Signal)),
    st.tuples(st.just("erase"), st.sampled_from(MEMBERS)),
    st.tuples(st.sampled_from(("allow", "refuse", "follow")), st.sampled_from(MEMBERS), st.sampled_from(SCOPES)),
)


class World:
    """Tandem, in which things happen one after the other."""

    def __init__(self, by, administrator):
        self.press, self.administrator = Press(by), administrator
        self.publish(set(STAGES), renamed=False, months=1)

    def publish(self, stages, renamed, months):
        """Uses come and go, do more, ask first or not; their kind of data gets another name."""
        key, aliases = ("talk", ("communications.messages",)) if renamed else ("communications.messages", ("talk",))
        places = (ASKED if months == 2 else EVERYWHERE,)
        shared = {"scopes": places, "retention": f"{months} months", "recipients": SOLD}
        uses = (use(key, stage=stage, **shared) for stage in sorted(stages))
        self.press(register(*uses, categories=(category(key, aliases=aliases),)))

    def refresh(self):
        record_evidence(evidence=[], freshness=[], at=LATER)

    def bring(self, member, scope):
        data = f"member,scope,decision\n{member},{scope},refuse\n".encode()
        bring(by=self.administrator, data=data, at=LATER)

    def support(self, member, scope):
        reason = "By letter of Tuesday."
        refuse_on_behalf(by=self.administrator, member=member, scope=scope, reason=reason, at=LATER)

    def signal(self, member, signal):
        heed_signal(member=member, signal=signal, at=LATER)

    def erase(self, member):
        erase(by=self.administrator, member=member)

    def allow(self, member, scope):
        Chooser(member).allows(scope)

    def refuse(self, member, scope):
        Chooser(member).refuses(scope)

    def follow(self, member, scope):
        Chooser(member).follows(scope)

    def does(self, act, *said):
        """Whether it was done; it may be refused, and then nothing has happened."""
        try:
            with transaction.atomic():
                getattr(self, act)(*said)
        except Refused:
            return False
        return True

    def stands(self):
        """Every member and every stage that the member's own word, or their browser's, holds off; and all allowed."""
        found = [
            (member, name.rpartition("/")[2], one)
            for member in MEMBERS
            for name, one in queries.outcomes(member, LATER).items()
        ]
        refused = {(member, stage) for member, stage, one in found if not one.allowed and one.by is not None}
        return refused, {(member, stage) for member, stage, one in found if one.allowed}


class _Undone(Exception):  # noqa: N818 - ends an example
    """Takes back whatever the example did."""


@contextmanager
def undone():
    """One example of many: what it wrote is taken back."""
    with suppress(_Undone), transaction.atomic():
        yield
        raise _Undone


OWN_ACTS = ("allow", "refuse", "follow", "erase")  # a member is erased because they ask for it


RENAMED = ("publish", {"training"}, True, 1)
ADDED = ("publish", set(STAGES), False, 3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, min_size=4, max_size=15))
@example([("refuse", "7", SCOPES[6]), RENAMED])
@example([("support", "mia", SCOPES[3]), RENAMED, ("bring", "mia", "all"), ADDED])
@example([("allow", "7", SCOPES[6]), ("refuse", "7", "all"), ("publish", {"training"}, False, 2), ADDED])
@example([("allow", "8", "all"), ("signal", "8", Signal.SHARING), ("signal", "8", Signal.EVERYTHING), ADDED])
def test_no_refusal_ends_but_by_the_members_own_act(ines, amir, acts):
    with undone():
        world = World(ines, amir)
        held_off, _ = world.stands()
        for act, *said in acts:
            world.does(act, *said)
            held_off -= {(member, stage) for member, stage in held_off if act in OWN_ACTS and member == said[0]}
            refused, allowed = world.stands()
            assert not held_off & allowed, (act, said)
            held_off |= refused
