"""What turns one document into another, as a JSON Patch (RFC 6902). Pure.

Lists of records are taken by what their records are known by, so that a record that changes is changed where it stands;
other lists are replaced as a whole.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

NAMED_BY = ("key", "slug", "number")
USE = ("category", "feature", "stage")
Operation = dict[str, Any]


def patch(before: Any, after: Any) -> list[Operation]:
    """The operations in order: applied to ``before``, they give ``after``. Both are JSON values."""
    return list(_differs("", before, after))


def _differs(path: str, before: Any, after: Any) -> Iterator[Operation]:
    if _same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(path, before, after)
    elif isinstance(before, list) and isinstance(after, list) and (names := _names(before, after)):
        yield from _lists(path, before, after, *names)
    else:
        yield {"op": "replace", "path": path, "value": after}


def _same(before: Any, after: Any) -> bool:
    """Whether both are the same JSON: to Python, 0 is false, however deep both stand."""
    return before == after and _text(before) == _text(after)


def _text(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _objects(path: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Operation]:
    for name in sorted(before.keys() | after.keys()):
        here = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in after:
            yield {"op": "remove", "path": here}
        elif name not in before:
            yield {"op": "add", "path": here, "value": after[name]}
        else:
            yield from _differs(here, before[name], after[name])


def _names(before: list[Any], after: list[Any]) -> tuple[list[str], list[str]] | None:
    """What the records of both are known by; ``None`` where they can’t be told apart, or stand in another order."""
    old, new = [_name(one) for one in before], [_name(one) for one in after]
    if "" in (*old, *new) or len(set(old)) < len(old) or len(set(new)) < len(new):
        return None
    stays = [name for name in old if name in set(new)]
    return (old, new) if stays == [name for name in new if name in set(old)] else None


def _name(one: Any) -> str:
    if not isinstance(one, dict):
        return ""
    if all(name in one for name in USE):
        return "/".join(str(one[name]) for name in USE)
    return next((str(one[name]) for name in NAMED_BY if name in one), "")


def _lists(path: str, before: list[Any], after: list[Any], old: list[str], new: list[str]) -> Iterator[Operation]:
    """First what goes, from the end, so that places stay true; then what comes and changes, from the beginning."""
    kept = set(new)
    for place in reversed(range(len(old))):
        if old[place] not in kept:
            yield {"op": "remove", "path": f"{path}/{place}"}
    standing = dict(zip(old, before, strict=True))
    for place, name in enumerate(new):
        if name in standing:
            yield from _differs(f"{path}/{place}", standing[name], after[place])
        else:
            yield {"op": "add", "path": f"{path}/{place}", "value": after[place]}
