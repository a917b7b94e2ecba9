"""Somebody at a browser without JavaScript: reads pages, fills in forms as they stand there, and sends them."""

import re
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, build_opener

PLAIN = {"text", "hidden", "search", "number", "date", "email", "url"}


class Forms(HTMLParser):
    """The forms of a page by their address, each with what stands in its fields."""

    def __init__(self, page):
        super().__init__()
        self.by_action, self.fields, self.area, self.choice = {}, {}, "", ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        name, value = held.get("name") or "", held.get("value") or ""
        if tag == "form":
            self.fields = self.by_action.setdefault(held.get("action") or "", {})
        elif tag == "input" and (held.get("type", "text") in PLAIN or "checked" in held):
            self.fields[name] = value or ("" if held.get("type", "text") in PLAIN else "on")
        elif tag == "button" and "formaction" in held:
            self.by_action[held["formaction"]] = self.fields
        elif tag == "textarea":
            self.area = name
            self.fields[name] = ""
        elif tag == "select":
            self.choice = name
        elif tag == "option" and (self.choice not in self.fields or "selected" in held):
            self.fields[self.choice] = value

    def handle_endtag(self, tag):
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data):
        if self.area:
            self.fields[self.area] += data


class Visitor:
    def __init__(self, site):
        self.site = site
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.at = site

    def sign_in(self, email, password):
        self.read("/accounts/login/")
        self.send("/accounts/login/", login=email, password=password)
        return self

    def read(self, path):
        return self._open(urljoin(self.site, path))

    def send(self, action, **typed):
        """Fill in the form with that address on the page in front of us; returns the page that comes then."""
        fields = Forms(self.page).by_action[action] | {name.replace("__", "-"): text for name, text in typed.items()}
        fields.pop("", None)
        return self._open(urljoin(self.at, action), urlencode(fields).encode())

    def found(self, pattern):
        """What the pattern's group says on the page in front of us. Raises ``LookupError`` where it isn't there."""
        seen = re.search(pattern, self.page)
        if not seen:
            raise LookupError(f"{pattern} is not on {self.at}")
        return seen[1]

    def _open(self, url, data=None):
        try:
            with self.opener.open(url, data, timeout=60) as answer:
                self.at, self.page = answer.url, answer.read().decode()
        except HTTPError as fault:
            raise AssertionError(f"{fault.code} at {url}: {fault.read().decode()[:3000]}") from fault
        return self.page
