"""Every address there is, filled in, and somebody who asks it: what the sweeps over all addresses share."""

from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch
from urllib.parse import quote

from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils.regex_helper import normalize


@dataclass(frozen=True)
class Address:
    """One pattern of the URLconf: its full name and its form, with ``%(name)s`` for each part."""

    name: str
    form: str
    parts: tuple[str, ...]
    permission: str = ""

    def path(self, **parts):
        return "/" + self.form % {name: quote(str(value), safe="/%") for name, value in parts.items()}


def addresses(resolver=None, before="", space="", parts=()):
    """All of them, in their order, from the resolver itself: none can be forgotten."""
    for one in (resolver or get_resolver()).url_patterns:
        form, own = normalize(one.pattern.regex.pattern)[0]
        here, both = before + form, (*parts, *own)
        if isinstance(one, URLPattern):
            yield Address(
                f"{space}{one.name or one.callback.__name__}", here, both, getattr(one.callback, "permission", "")
            )
        else:
            yield from addresses(one, here, f"{space}{one.namespace or ''}:", both)


@contextmanager
def noting(names):
    """Adds the name of every parameter and field that is asked for, by whatever code."""
    get, all_of = QueryDict.__getitem__, QueryDict.getlist

    def noted(read):
        def reading(self, key, *more):
            names.setdefault(str(key))
            return read(self, key, *more)

        return reading

    with (
        patch.object(QueryDict, "__getitem__", noted(get)),
        patch.object(QueryDict, "getlist", noted(all_of)),
    ):
        yield


class Visitor(Client):
    """Asks, and leaves nothing behind: neither in the database nor in the own cookies."""

    def __init__(self, **usual):
        super().__init__(raise_request_exception=False, **usual)
        self.names = {}

    def signed_in(self, browser):
        self.cookies = browser.cookies
        return self

    def send(self, path, body, kind, **more):
        """Posts a body as it is, announced as whatever it is said to be."""
        return self.generic("POST", path, body, content_type=kind, **more)

    def ask(self, method, path, *args, **kwargs):
        kept = self.cookies.output()
        with transaction.atomic(), noting(self.names):
            answer = getattr(self, method)(path, *args, **kwargs)
            answer.body = answer.getvalue()
            transaction.set_rollback(True)
        if self.cookies.output() != kept:
            self.cookies.clear()
            self.cookies.load(kept.replace("Set-Cookie: ", "").replace("\r\n", "; "))
        return answer
