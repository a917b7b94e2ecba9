"""What all readings of catalogs that are asked share: the graph so far, what is doubtful, what can't be kept."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from transparency.catalog import limits
from transparency.catalog.connectors.base import Progress, SeenFault, Snapshot, SourceUnreadable
from transparency.catalog.connectors.http import Listed
from transparency.catalog.connectors.openlineage_graph import Draft, Graph, Span
from transparency.catalog.connectors.openlineage_naming import Named, storable
from transparency.catalog.untrusted import clean_name, clean_text, shortened

Item = TypeVar("Item")
TAGS = 200  # of one asset


class Asked:
    """One reading of a catalog. ``at`` is now; nothing that it says is later."""

    def __init__(self, at: datetime, progress: Progress) -> None:
        self.at, self.progress = at, progress
        self.graph = Graph(faults=set())
        self.doubts: list[SeenFault] = []
        self.complete = True

    def all_of(self, listed: Listed[Item]) -> Iterable[Item]:
        """What a list held; its doubts are those of the reading."""
        self.doubts += listed.doubts
        return listed.items.values()

    def fault(self, code: str, pointer: str, message: str) -> None:
        """Note what could not be used; the rest counts, but is not the whole."""
        self.complete = False
        self.remark(code, pointer, message)

    def remark(self, code: str, pointer: str, message: str) -> None:
        """Note what staff should know of, and what leaves no doubt of what is there and what is not."""
        if len(self.graph.faults) < limits.FAULTS:
            self.graph.faults.add(SeenFault(code, shortened(pointer, 400), message))

    def mention(self, named: Named, span: Span, *told: str) -> str | None:
        """The key, with the asset in the graph; nothing where a part of its name, as ``told``, is too long to keep."""
        if max(map(len, told)) > limits.IDENTIFIER or not storable(named.key):
            self.fault("name.length", named.key, "It was left out: its name is too long to be kept.")
            return None
        if len(self.graph.assets) + len(self.graph.flows) > limits.GRAPH:
            raise SourceUnreadable(f"It names more than {limits.GRAPH:,} assets and flows; split the source.")
        return self.graph.mention(named, span)

    def describe(self, draft: Draft, at: datetime, description: str | None, tags: Iterable[str], by: str) -> None:
        """State what the catalog says of an asset; ``by`` is whose tags they are."""
        draft.state(self.not_ahead(at))
        draft.description = clean_text(description or "")[: limits.DESCRIPTION]
        kept = sorted({clean_name(tag)[: limits.IDENTIFIER] for tag in tags if tag.strip()})
        if len(kept) > TAGS:
            self.fault("list.size", draft.name, f"{len(kept):,} tags; the first {TAGS} were taken.")
        draft.tag(by, kept[:TAGS])

    def not_ahead(self, moment: datetime) -> datetime:
        return min(moment, self.at)

    def snapshot(self) -> Snapshot:
        return replace(self.graph.snapshot(self.complete), doubts=self.doubts)
