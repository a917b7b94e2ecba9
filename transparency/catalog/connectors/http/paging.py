"""All pages of a list, and whether they add up. Pure: ``fetch`` asks for one page.

A catalog that lives changes while it is read, so a list that does not add up is asked for once more. Where it still
does not, nor both readings together, what came is kept with the reasons for doubt, and the refresh waits for a person.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from transparency.catalog import limits
from transparency.catalog.connectors.base import Progress, SeenFault

Item = TypeVar("Item")
EMPTY_IN_A_ROW = 3


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page. ``total`` is how many the catalog says there are in all; ``after`` is where the next page begins."""

    items: Sequence[Item]
    total: int | None = None
    after: str | None = None


@dataclass
class Listed(Generic[Item]):
    """What a list held, by its key, and what is doubtful about it."""

    what: str
    items: dict[str, Item] = field(default_factory=dict)
    promised: int | None = None
    doubts: list[SeenFault] = field(default_factory=list)

    def doubt(self, code: str, message: str) -> None:
        self.doubts.append(SeenFault(code, self.what, message))

    def take(self, page: Page[Item], key: Callable[[Item], str]) -> int:
        """Take a page in. Returns how many of its items were not known yet."""
        before = len(self.items)
        self.items.update((key(item), item) for item in page.items)
        if page.total is not None:
            if self.promised is not None and page.total < self.promised:
                self.doubt(
                    "shrinks", f"Promised at first: {self.promised:,} {self.what}. A moment later: {page.total:,}."
                )
            self.promised = page.total
        return len(self.items) - before

    def close(self) -> None:
        if self.promised is not None and len(self.items) < self.promised:
            self.doubt("less", f"Promised: {self.promised:,} {self.what}. Sent: {len(self.items):,}.")


Pages = Iterator[Page[Item]]


def by_offset(
    what: str, fetch: Callable[[int], Page[Item]], key: Callable[[Item], str], progress: Progress, *, size: int
) -> Listed[Item]:
    """Every item of a list that is asked for by how many come before.

    ``size`` is how many are asked for at once. A page may hold fewer; where it holds all of them there may be more,
    whatever was promised: a catalog may count what it lists several times only once.
    """
    return _twice(what, lambda: _offsets(fetch, size), key, progress)


def by_cursor(
    what: str, fetch: Callable[[str | None], Page[Item]], key: Callable[[Item], str], progress: Progress
) -> Listed[Item]:
    """Every item of a list of which each page tells where the next one begins, and the last one nothing."""
    return _twice(what, lambda: _cursors(fetch), key, progress)


def _twice(what: str, pages: Callable[[], Pages[Item]], key: Callable[[Item], str], progress: Progress) -> Listed[Item]:
    first = _listed(what, pages(), key, progress)
    if not first.doubts:
        return first
    second = _listed(what, pages(), key, progress)
    return _together(first, second) or second


def _together(first: Listed[Item], second: Listed[Item]) -> Listed[Item] | None:
    """Both readings as one, where nothing but some items was missing and together they are as many as were promised.

    Some catalogs list first what changed last: what changes while it is read moves to a page that was read already.
    """
    both = Listed[Item](second.what, first.items | second.items, second.promised)
    only_less = {doubt.code for doubt in (*first.doubts, *second.doubts)} == {"less"}
    return both if only_less and first.promised == second.promised == len(both.items) else None


def _listed(what: str, pages: Pages[Item], key: Callable[[Item], str], progress: Progress) -> Listed[Item]:
    listed, empty = Listed[Item](what), 0
    for number, page in enumerate(pages, 1):
        fresh = listed.take(page, key)
        empty = 0 if page.items else empty + 1
        progress(f"Reading {what}", len(listed.items), listed.promised)
        if page.items and not fresh:
            listed.doubt("repeats", f"Page {number} of {what} held only what earlier pages had held.")
            break
        if number >= limits.PAGES or len(listed.items) > limits.GRAPH or empty >= EMPTY_IN_A_ROW:
            listed.doubt("endless", f"The pages of {what} had no end; {number:,} were read.")
            break
    listed.close()
    return listed


def _offsets(fetch: Callable[[int], Page[Item]], size: int) -> Pages[Item]:
    offset = 0
    while True:
        page = fetch(offset)
        yield page
        offset += len(page.items)
        promised = page.total is not None and offset >= page.total
        if not page.items or (promised and len(page.items) < size):
            return


def _cursors(fetch: Callable[[str | None], Page[Item]]) -> Pages[Item]:
    after: str | None = None
    while True:
        page = fetch(after)
        yield page
        if not page.after:
            return
        after = page.after
