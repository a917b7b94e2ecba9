"""The site as a browser and a pipeline meet it: over HTTP, by the forms of its pages, with nothing of ours between."""

import uuid
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from django.conf import settings

PATIENCE = httpx2.Timeout(20.0)  # seconds
SEE_OTHER = 303


class Failed(Exception):  # noqa: N818 - what a trial finds out
    """A step did not do what it should. ``step`` names it, the message says what came instead."""

    def __init__(self, step: str, message: str) -> None:
        super().__init__(message)
        self.step = step


class Choices(HTMLParser):
    """The form of the page of choices: its hidden fields, and what its buttons answer."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.answers: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("id") == "choices"
        if tag == "input" and self._inside and given.get("type") == "hidden":
            self.hidden[given.get("name", "")] = given.get("value", "")
        if tag == "button" and (given.get("form"), given.get("name")) == ("choices", "answer"):
            self.answers.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"

    def answer(self, decision: str, scope: str) -> str:
        """The value of the button that gives this answer. Raises ``Failed`` where the page has none."""
        for one in self.answers:
            words = one.split(" ")
            if (words[0], words[-1]) == (decision, scope):
                return one
        raise Failed("page", f"The page of choices has no button that would {decision} this use.")


class Visitor:
    """Somebody with the cookie of a session, or with a pipeline's key, before the site at ``CANARY_URL``."""

    def __init__(self, session: str, key: str) -> None:
        cookies, self._key = {settings.SESSION_COOKIE_NAME: session}, {"Authorization": f"Bearer {key}"}
        self._client = httpx2.Client(
            base_url=settings.CANARY_URL, cookies=cookies, timeout=PATIENCE, trust_env=False, follow_redirects=False
        )

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *fault: object) -> None:
        self._client.close()

    def choices(self) -> Choices:
        return Choices(self._asked("page", "GET", "/choices/").text)

    def choose(self, page: Choices, decision: str, scope: str) -> uuid.UUID:
        """Press the button; the receipt's reference."""
        form = page.hidden | {"answer": page.answer(decision, scope)}
        saved = self._asked("answer", "POST", "/choices/", SEE_OTHER, data=form, headers=self._from_here())
        try:
            return uuid.UUID(parse_qs(urlsplit(saved.headers["Location"]).query)["saved"][0])
        except (KeyError, ValueError) as fault:
            raise Failed("answer", "The page did not say that the answer was saved.") from fault

    def receipt(self, reference: uuid.UUID) -> dict[str, Any]:
        return self._json("receipt", "GET", f"/receipts/{reference}.json")

    def decision(self, question: dict[str, object]) -> dict[str, Any]:
        return self._json("decision", "POST", "/api/v1/decisions", json=question, headers=self._key)

    def changes(self, question: dict[str, str]) -> str:
        """The lines of a list of changes."""
        asked = question | {"format": "ndjson"}
        return self._asked("list", "GET", "/api/v1/suppressions", params=asked, headers=self._key).text

    def _json(self, step: str, method: str, path: str, **how: Any) -> dict[str, Any]:
        try:
            return dict(self._asked(step, method, path, **how).json())
        except ValueError as fault:
            raise Failed(step, f"{path.partition('?')[0]} answered with something else than JSON.") from fault

    def _asked(self, step: str, method: str, path: str, status: int = 200, **how: Any) -> httpx2.Response:
        shown = "/receipts/" if path.startswith("/receipts/") else path
        try:
            answer = self._client.request(method, path, **how)
        except (httpx2.HTTPError, OSError) as fault:
            raise Failed(step, f"{method} {shown} got no answer: {type(fault).__name__}.") from fault
        if answer.status_code != status:
            raise Failed(step, f"{method} {shown} answered with status {answer.status_code}, not {status}.")
        return answer

    def _from_here(self) -> dict[str, str]:
        """What a browser sends with a form, and what Django compares."""
        site = urlsplit(settings.CANARY_URL)
        return {"Origin": f"{site.scheme}://{site.netloc}", "Referer": f"{settings.CANARY_URL}/choices/"}
