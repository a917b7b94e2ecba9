"""The small pieces that a DPV graph is made of. Pure."""

from typing import Any

from transparency.register.exports.source import LANGUAGE

Node = dict[str, Any]
"""A JSON-LD node, or a value of one."""
NOT_AVAILABLE: Node = {"dpv:hasApplicability": {"@id": "dpv:NotAvailable"}}
"""DPV's own way to say that something applies and that nobody has told it."""


def text(words: str) -> Node | None:
    """Words for people, with their language; ``None`` for none."""
    return {"@value": words, "@language": LANGUAGE} if words else None


def iri(address: str) -> Node:
    return {"@id": address}


def day(date: str) -> Node | None:
    return {"@value": date, "@type": "xsd:date"} if date else None


def filled(node: Node) -> Node:
    """The node without what the register leaves empty."""
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}


def described(words: str, kind: str = "") -> Node | None:
    """A node that has a text, and a class if one is given."""
    return filled({"@type": kind, "dct:description": text(words)}) if words else None


def named(name: str, kind: str = "") -> Node | None:
    """Somebody, by name."""
    return filled({"@type": kind, "foaf:name": name}) if name else None


def coded(code: str, kind: str, words: str) -> Node:
    """A code of ours as an instance of the nearest term."""
    return {"@type": kind, "dct:identifier": str(code), "skos:prefLabel": text(words)}
