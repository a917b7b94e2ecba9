"""Privacy declarations of an inventory, put together to uses. Pure.

A declaration of ours is named by its use and its places, “work.skills/ads/training in EU, GB”. One of another tool is a
use of each of its kinds of data, in all places; it trains a model where its data use says so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from transparency.register.schema import Stage, Use
from transparency.register.vocabulary.fides import LEGAL_BASES, TRAINING
from transparency.register.vocabulary.purposes import PURPOSES
from transparency.review.inventory_words import DECLARATION_FIELDS, Keys, Wrong, entries, texts
from transparency.review.yaml_text import Node

NAMED = re.compile(rf"([a-z0-9_.]+)/([a-z0-9-]+)/({'|'.join(Stage)})(?: in (.+))?")
BASES = {theirs.casefold(): ours for ours, theirs in LEGAL_BASES.items()}
PURPOSE_OF = {one.fides: key for key, one in PURPOSES.items()}
EVERYWHERE = ("*",)
EMPTY = ("purpose", "purpose_text", "why_needed", "retention")


@dataclass(frozen=True)
class Declared:
    """One declaration of one use: what it says of the use, and of one group of places."""

    use: str
    line: int
    of_use: dict[str, Any]
    places: tuple[str, ...]
    of_places: dict[str, Any]
    meta: dict[str, Any]
    lines: dict[str, int]


def declared(node: Node, slug: str, meta: Node | None, keys: Keys, aside: set[str]) -> Iterator[Declared]:
    """The declaration, once for each use that it is about. Raises ``Wrong``."""
    said = texts(node, DECLARATION_FIELDS, aside)
    for category in entries(node, "data_categories"):
        key = keys.meant(category)
        stage, places = _named(node, said, key, slug)
        use = f"{key}/{slug}/{stage}"
        rest = _below(meta, use)
        of_use = {name: said[theirs] for theirs, name in (("retention_period", "retention"),) if theirs in said}
        yield Declared(
            use,
            node.line,
            of_use | _purpose(node, said),
            places,
            _of_places(node, said),
            rest.plain() if rest else {},
            {name: one.line for name, one in rest.value.items()} if rest and isinstance(rest.value, dict) else {},
        )


def _below(meta: Node | None, name: str) -> Node | None:
    found = meta.value.get(name) if meta and isinstance(meta.value, dict) else None
    return found if found and isinstance(found.value, dict) else None


def _named(node: Node, said: dict[str, str], key: str, slug: str) -> tuple[str, tuple[str, ...]]:
    """Stage and places, from the name or, where another tool gave it, from the data use."""
    found = NAMED.fullmatch(said.get("name", ""))
    if found is None:
        trains = said.get("data_use", "").partition(".")[0] == TRAINING
        return (Stage.TRAINING if trains else Stage.INFERENCE).value, EVERYWHERE
    if (found[1], found[2]) != (key, slug):
        line = _line(node, "name")
        raise Wrong(line, "name", f"It is named for {found[1]}/{found[2]}, but is about {key}/{slug}.")
    return found[3], tuple((found[4] or "*").split(", "))


def _line(node: Node, name: str) -> int:
    found = node.value.get(name) if isinstance(node.value, dict) else None
    return found.line if found else node.line


def _purpose(node: Node, said: dict[str, str]) -> dict[str, str]:
    """Our purpose: the one that we write below a data use of Fideslang's, or the one that its data use stands for.

    Data uses are a tree: one that is finer than those we know is what the nearest above it is, as Fideslang has it.
    """
    data_use = said.get("data_use", "")
    root, _, own = data_use.rpartition(".")
    ours = own in PURPOSES and root in (TRAINING, PURPOSES[own].fides)
    purpose = own if ours else _nearest(data_use.removeprefix(f"{TRAINING}."))
    if not purpose and data_use.partition(".")[0] != TRAINING:
        known = ", ".join(sorted(PURPOSE_OF))
        message = f"“{data_use[:80]}” is no purpose that we know, nor part of one. Known: {known}."
        raise Wrong(_line(node, "data_use"), "data_use", message)
    return {"purpose": purpose} if purpose else {}


def _nearest(data_use: str) -> str:
    while data_use and data_use not in PURPOSE_OF:
        data_use = data_use.rpartition(".")[0]
    return PURPOSE_OF.get(data_use, "")


def _of_places(node: Node, said: dict[str, str]) -> dict[str, str]:
    found = {"balancing_url": said["impact_assessment_location"]} if "impact_assessment_location" in said else {}
    basis = said.get("legal_basis_for_processing")
    if basis is None:
        return found
    if basis.casefold() not in BASES:
        known = ", ".join(LEGAL_BASES.values())
        line = _line(node, "legal_basis_for_processing")
        message = f"“{basis[:80]}” is no legal basis that we know. Known: {known}."
        raise Wrong(line, "legal_basis_for_processing", message)
    return found | {"legal_basis": BASES[basis.casefold()]}


def use_content(name: str, several: list[Declared], known: Use | None) -> dict[str, Any]:
    """The whole use, on top of the one that stands. Raises ``Wrong`` where two declarations of it disagree."""
    category, slug, stage = name.split("/")
    content: dict[str, Any] = dict.fromkeys(EMPTY, "") if known is None else msgspec.to_builtins(known)
    for one in several:
        for what in [what for what, value in one.of_use.items() if several[0].of_use.get(what) != value]:
            raise Wrong(one.line, what, f"It says otherwise than line {several[0].line}, which is the same use.")
        content |= {field: value for field, value in one.meta.items() if field != "places"} | one.of_use
    standing = {tuple(scope["jurisdictions"]): scope for scope in content.get("scopes", [])}
    scopes = [_scope(one, standing) for one in several]
    return content | {"category": category, "feature": slug, "stage": stage, "scopes": scopes}


def _scope(one: Declared, standing: dict[tuple[str, ...], dict[str, Any]]) -> dict[str, Any]:
    told = one.meta.get("places", {})
    rest = told.get(", ".join(one.places), {}) if isinstance(told, dict) else {}
    before = standing.get(one.places, {"legal_basis": ""})
    return {"jurisdictions": list(one.places)} | before | (rest if isinstance(rest, dict) else {}) | one.of_places
