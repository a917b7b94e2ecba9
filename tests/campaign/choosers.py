"""Fifty people who choose all the time, and a book of what they were told: the truth that the site is judged by.

Most choose on the platform's own settings page, which asks the API; some on the site's page, in a browser.
"""

import http.client
import itertools
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

PATIENCE = 60  # seconds that somebody tries the same choice again before they give up
FORM, PAGE = "application/x-www-form-urlencoded", "/choices/"
SAVED = re.compile(r"/choices/\?saved=([0-9a-f-]{36})#")


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
    """Everything that was asked, by idempotency key, and everything that was acknowledged, in order for each member.

    ``surprises`` are answers that nobody should have had: neither a choice that holds, nor that the site is away.
    """

    asked: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    retries: int = 0
    on_pages: int = 0


class Chooser(threading.Thread):
    """One person with one member key. They choose, and where no answer comes, they ask the same again."""

    def __init__(self, member: str, port: int, scopes: list[str], book: Book, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self.member, self.port, self.scopes, self.book, self.ended = member, port, scopes, book, ended
        self.dice = random.Random(member)

    def run(self) -> None:
        for _ in itertools.takewhile(lambda _: not self.ended.is_set(), itertools.count()):
            self.choose(self.dice.choice(self.scopes), self.dice.choice(["refuse", "allow"]))

    def choose(self, scope: str, decision: str) -> None:
        """Ask for this until it is answered, as long as patience lasts."""
        raise NotImplementedError

    def _again(self, ask: Callable[[], bool]) -> None:
        """Ask until there is an answer; what is sent the second time is the same as the first time."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException, ValueError):
                if ask():
                    return
            self.book.retries += 1
            time.sleep(0.2)

    def _send(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response, response.read().decode()
        finally:
            connection.close()

    def _note(self, scope: str, decision: str, request: str, reference: str, sequence: int) -> None:
        told = Told(self.member, scope, decision, request, reference, sequence, datetime.now(UTC))
        self.book.told.append(told)


class OnSettings(Chooser):
    """Somebody on the platform's own settings page."""

    def __init__(self, member: str, port: int, token: str, *rest: Any) -> None:
        super().__init__(member, port, *rest)
        self.token = token
        self.seen: dict[str, int] = {}  # the sequence of the last choice at each scope, as a page would show it

    def choose(self, scope: str, decision: str) -> None:
        key = str(uuid.uuid4())
        self.book.asked[f"api {key}"] = (self.member, scope, decision)
        self._again(lambda: self._ask(scope, decision, key))

    def _ask(self, scope: str, decision: str, key: str) -> bool:
        """Whether there was an answer: the receipt, or one that nobody should have had."""
        body = {"member": self.member, "scope": scope, "decision": decision}
        body |= {"edition": 1, "expected": self.seen.get(scope, 0)}
        status, answer = self._post("/api/v1/choices", body, {"Idempotency-Key": key})
        if status in (200, 201):
            self.seen[scope] = answer["sequence"]
            self._note(scope, decision, f"api {key}", answer["reference"], answer["sequence"])
        elif status == 409:  # a wider refusal took this one back meanwhile: look again, as a page would
            self._look()
        elif status < 500:
            self.book.surprises.append(f"{status} {answer}")
        return status < 500 and status != 409

    def _look(self) -> None:
        status, answer = self._post("/api/v1/choices/query", {"member": self.member}, {})
        if status == 200:
            self.seen = {one["scope"]: one["sequence"] for one in answer["choices"]}

    def _post(self, path: str, body: dict[str, object], more: dict[str, str]) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **more}
        response, text = self._send("POST", path, json.dumps(body), headers)
        return response.status, dict(json.loads(text or "{}"))


class OnPages(Chooser):
    """Somebody signed in to the site, in a browser: loads the page of choices, and presses a button on it.

    Where no answer comes they send the same form again, key and all, as a browser does that reloads.
    """

    def __init__(self, member: str, port: int, session: str, *rest: Any) -> None:
        super().__init__(member, port, *rest)
        self.cookies = {settings.SESSION_COOKIE_NAME: session}

    def choose(self, scope: str, decision: str) -> None:
        self._again(lambda: self._load() and self._press(scope, decision))

    def _load(self) -> bool:
        """The page of choices, as it stands now."""
        response, self.page = self._send("GET", PAGE, None, self._headers())
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if response.status != 200 or 'id="choices"' not in self.page:
            self._surprised(response, self.page)
        return response.status == 200

    def _press(self, scope: str, decision: str) -> bool:
        """One press of a button on the page, sent again until there is an answer; false where one must look anew."""
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page))
        form = urlencode(hidden | {"answer": f"{decision} {self.seen(scope)} {scope}"})
        request = f"{hidden['key']}/{scope}"
        self.book.asked[request] = (self.member, scope, decision)
        answers: list[bool] = []
        self._again(lambda: self._sent(form, scope, decision, request, answers))
        return not answers or answers[0]

    def _sent(self, form: str, scope: str, decision: str, request: str, answers: list[bool]) -> bool:
        response, text = self._send("POST", PAGE, form, self._headers() | {"Content-Type": FORM})
        if response.status >= 500:
            return False
        saved = SAVED.match(response.headers.get("Location", ""))
        answers.append(response.status != 409)
        if saved:
            self._again(self._load)
            self._note(scope, decision, request, saved[1], self.seen(scope))
            self.book.on_pages += 1
        elif response.status != 409:
            self._surprised(response, text)
        return True

    def seen(self, scope: str) -> int:
        """The sequence of the latest choice at this scope, as the page in front of them says it."""
        found = re.search(rf'name="answer" value="refuse (\d+) {re.escape(scope)}"', self.page)
        if found is None:
            raise LookupError(f"There is no button for {scope} on the page.")
        return int(found[1])

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _surprised(self, response: http.client.HTTPResponse, text: str) -> None:
        if response.status < 500:
            self.book.surprises.append(f"{response.status} {response.headers.get('Location', '')} {text[:200]}")
