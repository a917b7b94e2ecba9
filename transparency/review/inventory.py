"""An inventory in Fideslang (YAML), as ``register.exports.fideslang`` writes it or as another tool does. Pure.

What the file says of a record replaces what the register says; what Fideslang has no field for stays as it is, unless
the system's ``meta`` tells it. A kind of data may be named by our key, or by the key of Fideslang's that exactly one of
ours stands for. Fields of Fideslang's that the register has no use for are left aside, and named.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from transparency.register import limits
from transparency.register.exports.fideslang import ENDS_WITH, TAGS
from transparency.register.schema import AIFeature, DataCategory, FeatureKind, Record, Register, Use
from transparency.review.inventory_uses import Declared, declared, use_content
from transparency.review.inventory_words import (
    CATEGORY_FIELDS,
    FEATURE_FIELDS,
    OTHERS,
    SYSTEM_FIELDS,
    Keys,
    Wrong,
    entries,
    texts,
)
from transparency.review.spreadsheet import CellFault
from transparency.review.yaml_text import Node, Unreadable, load

NEW_FEATURE = (
    "Our record has no such AI feature yet, and Fideslang has no field for what sort it is. Say it here, as in "
    f"“meta: {{feature: {{kind: search}}}}”, with one of: {', '.join(FeatureKind)}."
)
HEAD = 5  # lines, in which a file of ours says how it ends
KINDS = {"category": DataCategory, "feature": AIFeature, "use": Use}


@dataclass
class Inventory:
    """What a file held: records with their lines, by kind and by what they are known by; or what keeps all of it out.

    ``aside`` names what Fideslang knows and the register does not.
    """

    records: dict[str, dict[str, tuple[int, Record]]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    faults: list[CellFault] = field(default_factory=list)
    aside: set[str] = field(default_factory=set)


def read_inventory(data: bytes, standing: Register) -> Inventory:
    """The records of the file, each whole, on top of those that stand. All faults are listed, by line and field."""
    found = Inventory()
    try:
        root = load(data)
        _whole(data)
        _read(root, standing, found)
    except (Unreadable, Wrong) as fault:
        found.faults.append(CellFault(fault.line, getattr(fault, "field", ""), str(fault)))
    if found.faults:
        found.records = {kind: {} for kind in KINDS}
    return found


def _whole(data: bytes) -> None:
    """Raise ``Unreadable`` where a file of ours lacks its last line. Of one of another tool nobody can tell."""
    lines = data.decode("utf-8-sig").split("\n")
    announced = [one.removeprefix(ENDS_WITH).strip() for one in lines[:HEAD] if one.startswith(ENDS_WITH)]
    last = next(one.strip() for one in reversed(lines) if one.strip())
    if announced and announced[0] != last:
        line = len(lines) - (not lines[-1])
        words = f"The file is cut off: its last line should be “{announced[0][:80]}”. Bring all of it, or, if you took"
        raise Unreadable(line, f"{words} the end away yourself, take away the line at its top that says so.")


def _read(root: Node, standing: Register, found: Inventory) -> None:
    if not isinstance(root.value, dict):
        raise Wrong(root.line, "", "This is no inventory: it must begin with data_category or system.")
    for name, node in root.value.items():
        if name in OTHERS:
            found.aside.add(name)
        elif name not in ("data_category", "data_use", "data_subject", "system"):
            raise Wrong(node.line, name, f"Fideslang has no “{name[:80]}”. It takes data_category and system.")
    keys = Keys(standing)
    for entry in entries(root, "data_category"):
        _attempt(found, _category, entry, standing, keys, found)
    declarations: dict[str, list[Declared]] = {}
    for entry in entries(root, "system"):
        _attempt(found, _system, entry, standing, keys, found, declarations)
    uses = {one.id: one for one in standing.uses}
    for name, several in declarations.items():
        _attempt(found, _use, name, several, uses.get(name), found)


def _attempt(found: Inventory, read: Any, *given: Any) -> None:
    """One entry. What is wrong with it is listed, and the next is read."""
    try:
        read(*given)
    except Wrong as fault:
        found.faults.append(CellFault(fault.line, fault.field, str(fault)))


def _category(entry: Node, standing: Register, keys: Keys, found: Inventory) -> None:
    said = texts(entry, CATEGORY_FIELDS, found.aside)
    if keys.is_fideslangs(said["fides_key"]):
        return
    key, fides = keys.ours(said["fides_key"])
    known = next((one for one in standing.categories if one.key == key), None)
    content = msgspec.to_builtins(known) if known else {"key": key, "name": key, "what_it_is": "", "examples": []}
    content |= {"fides": fides}
    content |= {
        ours: said[theirs] for theirs, ours in (("name", "name"), ("description", "what_it_is")) if theirs in said
    }
    tags = dict(_tags(entry))
    content |= {name: tags.get(name, "") for name in TAGS if name in tags or name in ("parent", "dpv")} if tags else {}
    lines = {name: node.line for name, node in entry.value.items()} if isinstance(entry.value, dict) else {}
    _keep(found, "category", key, entry.line, content, lines | {"key": lines["fides_key"]})
    keys.add(said["fides_key"], key)


def _tags(entry: Node) -> Iterator[tuple[str, str]]:
    """Our own among the tags: “origin: observed”."""
    for node in entries(entry, "tags"):
        name, mark, value = str(node.value).partition(": ")
        if mark and name in TAGS:
            yield name, value


def _system(
    entry: Node, standing: Register, keys: Keys, found: Inventory, declarations: dict[str, list[Declared]]
) -> None:
    said = texts(entry, SYSTEM_FIELDS, found.aside)
    slug = said["fides_key"]
    known = next((one for one in standing.features if one.slug == slug), None)
    content = msgspec.to_builtins(known) if known else {"slug": slug, "name": slug, "what_it_does": ""}
    content |= {ours: said[theirs] for theirs, ours in FEATURE_FIELDS.items() if theirs in said}
    meta = entry.value.get("meta", Node(entry.line, {})) if isinstance(entry.value, dict) else Node(entry.line, {})
    parts = meta.value if isinstance(meta.value, dict) else {}
    rest = parts.get("feature", Node(meta.line, {}))
    content |= rest.plain() if isinstance(rest.value, dict) else {}
    lines = {name: node.line for name, node in rest.value.items()} if isinstance(rest.value, dict) else {}
    _keep(found, "feature", slug, entry.line, content, lines)
    for node in entries(entry, "privacy_declarations"):
        _attempt(found, _declaration, node, slug, parts.get("uses"), keys, found, declarations)


def _use(name: str, several: list[Declared], known: Use | None, found: Inventory) -> None:
    _keep(found, "use", name, several[0].line, use_content(name, several, known), several[0].lines)


def _declaration(
    node: Node, slug: str, meta: Node | None, keys: Keys, found: Inventory, declarations: dict[str, list[Declared]]
) -> None:
    for one in declared(node, slug, meta, keys, found.aside):
        declarations.setdefault(one.use, []).append(one)


def _keep(found: Inventory, kind: str, subject: str, line: int, content: dict[str, Any], lines: dict[str, int]) -> None:
    """Check one record, and keep it unless the same was told before."""
    if subject in found.records[kind]:
        first = found.records[kind][subject][0]
        found.faults.append(
            CellFault(line, "", f"“{subject[:80]}” is told a second time; the first is on line {first}.")
        )
        return
    try:
        record = msgspec.convert(content, KINDS[kind], strict=False)
    except msgspec.ValidationError as fault:
        message, name = limits.told(fault)
        message = NEW_FEATURE if message == "“kind” is missing." and kind == "feature" else message
        where = lines.get(name.partition(".")[0].partition("[")[0], line)
        found.faults.append(CellFault(where, name, message))
        return
    found.records[kind][subject] = (line, record)
