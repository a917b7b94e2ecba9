"""YAML that somebody brings, read as text and nothing else: ``no``, ``014`` and ``2026-01-01`` stay so. Pure.

Each value knows its line. What YAML can do beside holding values is refused, because it lets a small file mean a huge
or a surprising one: references, types, several documents. A key that comes twice is refused with both lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

BYTES, VALUES, DEPTH = 4 * 1024 * 1024, 200_000, 32
LOADER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader


class Unreadable(Exception):  # noqa: N818 - says where and what
    """The file is not such a text. ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Node:
    """A value and the line on which it, or its name, stands: a text, a list of nodes, or nodes by their names."""

    line: int
    value: "str | list[Node] | dict[str, Node]"
    name: tuple[str, int] | None = field(default=None, repr=False)
    """Of a mapping that is being read: the key whose value comes next, and its line."""

    def plain(self) -> Any:
        """The same without lines."""
        if isinstance(self.value, list):
            return [one.plain() for one in self.value]
        if isinstance(self.value, dict):
            return {name: one.plain() for name, one in self.value.items()}
        return self.value


def load(data: bytes) -> Node:
    """The one document in the file. Raises ``Unreadable``."""
    text = _text(data)
    try:
        return _document(yaml.parse(text, Loader=LOADER))
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise Unreadable(line, f"This is not YAML: {fault.problem or fault.context}.") from None
    except yaml.YAMLError as fault:
        line = text.encode().count(b"\n", 0, getattr(fault, "position", 0)) + 1  # libyaml counts bytes
        words = "A character that can't be seen is in it. Save the file as plain text, in UTF-8."
        raise Unreadable(line, words) from None


def _text(data: bytes) -> str:
    if len(data) > BYTES:
        raise Unreadable(1, f"The file is larger than {BYTES // 1024 // 1024} MB. Import it in parts.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Unreadable(data.count(b"\n", 0, fault.start) + 1, "This is not UTF-8.") from None


def _document(events: Iterator[Any]) -> Node:
    root, inside, values, documents = Node(1, []), [], 0, 0
    inside = [root]
    for event in events:
        line = event.start_mark.line + 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        values += isinstance(event, yaml.NodeEvent)
        _refuse(event, line, values=values, documents=documents)
        if isinstance(event, yaml.CollectionEndEvent):
            inside.pop()
        elif isinstance(event, yaml.NodeEvent):
            node = _node(event, line)
            _put(inside[-1], node)
            if not isinstance(event, yaml.ScalarEvent):
                inside.append(node)
        if len(inside) > DEPTH:
            raise Unreadable(line, f"It is nested more than {DEPTH} levels deep.")
    if not root.value or not isinstance(root.value, list):
        raise Unreadable(1, "The file is empty.")
    return root.value[0]


def _refuse(event: Any, line: int, *, values: int, documents: int) -> None:
    if documents > 1:
        raise Unreadable(line, "A second document begins here. Import one at a time.")
    if values > VALUES:
        raise Unreadable(line, f"It holds more than {VALUES:,} values. Import it in parts.")
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise Unreadable(line, f"“{str(event.anchor)[:40]}” is a reference. Write the value itself in each place.")
    if getattr(event, "tag", None):
        raise Unreadable(line, f"“{str(event.tag)[:40]}” gives a type. Write plain values.")


def _node(event: Any, line: int) -> Node:
    if isinstance(event, yaml.ScalarEvent):
        return Node(line, str(event.value))
    return Node(line, [] if isinstance(event, yaml.SequenceStartEvent) else {})


def _put(into: Node, node: Node) -> None:
    """Add to a list, or take first for a key and then for its value."""
    if isinstance(into.value, list):
        into.value.append(node)
    elif isinstance(into.value, dict) and into.name is None:
        _name(into, into.value, node)
    elif isinstance(into.value, dict) and into.name is not None:
        (name, node.line), into.name = into.name, None
        into.value[name] = node


def _name(into: Node, known: "dict[str, Node]", node: Node) -> None:
    if not isinstance(node.value, str):
        raise Unreadable(node.line, "A list or a group can't be a name here.")
    if node.value in known:
        first = known[node.value].line
        raise Unreadable(node.line, f"“{node.value[:80]}” stands here a second time; the first is on line {first}.")
    into.name = node.value, node.line
