"""Fifty people who choose all the time, and a book of what they were told: the truth that the site is judged by."""

import http.client
import itertools
import json
import random
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

PATIENCE = 60  # seconds that somebody tries the same choice again before they give up


@dataclass(frozen=True)
class Told:
    """One choice that was acknowledged: what was asked, and what the answer said of it."""

    member: str
    scope: str
    decision: str
    request: str
    reference: str
    sequence: int
    acknowledged_at: datetime


@dataclass
class Book:
    """Everything that was asked, by idempotency key, and everything that was acknowledged, in order for each member."""

    asked: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    retries: int = 0


class Chooser(threading.Thread):
    """One person with one member key. They choose, and where no answer comes, they ask the same again."""

    def __init__(
        self, member: str, port: int, token: str, scopes: list[str], book: Book, ended: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self.member, self.port, self.token, self.scopes, self.book, self.ended = (
            member,
            port,
            token,
            scopes,
            book,
            ended,
        )
        self.dice = random.Random(member)
        self.seen: dict[str, int] = {}  # the sequence of the last choice at each scope, as a page would show it

    def run(self) -> None:
        for _ in itertools.takewhile(lambda _: not self.ended.is_set(), itertools.count()):
            self.choose(self.dice.choice(self.scopes), self.dice.choice(["refuse", "allow"]), str(uuid.uuid4()))

    def choose(self, scope: str, decision: str, request: str) -> None:
        self.book.asked[request] = (self.member, scope, decision)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException, ValueError):
                answer = self._ask(scope, decision, request)
                if answer:
                    self._note(scope, decision, request, answer)
                    return
            self.book.retries += 1
            time.sleep(0.05)

    def _ask(self, scope: str, decision: str, request: str) -> dict[str, object] | None:
        """The receipt; ``None`` where the site says that it can't answer now."""
        body = {"member": self.member, "scope": scope, "decision": decision}
        body |= {"edition": 1, "expected": self.seen.get(scope, 0)}
        status, answer = self._post("/api/v1/choices", body, {"Idempotency-Key": request})
        if status == 409:  # a wider refusal took this one back meanwhile: look again, as a page would
            self._look()
        elif status < 500 and status not in (200, 201):
            raise SystemExit(f"A choice was refused: {status} {answer}")
        return answer if status in (200, 201) else None

    def _look(self) -> None:
        status, answer = self._post("/api/v1/choices/query", {"member": self.member}, {})
        if status == 200:
            self.seen = {one["scope"]: one["sequence"] for one in answer["choices"]}

    def _post(self, path: str, body: dict[str, object], more: dict[str, str]) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **more}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, dict(json.loads(response.read() or b"{}"))
        finally:
            connection.close()

    def _note(self, scope: str, decision: str, request: str, answer: dict[str, object]) -> None:
        reference, sequence = str(answer["reference"]), int(str(answer["sequence"]))
        self.seen[scope] = sequence
        self.book.told.append(Told(self.member, scope, decision, request, reference, sequence, datetime.now(UTC)))
