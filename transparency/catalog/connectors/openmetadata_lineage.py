"""What flows into the things of OpenMetadata: asked for each of them, or, where these are too many, of its search.

Its database tells of one thing at a time. Its search has beside each thing what flows into it, hundreds in one answer,
but is only a copy, put there after each change: now and then it misses one, or keeps what was taken away. So the search
is believed no further than this: whatever it leaves open is asked for by itself, and what it tells is compared with the
database for some things that nobody can foresee. Where these differ, a person must look.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from transparency.catalog.connectors import openmetadata_answers as answers
from transparency.catalog.connectors.base import SeenFault, SourceUnreadable
from transparency.catalog.connectors.http import Page, Reader, by_cursor
from transparency.catalog.connectors.openmetadata_reading import KINDS, Reading
from transparency.catalog.untrusted import shortened

FEW = 10_000  # things, each of which is asked for by itself
AT_ONCE = 200  # in one answer of the search; one wide table's lineage has a megabyte
MARGIN = 2  # a catalog seldom answers as quickly as we may ask
COMPARED = 100  # of the newest, as many of the others, and as many models
MANY = 20  # things; that so many go away within one reading does not happen
API = ("api", "v1")
SEARCH: dict[str, str | int | Sequence[str]] = {
    "q": "*",
    "deleted": "false",
    "sort_order": "asc",
    "include_source_fields": ("id", "upstreamLineage"),
}
# By what its index can put each kind in order (elasticsearch/en/*_index_mapping.json of OpenMetadata): no two things
# have the same, and no comma is in it. Others have “id.keyword”.
ORDER = {"container": "id", "topic": "fqnHash.keyword"}
Thing = tuple[str, answers.Described]
"""What lineage calls its kind, and the thing."""


@dataclass
class Lineages:
    """Puts into ``reading`` what flows into things. Up to so many as are ``few`` are asked for one by one."""

    reader: Reader
    reading: Reading
    few: int = FEW
    because: str = ""
    """Why the search told nothing, where it didn't."""
    retryable: bool = False

    def take(self, things: Sequence[Thing]) -> None:
        if len(things) <= self.few and self._affords(len(things)):
            _require(self._one_by_one(things), len(things))
            return
        compared = _some(things)
        open_, searched = self._search(things, {thing.id for _, thing in compared})
        if not self._affords(len(open_) + len(compared)):
            raise SourceUnreadable(self._too_many(len(open_)), retryable=self.retryable)
        again = [one for one in compared if one[1].id in searched]
        answered = self._one_by_one(open_) + self._compare(again, searched)
        _require(answered, len(open_) + len(again))

    def _affords(self, questions: int) -> bool:
        return self.reader.affords(questions * MARGIN)

    def _too_many(self, open_: int) -> str:
        why = f" {self.because}" if self.because else ""
        return (
            f"Its search leaves open what flows into {open_:,} things, and to ask for each of them by itself takes "
            f"longer than a reading may.{why} It must be OpenMetadata 1.7 or later with a search that is up to date; "
            "or raise CATALOG_REQUESTS_PER_SECOND or CATALOG_READING_MINUTES."
        )

    def _one_by_one(self, things: Sequence[Thing]) -> int:
        """Put in what flows into each of them. Returns how many were still there."""
        answered = 0
        for done, (kind, thing) in enumerate(things):
            self.reading.progress("Reading lineage", done, len(things))
            found = self._ask(kind, thing)
            if found:
                self.reading.flows(thing, found)
                answered += 1
        return answered

    def _ask(self, kind: str, thing: answers.Described) -> answers.Lineage | None:
        """What flows into one thing; nothing where it went away in the meantime."""
        depth = {"upstreamDepth": 1, "downstreamDepth": 0}
        return self.reader.find(*API, "lineage", kind, thing.id, shape=answers.Lineage, params=depth)

    def _search(self, things: Sequence[Thing], kept: set[str]) -> tuple[list[Thing], dict[str, answers.Lineage]]:
        """Put in what the search knows. Returns the things that it leaves open, and what it told of those ``kept``."""
        told: dict[str, answers.Lineage] = {}
        open_: list[Thing] = []
        for kind in sorted({kind for kind, _ in things}):
            documents = self._documents(kind)
            for done, thing in enumerate(thing for one, thing in things if one == kind):
                self.reading.progress("Putting lineage together", done, len(things))
                found = documents.get(thing.id)
                lineage = _lineage(kind, found) if found else None
                if lineage is None or not self._knows_all(lineage):
                    open_.append((kind, thing))
                    continue
                self.reading.flows(thing, lineage)
                if thing.id in kept:
                    told[thing.id] = lineage
        return open_, told

    def _documents(self, kind: str) -> dict[str, answers.Document]:
        """What the search holds of one kind, as far as it answers: what is missing is asked for by itself."""

        def fetch(after: str | None) -> Page[answers.Document]:
            asked = SEARCH | {"index": f"{kind}_search_index", "size": AT_ONCE}
            asked |= {"sort_field": ORDER.get(kind, "id.keyword")} | ({"search_after": after} if after else {})
            found = self.reader.get(*API, "search", "query", shape=answers.Searched, params=asked)
            if found.timed_out or (found.shards and found.shards.failed):
                raise SourceUnreadable("Its search found only a part of what is there.", retryable=True)
            return Page([hit.document for hit in found.hits.hits], None, _next(found.hits.hits))

        try:
            return by_cursor(f"lineage of {kind}s", fetch, lambda one: one.id, self.reading.progress).items
        except SourceUnreadable as unreadable:
            self.because, self.retryable = unreadable.message, unreadable.retryable
            return {}

    def _knows_all(self, lineage: answers.Lineage) -> bool:
        """Whether each flow comes from something that a list held, or that is no data at all."""
        return all(one.id in self.reading.named or one.type not in KINDS for one in lineage.nodes or ())

    def _compare(self, things: Sequence[Thing], searched: dict[str, answers.Lineage]) -> int:
        """Doubt all of it where the database tells of one of them otherwise. Returns how many were still there."""
        answered, different = 0, list[str]()
        for done, (kind, thing) in enumerate(things):
            self.reading.progress("Comparing with the database", done, len(things))
            found = self._ask(kind, thing)
            answered += found is not None
            if found and self._ends(thing, found) != self._ends(thing, searched[thing.id]):
                different.append(thing.fully_qualified_name)
        if different:
            self.reading.doubts.append(SeenFault("search", different[0], _differs(different, len(things))))
        return answered

    def _ends(self, thing: answers.Described, lineage: answers.Lineage) -> set[tuple[str, str, str | None]]:
        return {(one.upstream, one.downstream, one.via) for one in self.reading.into(thing, lineage)}


def _next(hits: Sequence[answers.Hit]) -> str | None:
    """Where the next page begins. Raises ``SourceUnreadable`` where things are in no order: pages mean nothing then."""
    if not hits:
        return None
    (after,) = hits[-1].sort or (None,)
    if not isinstance(after, str):
        raise SourceUnreadable("Its search can’t put things in order.")
    return after


def _some(things: Sequence[Thing]) -> list[Thing]:
    """Those that were updated last, as many models, and as many others by chance: each once."""
    models = [one for one in things if one[0] == "mlmodel"]
    newest = sorted(things, key=lambda one: one[1].updated_at)[-COMPARED:]
    chosen = [*newest, *_by_chance(models), *_by_chance(things)]
    return list({thing.id: (kind, thing) for kind, thing in chosen}.values())


def _by_chance(things: Sequence[Thing]) -> list[Thing]:
    return random.sample(things, min(COMPARED, len(things)))  # nothing is kept secret by it


def _lineage(kind: str, document: answers.Document) -> answers.Lineage | None:
    """What the search told, in the form in which the database tells it; nothing where it told of no lineage at all."""
    if document.upstream_lineage is None:
        return None
    edges = [_edge(document.id, one) for one in document.upstream_lineage]
    nodes = [one.from_entity for one in document.upstream_lineage]
    return answers.Lineage(answers.Reference(document.id, kind), nodes, edges)


def _edge(id_: str, found: answers.Found) -> answers.Edge:
    return answers.Edge(found.from_entity.id, id_, answers.Details(found.columns, found.pipeline, found.source))


def _differs(different: Sequence[str], compared: int) -> str:
    return (
        f"OpenMetadata's search tells of other lineage than its database for {len(different):,} of {compared:,} things "
        f"that were compared, {shortened(different[0], 200)} the first. Let OpenMetadata make its search anew "
        "(Settings, Applications, Search Indexing)."
    )


def _require(answered: int, asked: int) -> None:
    """Raises ``SourceUnreadable`` where all went away at once: then it is lineage that nobody lets us see."""
    if asked >= MANY and not answered:
        raise SourceUnreadable(f"It lists {asked:,} things, and has no page of lineage for any of them (status 404).")
