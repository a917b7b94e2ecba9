"""What follows from a snapshot, and the barrier that people put in its way."""

from datetime import timedelta

from tests.catalog.builders import NOON, key
from transparency.catalog import actions
from transparency.catalog.models import Observation

SOON = NOON + timedelta(hours=1)


def seen(direct=True):
    return {o.category: o for o in Observation.objects.filter(seen=True, direct=direct)}


def observe(at=SOON):
    actions.recompute(at=at)
    return seen()


def barrier_at_features(author, **how):
    told = {"key": key("features.email"), "reason": "Hashed with a key thrown away."} | how
    return actions.propose_barrier(by=author, expires_at=NOON + timedelta(days=20), **told)
