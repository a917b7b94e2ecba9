"""Following what merges touched, as far as it changes anything.

What reaches the touched places is worked out anew, from what is kept of those that flow into them. Where that differs
from what was kept, the places behind are looked at as well, and so on until nothing differs any more. As distances are
kept, and not only what arrives, this ends at what working out everything would give: at every place each distance is
one more than that of some neighbour before it, so that nothing can hold itself up in a cycle.

Then the observations that go through a place that differs, or through a flow that was touched, are walked anew.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import connection

from transparency.catalog import region
from transparency.catalog.actions.storing import Names, arrived, end_the_rest, keep, relabel, standing, store
from transparency.catalog.arrived import NOTHING, AtPlace, by_place, differing
from transparency.catalog.classify import describable, labels
from transparency.catalog.keys import dataset_of, place_of
from transparency.catalog.lineage import Known, Lineage, in_text, known, load
from transparency.catalog.models import Barrier, Binding, Observation
from transparency.catalog.observe import Seen, Use, View, found, observe, shown, unfinished, view
from transparency.catalog.reachability import words
from transparency.catalog.said import Said

CONCERNED = 60_000  # assets beyond which working out everything is as quick
HELD = """
SELECT key, category FROM catalog_label WHERE key IN (SELECT key FROM catalog_asset WHERE id = ANY(%s::bigint[]))
ORDER BY key COLLATE "C"
"""


def follow(said: Said, touched: Sequence[str]) -> bool:
    """Work out no more than what follows from the touched assets. Whether that was possible."""
    if not touched:
        return True
    relabelled = relabel(labels(said.rules, describable(touched)), touched)
    try:
        part = _settled(said, touched)
        if uses := _concerned(part, relabelled=relabelled):
            _observe(part, uses)
    except region.TooWide:
        return False
    keep(part.now, part.before)
    return True


@dataclass(frozen=True)
class _Part:
    """A part of the graph, worked out from what is kept of the assets that flow into it."""

    said: Said
    growing: region.Region
    touched: Sequence[str]
    common: Known
    seen: View
    before: dict[str, AtPlace]
    """What was kept of its places. Of one that is no more, too."""

    @cached_property
    def now(self) -> dict[str, AtPlace]:
        return by_place(self.seen.lineage, self.seen.reached, self.seen.looked)

    @cached_property
    def changed(self) -> set[str]:
        """The places at which something else arrives than what was kept."""
        return {place for place in {*self.now, *self.before} if self._now(place) != self._before(place)}

    @cached_property
    def categories(self) -> set[str]:
        """The categories of which something else arrives somewhere."""
        size = words(len(self.said.categories))
        bits = {bit for place in self.changed for bit in differing(self._now(place), self._before(place), size)}
        return {self.said.categories[bit] for bit in bits}

    @cached_property
    def places(self) -> set[str]:
        return _places(self.seen.lineage, inside=True) | self.before.keys()

    def keys_of(self, places: Collection[str]) -> list[str]:
        """All names of what is at those places."""
        lineage = self.seen.lineage
        return [key for key, number in lineage.names.items() if place_of(lineage.keys[number]) in places]

    def _now(self, place: str) -> AtPlace:
        return self.now.get(place, NOTHING)

    def _before(self, place: str) -> AtPlace:
        return self.before.get(place, NOTHING)


def _part(said: Said, growing: region.Region, touched: Sequence[str], common: Known) -> _Part:
    rows = growing.rows()
    if len(rows) > CONCERNED:
        raise region.TooWide(f"More than {CONCERNED:,} assets are concerned.")
    lineage = load(rows, common)
    inside = _places(lineage, inside=True) | {place_of(lineage.resolve(key)) for key in touched}
    outside = _places(lineage, inside=False) - inside
    kept = arrived(inside | outside)
    flowing_in = [one for place, one in kept.items() if place in outside]
    seen = view(said.at, lineage, _held(rows), said.barriers, said.categories, flowing_in)
    before = {place: one for place, one in kept.items() if place in inside}
    return _Part(said, growing, touched, common, seen, before)


def _places(lineage: Lineage, *, inside: bool) -> set[str]:
    return {place_of(key) for key, known in zip(lineage.keys, lineage.inside.tolist(), strict=True) if known == inside}


def _held(rows: Sequence[int]) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(HELD, [in_text(rows)])
        return [(key, category) for key, category in cursor.fetchall()]


def _settled(said: Said, touched: Sequence[str]) -> _Part:
    """All that changed, and what lies just behind it and did not."""
    growing, common = region.Region(said.names), known(said)
    growing.hold(touched)
    part = _part(said, growing, touched, common)
    while part.changed and growing.hold_behind(part.keys_of(part.changed)):
        part = _part(said, growing, touched, common)
    return part


def _concerned(part: _Part, *, relabelled: bool) -> set[Use]:
    """The uses that may be seen otherwise than before."""
    resolve = part.seen.lineage.resolve
    keys = {resolve(key) for key in part.touched}
    keys |= {dataset_of(key) for key in keys}
    through = Observation.objects.filter(seen=True, places__overlap=sorted(part.places))
    uses = {
        (one.category, one.feature, one.stage)
        for one in through
        if relabelled or one.category in part.categories or any(step["key"] in keys for step in one.path)
    }
    for bound in part.said.bindings if part.categories else ():
        if place_of(resolve(bound.key)) in part.places:
            uses |= {(category, bound.feature, bound.stage) for category in part.categories}
    return uses


def _observe(part: _Part, uses: set[Use]) -> None:
    """Bring the observations of those uses to what the graph shows."""
    features = {(feature, stage) for _, feature, stage in uses}
    before = [one for one in standing(features) if (one.category, one.feature, one.stage) in uses]
    bindings = [one for one in part.said.bindings if (one.feature, one.stage) in features]
    part.growing.hold([one.key for one in bindings] + [str(step["key"]) for one in before for step in one.path])
    now = _walked(part, bindings, uses) if bindings else []
    store(now, before, part.said.at)
    again = _Again(part.said, bindings)
    end_the_rest(now, before, lambda: again(part.said.barriers, forgetful=False), lambda: again([], forgetful=True))


def _walked(part: _Part, bindings: Sequence[Binding], uses: Collection[Use]) -> list[Seen]:
    """What is seen of those uses. More of the graph is looked at as long as a way comes from beyond it."""
    while True:
        seen = _part(part.said, part.growing, part.touched, part.common).seen
        ways = found(seen, bindings, uses.__contains__)
        if not (missing := unfinished(seen, ways)):
            return shown(seen, ways)
        if not part.growing.hold([seen.lineage.keys[number] for number in missing]):
            raise region.TooWide("What is kept does not tell where this comes from.")


class _Again:
    """What would be seen otherwise: asked only when something ended, of all that is upstream."""

    def __init__(self, said: Said, bindings: Sequence[Binding]) -> None:
        self._said, self._bindings = said, bindings

    @cached_property
    def _upstream(self) -> tuple[Lineage, list[tuple[str, str]]]:
        rows = region.upstream([one.key for one in self._bindings], CONCERNED)
        return load(rows), _held(rows)

    def __call__(self, barriers: Sequence[Barrier], *, forgetful: bool) -> Names:
        lineage, held = self._upstream
        return {one.id for one in observe(self._said.at, lineage, held, self._bindings, barriers, forgetful=forgetful)}
