"""What the database holds, compared with what people were told. Every difference is a sentence."""

import hashlib
import http.client
import json
import time
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlencode

from tests.campaign.choosers import PATIENCE, Book
from tests.campaign.stage import SCOPES
from transparency.consent.models import Choice, MemberKey
from transparency.consent.precedence import Decision
from transparency.consent.queries import number, outcomes


def differences(book: Book) -> list[str]:
    """Everything that was acknowledged and isn't there, that is there twice or was never asked, or is out of order."""
    rows = {str(row.reference): row for row in Choice.objects.select_related("scope")}
    own = {_digest(request): _as_kept(*what) for request, what in book.asked.items()}
    # A refusal of much takes narrower yeses back, by choices that nobody asked for one by one.
    refused = [request for request, (_, _, decision) in book.asked.items() if decision == "refuse"]
    beside = {_digest(f"{request}/{scope}") for request in refused for scope in SCOPES}
    requests = Counter(row.request for row in rows.values())
    return [
        *(f"lost: {told.request}" for told in book.told if told.reference not in rows),
        *(f"another choice: {told.request}" for told in book.told if not _same(told, rows.get(told.reference))),
        *(f"invented: {row.scope.name} {row.decision}" for row in rows.values() if not _asked_for(row, own, beside)),
        *(f"doubled: {request}" for request, count in requests.items() if count > 1),
        *_gaps(sorted(row.sequence for row in rows.values())),
        *_disorder(book),
    ]


def disagreements(
    members: Iterable[str], port: int, token: str, feature: str, stage: str, category: str, at
) -> list[str]:
    """The members of whom pipelines are told, by a decision or by a list, otherwise than the choices replayed say."""
    keys = sorted(members)
    decided = _decisions(keys, port, token, feature, stage, category)
    left_out = _left_out(port, token, feature, stage, category)
    replayed = [outcomes(key, at)[f"{category}/{feature}/{stage}"].allowed for key in keys]
    return [
        *(
            f"decided {told}: a member of {stage}"
            for told, right in zip(decided, replayed, strict=True)
            if told != right
        ),
        *(f"listed or not: {key}" for key, right in zip(keys, replayed, strict=True) if right == (key in left_out)),
    ]


def _decisions(keys: list[str], port: int, token: str, feature: str, stage: str, category: str) -> list[bool]:
    body = {"feature": feature, "stage": stage, "categories": [category], "members": keys}
    return list(json.loads(_asked("POST", "/api/v1/decisions", json.dumps(body), port, token))["allowed"])


def _left_out(port: int, token: str, feature: str, stage: str, category: str) -> set[str]:
    """Whom the list names: what stands between its header and its end."""
    asked = {"feature": feature, "stage": stage, "categories": category, "kind": "leave_out", "format": "ndjson"}
    lines = _asked("GET", f"/api/v1/suppressions?{urlencode(asked)}", None, port, token).splitlines()
    return {str(json.loads(line)) for line in lines[1:-1]}


def _asked(method: str, path: str, body: str | None, port: int, token: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    deadline = time.monotonic() + PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read()
        if response.status == 200:
            return text
        if response.status < 500 or time.monotonic() > deadline:
            raise SystemExit(f"No answer: {response.status} {text[:300]!r}")
        time.sleep(1)


def _asked_for(row: Choice, own: dict[str, tuple[int | None, str, int]], beside: set[str]) -> bool:
    if row.request in own:
        return own[row.request] == (row.member, row.scope.name, row.decision)
    return row.request in beside and row.decision != Decision.ALLOW


def _digest(request: str) -> str:
    """What is kept of an idempotency key."""
    return hashlib.sha256(f"api {request}".encode()).hexdigest()


def _as_kept(member: str, scope: str, decision: str) -> tuple[int | None, str, int]:
    return number(member), scope, int(Decision[decision.upper()])


def _same(told, row) -> bool:
    return row is not None and (
        (row.member, row.scope.name, row.decision, row.sequence)
        == (*_as_kept(told.member, told.scope, told.decision), told.sequence)
    )


def _gaps(sequences: list[int]) -> list[str]:
    return [f"a gap before {number}" for place, number in enumerate(sequences, 1) if place != number][:3]


def _disorder(book: Book) -> list[str]:
    last: dict[str, int] = {}
    found = []
    for told in book.told:
        if told.sequence <= last.get(told.member, 0):
            found.append(f"out of order: {told.request}")
        last[told.member] = max(told.sequence, last.get(told.member, 0))
    return found


def textual_members() -> int:
    """How many of the choosers are known by text: both kinds of keys must have been tried."""
    return MemberKey.objects.count()
