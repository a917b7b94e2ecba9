"""From the approval of a large register until every page serves it, each asked of the whole application."""

import gzip
import json
from collections.abc import Iterator

import msgspec
from django.core.handlers.wsgi import WSGIHandler
from django.template.loader import render_to_string
from django.test import RequestFactory

from tests.bench.pages import publish
from tests.bench.rows import ROUNDS, Row, durations, seconds
from tests.register.builders import register_of
from transparency.members import reading
from transparency.members.pages.categories import category
from transparency.members.pages.features import feature
from transparency.members.pages.overview import overview
from transparency.members.pages.uses import use
from transparency.register import queries
from transparency.register.schema import Register

SIZE = (40, 60, 1_000)
EDITION = b"Edition %d of our record"


def measure() -> Iterator[Row]:
    paths = _paths()
    _warm(paths)
    taken = [(_published(paths), _baseline()) for _ in range(ROUNDS)]
    yield durations("Publication until all 1,101 pages serve it", taken, 2.0)


def _warm(paths: list[str]) -> None:
    _published(paths[:5])
    _baseline()


def _paths() -> list[str]:
    said = register_of(*SIZE)
    categories = [f"/categories/{one.key}/" for one in said.categories]
    features = [f"/features/{one.slug}/" for one in said.features]
    uses = [f"/uses/{one.category}/{one.feature}/{one.stage}/" for one in said.uses]
    return ["/", *categories, *features, *uses]


def _published(paths: list[str]) -> float:
    requests, answer = RequestFactory(HTTP_ACCEPT_ENCODING="gzip"), WSGIHandler()
    newest = queries.editions().first()
    base = newest.number if newest else 0
    asked = [requests.get(path).environ for path in paths]
    pages: list[bytes] = []

    def publish_and_read() -> None:
        publish(*SIZE, base=base)
        for environ in asked:
            response = answer(environ, lambda *told: None)
            pages.append(b"".join(response))
            response.close()

    taken = seconds(publish_and_read)
    old = [path for path, page in zip(paths, pages, strict=True) if EDITION % (base + 1) not in gzip.decompress(page)]
    if old:
        raise RuntimeError(f"{len(old)} pages are of an older edition, {old[0]} is the first")
    return taken


def _baseline() -> float:
    """The least it could cost: the register as JSON, and each page's template once."""
    plain = msgspec.to_builtins(register_of(*SIZE))
    said = msgspec.convert(plain, Register)
    site = {"organisation": "Tandem", "site_name": "How your data is used"}

    def dump_and_render() -> None:
        json.dumps(plain)
        now = reading.Reading(said, 1)
        pages = [overview(now), *(category(now, key=one.key) for one in said.categories)]
        pages += [feature(now, slug=one.slug) for one in said.features]
        pages += [use(now, category=one.category, feature=one.feature, stage=one.stage) for one in said.uses]
        for template, context in pages:
            render_to_string(template, site | context)

    return seconds(dump_and_render)
