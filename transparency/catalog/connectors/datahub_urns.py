"""DataHub's names for things, e.g. ``urn:li:dataset:(urn:li:dataPlatform:snowflake,shop.public.members,PROD)``.

Parts of a tuple are separated by commas, and names may hold commas and parentheses: newer versions of DataHub write
them as ``%2C``, ``%28`` and ``%29``, older ones leave them. So a tuple is cut where its own shape says, not at every
comma.
"""

import re
from dataclasses import dataclass

from transparency.catalog import limits
from transparency.catalog.namespaces import PRODUCTION
from transparency.catalog.untrusted import shortened

ENVIRONMENTS = PRODUCTION | {
    *("DEV", "TEST", "QA", "UAT", "EI", "PRE", "STG", "NON_PROD", "CORP", "RVW", "TST", "SIT", "SBX", "SANDBOX")
}
_PAIRS = frozenset({"mlFeature", "mlPrimaryKey", "mlFeatureTable", "dataPlatformInstance"})
_TRIPLES = frozenset({"dataset", "mlModel", "mlModelGroup", "mlModelDeployment", "dataFlow"})
_NESTED = frozenset({"dataJob", "schemaField"})
_WHOLE = re.compile(r"urn:li:([A-Za-z][A-Za-z0-9]*):(.+)", re.DOTALL)
_ESCAPED = re.compile("%(2c|28|29|25|e2%90%9f)", re.IGNORECASE)
_UNESCAPED = {"2c": ",", "28": "(", "29": ")", "25": "%", "e2%90%9f": "\N{SYMBOL FOR UNIT SEPARATOR}"}
_ESCAPES = {",": "%2C", "(": "%28", ")": "%29", "\N{SYMBOL FOR UNIT SEPARATOR}": "%E2%90%9F"}
_RESERVED = re.compile(f"[{''.join(map(re.escape, _ESCAPES))}]")
_BRACKETED = re.compile(r"(?:^|(?<=\.))\[(?:[^\[\]]|\[[^\[\]]*\])*\](?:\.|$)")


class BadUrn(ValueError):  # noqa: N818 - says what is bad, as the fault will
    """The text is no urn, or none of its kind."""

    def __init__(self, text: str) -> None:
        super().__init__(f"“{shortened(text, 200)}” is not an urn that can be read.")


@dataclass(frozen=True, slots=True)
class Urn:
    """One urn taken apart: ``kind`` is e.g. ``dataset``, ``parts`` are its names in their order, unescaped.

    The first part of a ``dataJob`` and of a ``schemaField`` is an urn itself, and stays as it was written.
    """

    kind: str
    parts: tuple[str, ...]


def parse(text: str) -> Urn:
    """Take an urn apart. Raises ``BadUrn``."""
    found = _WHOLE.fullmatch(text) if len(text) <= limits.TEXT else None
    if not found:
        raise BadUrn(text)
    kind, rest = found.groups()
    if kind not in _PAIRS | _TRIPLES | _NESTED:
        return Urn(kind, (unescaped(rest),))
    parts = _split(kind, rest[1:-1]) if rest[0] == "(" and rest[-1] == ")" else ()
    if not parts or not all(part.strip() for part in parts):
        raise BadUrn(text)
    return Urn(kind, (parts[0] if kind in _NESTED else unescaped(parts[0]), *map(unescaped, parts[1:])))


def short(text: str) -> str:
    """What stands after the kind: ``PII`` of ``urn:li:tag:PII``. Text that is no urn is returned as it is."""
    found = _WHOLE.fullmatch(text)
    return unescaped(found[2]) if found else text


def unescaped(text: str) -> str:
    """The text with DataHub's escapes undone, each once."""
    return _ESCAPED.sub(lambda found: _UNESCAPED[found[1].lower()], text) if "%" in text else text


def field_urn(dataset: str, path: str) -> str:
    """The urn of a column, as DataHub writes it."""
    return f"urn:li:schemaField:({dataset},{_RESERVED.sub(lambda found: _ESCAPES[found[0]], path)})"


def field_name(path: str) -> str:
    """The dotted name of a column, without what version 2 of field paths says of its types.

    ``[version=2.0].[type=Member].[type=string].email`` is ``email``. Empty where the path means the record itself.
    """
    if not path.startswith("["):
        return path
    return _BRACKETED.sub("", path).removesuffix(".")


def _split(kind: str, inside: str) -> tuple[str, ...]:
    if kind in _NESTED:
        return _after_nested(inside)
    first, comma, rest = inside.partition(",")
    if kind in _TRIPLES:
        middle, other, last = rest.rpartition(",")
        return (first, middle, last) if other else ()
    return (first, rest) if comma else ()


def _after_nested(inside: str) -> tuple[str, ...]:
    """Cut behind the urn that comes first: where an environment ends it, else where its parentheses close."""
    ends = [found.start() + 1 for found in re.finditer(r"\),", inside)]
    for end in ends:
        if inside[: end - 1].rpartition(",")[2] in ENVIRONMENTS:
            return inside[:end], inside[end + 1 :]
    depth, at = 0, 0
    for end in ends:
        depth += inside.count("(", at, end) - inside.count(")", at, end)
        at = end
        if depth == 0:
            return inside[:end], inside[end + 1 :]
    first, comma, rest = inside.partition(",")
    return (first, rest) if comma and "(" not in first else ()
