"""Tandem's other members: some chose long ago, and while the demo runs, somebody chooses now and then."""

import http.client
import json
import random
import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from transparency.consent.actions import choose
from transparency.consent.models import Origin
from transparency.consent.precedence import Decision
from transparency.demo.people import MEMBER_KEYS
from transparency.demo.training import MEMBERS

EARLIER = 200  # choices that were made before the demo began
AGREED = 60  # yeses to what needs one
SAID_YES = "use:activity.search_history/job-recommendations/training"
MISLED = "use:communications.messages/suggested-replies/inference"  # what was said of it has been corrected since
ASKED = 10  # of them, those that the pipeline knows which goes its own way
SCOPES = (
    "all",
    "stage:training",
    "feature:job-recommendations@training",
    "feature:course-tips@training",
    "feature:feed@training",
    "use:work.skills/course-tips/training",
    "category:activity.views",
    "feature:translation",
    "feature:notices",
)

# While the demo runs: mostly what no pipeline here is for, and sometimes what the slow one should soon honour.
NOW_AND_THEN = (*SCOPES[-2:] * 4, "feature:course-tips@training")


def choose_long_ago(now: datetime) -> None:
    """What some members chose in three weeks, Mia before a correction and three days ago. The same each time."""
    dice = random.Random(7)  # noqa: S311 - a sample, not a secret
    step = timedelta(days=18) / EARLIER
    for number in range(EARLIER):
        if number == EARLIER // 2:
            _choose(MEMBER_KEYS["Mia"], MISLED, now - timedelta(days=21) + number * step, Decision.ALLOW)
        _choose(str(dice.choice(MEMBERS[100:])), dice.choice(SCOPES), now - timedelta(days=21) + number * step)
    for number in range(AGREED):
        at = now - timedelta(days=2, hours=23) + number * timedelta(minutes=1)
        _choose(str(dice.choice(MEMBERS[100:])), SAID_YES, at, Decision.ALLOW)
    for scope in SCOPES[2:5]:
        _choose(MEMBER_KEYS["Mia"], scope, now - timedelta(days=2, hours=20))


def _choose(member: str, scope: str, at: datetime, decision: Decision = Decision.REFUSE) -> None:
    choose(member=member, scope=scope, decision=decision, origin=Origin.PAGE, edition=0, at=at)


def choose_now(url: str, key: str) -> int:
    """Somebody refuses something on Tandem's own settings page, which tells the site. Returns the answer's status."""
    dice, site = random.SystemRandom(), urlsplit(url)
    body = {"member": dice.choice(MEMBERS[100:]), "scope": dice.choice(NOW_AND_THEN), "decision": "refuse"}
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    connection = http.client.HTTPConnection(site.hostname or "", site.port, timeout=10)
    try:
        connection.request("POST", "/api/v1/choices", json.dumps(body), headers)
        return connection.getresponse().status
    finally:
        connection.close()
