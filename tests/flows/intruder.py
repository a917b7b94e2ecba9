"""Whoever took over one account: collects every form that staff see, and sends each in every way they can think of."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import product
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, URLPattern, get_resolver, resolve

WORDS = {
    "email": "eve@evil.example", "name": "Eve", "slug": "eve", "member": "1000001", "reason": "It must be so, at once.",
    "location": "elsewhere", "token": "EVE", "contact": "#eve", "run": "eve-1", "text": "Eve was here.",
}  # fmt: skip
BY_TYPE = {"email": "eve@evil.example", "number": "7", "url": "https://hooks.example/eve", "date": "2031-01-01"}
SKIPPED = (".csv", ".json", ".yml", ".jsonld")


@dataclass
class Form:
    """One form: where it goes, what stands in it, how each of its fields could be filled otherwise, and its buttons."""

    action: str
    stands: dict = field(default_factory=dict)
    otherwise: dict = field(default_factory=dict)
    buttons: list = field(default_factory=list)

    def sendings(self):
        """As it stands; with one field filled otherwise at a time; and with all of them: by each of its buttons."""
        filled = [self.stands, *(self.stands | {name: v} for name, vs in self.otherwise.items() for v in vs)]
        filled.append(self.stands | {name: values[0] for name, values in self.otherwise.items()})
        ways = product(filled, self.buttons or [("", {})])
        yield from ((to or self.action, told | more) for told, (to, more) in ways)


class Forms(HTMLParser):
    """The forms that a page sends by POST, and where its links lead."""

    def __init__(self, at, page):
        super().__init__()
        self.at, self.links, self.found = at, set(), []
        self.form, self.select, self.area = None, "", ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        held = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in held:
            self.links.add(urljoin(self.at, held["href"]).partition("#")[0])
        elif tag == "form":
            self.form = Form(urljoin(self.at, held.get("action", "")))
            self.found += [self.form] if held.get("method", "").lower() == "post" else []
        elif self.form:
            getattr(self, f"_{tag}", lambda held: None)(held)

    def _input(self, held):
        name, kind = held.get("name", ""), held.get("type", "text")
        if kind in ("checkbox", "radio"):
            self.form.otherwise.setdefault(name, []).append(held.get("value", "on"))
            self.form.stands |= {name: held.get("value", "on")} if "checked" in held else {}
            return
        self.form.stands[name] = held.get("value", "")
        if kind not in ("hidden", "file", "submit"):
            self.form.otherwise[name] = [_other(name, kind, held.get("value", ""))]

    def _textarea(self, held):
        self.area = held.get("name", "")
        self.form.stands[self.area], self.form.otherwise[self.area] = "", [WORDS["reason"]]

    def _select(self, held):
        self.select = held.get("name", "")
        self.form.otherwise[self.select] = []

    def _option(self, held):
        value = held.get("value", "")
        if not self.select:  # a suggestion only
            return
        self.form.otherwise[self.select].append(value)
        if "selected" in held or self.select not in self.form.stands:
            self.form.stands[self.select] = value

    def _button(self, held):
        to = urljoin(self.at, held["formaction"]) if "formaction" in held else ""
        self.form.buttons.append((to, {held["name"]: held.get("value", "")} if "name" in held else {}))

    def handle_endtag(self, tag):
        self.form = None if tag == "form" else self.form
        self.area = "" if tag == "textarea" else self.area
        self.select = "" if tag == "select" else self.select

    def handle_data(self, data):
        if self.form and self.area:
            self.form.stands[self.area] += data


def _other(name, kind, value):
    if value.isdecimal():
        return str(int(value) * 2 + 1)
    return WORDS.get(name) or BY_TYPE.get(kind) or f"{value or 'Eve'} else"


def every_form(client, start="/staff/"):
    """Each sending of each form that somebody signed in finds from here on, as address and fields, each once."""
    waiting, seen, sendings = [start], {start}, {}
    while waiting:
        at = waiting.pop()
        answer = client.get(at)
        if answer.status_code != 200 or "html" not in answer.get("Content-Type", ""):
            continue
        page = Forms(at, answer.content.decode())
        for form in page.found:
            sendings |= {(to, tuple(sorted(told.items()))): (to, told) for to, told in form.sendings()}
        fresh = {one for one in page.links if one.startswith("/staff/") and not one.endswith(SKIPPED)}
        fresh = {one for one in fresh if urlsplit(one).path not in {urlsplit(old).path for old in seen}}
        seen |= fresh
        waiting += sorted(fresh)
    return list(sendings.values())


def every_address(things):
    """Each address of the site, with each of the things that it could name: ``things`` by the name of the part."""
    for route in _routes(get_resolver()):
        names = re.findall(r"<(\w+)>", route)
        for values in product(*(things.get(name, ()) for name in names)):
            yield "/" + re.sub(r"<\w+>", "{}", route).format(*values)


def _routes(resolver, before=""):
    for one in resolver.url_patterns:
        text = re.sub(r"\(\?P(<\w+>)(?:\([^()]*\)|[^()])*\)", r"\1", str(one.pattern))
        text = re.sub(r"<\w+:(\w+)>", r"<\1>", text)
        here = before + re.sub(r"\\Z|[\^$\\]", "", text)
        yield from ([here] if isinstance(one, URLPattern) else _routes(one, here))


def name_of(address):
    """What the address is called, and the verb that it names; nothing where there is no such address."""
    try:
        found = resolve(urlsplit(address).path)
    except Resolver404:
        return "", ""
    return found.url_name, found.kwargs.get("verb", "")
