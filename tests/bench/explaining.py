"""The page that explains why a category reaches a feature, in the graph as it stands, which a worker has drawn."""

from urllib.parse import urlencode

from django.utils import timezone

from tests.bench.load import get, rate
from tests.bench.rows import Row, durations
from tests.bench.server import serving
from tests.bench.signed_in import session_of
from transparency.accounts.models import User
from transparency.catalog.actions.drawing import draw
from transparency.catalog.models import Observation

PAIRS, ROUNDS = 500, 3
"""So many pairs that in one round hardly a page is asked for twice."""


def explained() -> Row:
    """Pairs that are seen, one page after another, against the least that a view can do."""
    ada, _ = User.objects.get_or_create(email="ada@example.com", defaults={"name": "Ada", "role": "auditor"})
    cookie = f"sid={session_of(ada)}"
    pages = [get(f"/staff/explain/?{asked}", Cookie=cookie) for asked in _asked()]
    draw(at=timezone.now())
    with serving() as port:
        for requests in ([get("/bare/")], pages):
            rate(port, requests, status=200, connections=1, seconds=2)
        taken = [(1 / _answered(port, pages), 1 / _answered(port, [get("/bare/")])) for _ in range(ROUNDS)]
    return durations("One pair explained, page included, against a bare view", taken, 20)


def _answered(port: int, requests: list[bytes]) -> float:
    return rate(port, requests, status=200, connections=1, seconds=2)


def _asked() -> list[str]:
    seen = Observation.objects.filter(seen=True, direct=True).order_by("feature", "category")
    return [urlencode(one) for one in seen.values("category", "feature", "stage")[:: max(1, seen.count() // PAIRS)]]
