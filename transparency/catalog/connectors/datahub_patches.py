"""DataHub's patches: what a MetadataChangeProposal adds to an aspect, or takes from it, without saying the rest.

A patch is a list of JSON Patch operations whose paths name items of a list by what they are about, e.g.
``/upstreams/urn:li:dataset:(…)`` or ``/tags/urn:li:tag:pii``, instead of by their place. Column lineage is named by its
operation, its downstream column, its query and its upstream column.
"""

from typing import Any

import msgspec
from msgspec import Struct


class BadPatch(ValueError):  # noqa: N818 - says what is bad, as the fault will
    """The patch can't be applied."""


class Operation(Struct):
    op: str
    path: str
    value: Any = None


class Wrapped(Struct):
    patch: list[Operation]


# For each list within an aspect: by which of their fields its items are told apart.
KEYS = {
    "globalTags": {"tags": "tag"},
    "glossaryTerms": {"terms": "urn"},
    "structuredProperties": {"properties": "propertyUrn"},
    "ownership": {"owners": "owner"},
    "upstreamLineage": {"upstreams": "dataset"},
    "dataJobInputOutput": {
        "inputDatasetEdges": "destinationUrn",
        "outputDatasetEdges": "destinationUrn",
        "inputDatajobEdges": "destinationUrn",
        "inputDatasets": "",
        "outputDatasets": "",
        "inputDatajobs": "",
        "inputDatasetFields": "",
    },
}
# Lists that an aspect has even where nobody has put anything into them.
NEVER_MISSING = {
    "globalTags": ("tags",),
    "glossaryTerms": ("terms",),
    "structuredProperties": ("properties",),
    "ownership": ("owners",),
    "upstreamLineage": ("upstreams",),
    "dataJobInputOutput": ("inputDatasets", "outputDatasets"),
}
COLUMNS = "fineGrainedLineages"
NO_OPERATION = "NONE"


def patched(name: str, before: bytes | msgspec.Raw, patch: bytes | msgspec.Raw) -> bytes:
    """The aspect after the patch. Raises ``BadPatch``, or ``MsgspecError`` where either is no JSON of that form."""
    found = msgspec.json.decode(patch, type=list[Operation] | Wrapped)
    aspect = {one: [] for one in NEVER_MISSING.get(name, ())} | msgspec.json.decode(before, type=dict[str, Any])
    for operation in found.patch if isinstance(found, Wrapped) else found:
        _apply(name, aspect, operation)
    return msgspec.json.encode(aspect)


def _apply(name: str, aspect: dict[str, Any], operation: Operation) -> None:
    if operation.op not in ("add", "replace", "remove"):
        raise BadPatch(f"A patch of {name} asks for “{operation.op[:40]}”, which is not understood")
    first, *rest = [part.replace("~1", "/").replace("~0", "~") for part in operation.path.split("/")[1:]] or [""]
    if not rest:
        _set(aspect, first, operation)
    elif first == COLUMNS:
        _column(aspect, rest, operation)
    elif (by := KEYS.get(name, {}).get(first)) is not None:
        _item(aspect, first, by, rest[0], operation)
    elif name in KEYS:
        raise BadPatch(f"A patch of {name} has the path “{operation.path[:100]}”, which is not understood")


def _set(aspect: dict[str, Any], name: str, operation: Operation) -> None:
    aspect.pop(name, None)
    if operation.op != "remove":
        aspect[name] = operation.value


def _items(aspect: dict[str, Any], name: str) -> list[Any]:
    items = aspect.get(name)
    return items if isinstance(items, list) else []


def _item(aspect: dict[str, Any], name: str, by: str, key: str, operation: Operation) -> None:
    """One item of a list of objects, or of a list of texts where ``by`` is empty."""
    kept = [one for one in _items(aspect, name) if (one.get(by) if by and isinstance(one, dict) else one) != key]
    if operation.op != "remove":
        kept.append(operation.value if by else key)
    aspect[name] = kept


def _column(aspect: dict[str, Any], path: list[str], operation: Operation) -> None:
    """``operation/downstream/query/upstream``; older versions leave the query out."""
    if len(path) not in (3, 4):
        raise BadPatch("A patch of column lineage has a path that is not understood")
    done, downstream, upstream = path[0], path[1], path[-1]
    told: dict[str, Any] = {"transformOperation": None if done == NO_OPERATION else done}
    told |= {"upstreams": [upstream], "downstreams": [downstream]}
    kept = [one for one in _items(aspect, COLUMNS) if not (isinstance(one, dict) and told.items() <= one.items())]
    if operation.op != "remove":
        kept.append((operation.value if isinstance(operation.value, dict) else {}) | told)
    aspect[COLUMNS] = kept
