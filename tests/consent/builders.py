"""Choices that are complete unless a test says otherwise."""

from dataclasses import dataclass
from datetime import timedelta

from tests.register.builders import NOON
from transparency.consent.actions import choose, heed_signal
from transparency.consent.models import Origin
from transparency.consent.precedence import Decision
from transparency.consent.scopes import Signal

USE = "use:communications.messages/job-ranking/training"
NAME = "communications.messages/job-ranking/training"
LATER = NOON + timedelta(days=30)


@dataclass
class Chooser:
    """Appends one choice after the other; says what it is asked to say, and the usual otherwise."""

    member: str = "7"

    def refuses(self, scope=USE, **said):
        return self._choose(scope, Decision.REFUSE, said)

    def allows(self, scope=USE, **said):
        return self._choose(scope, Decision.ALLOW, said)

    def follows(self, scope=USE, **said):
        return self._choose(scope, Decision.FOLLOW, said)

    def heeds(self, signal=Signal.SHARING, member=""):
        return heed_signal(member=member or self.member, signal=signal, at=LATER)

    def _choose(self, scope, decision, said):
        usual = {"member": self.member, "origin": Origin.PAGE, "edition": 0, "at": LATER}
        return choose(scope=scope, decision=decision, **(usual | said))


def off_since(offer, acts):
    """The choice since which a use is off by all choices of a member, in their order; the rule, told simply."""
    since, said = None, {}
    for act in acts:
        said[act.scope] = act
        since = None if offer.outcome(said).allowed else (since or act)
    return since
