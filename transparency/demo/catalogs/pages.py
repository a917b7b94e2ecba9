"""Lists in pages, as all fakes send them, and the ways in which these go bad."""

from collections.abc import Sequence
from typing import TypeVar

from transparency.demo.catalogs.faults import Fault

Item = TypeVar("Item")


def page(items: Sequence[Item], offset: int, limit: int, bad: Fault | None) -> tuple[list[Item], int]:
    """The items of one page, and how many there are said to be in all."""
    if bad == Fault.SAME_PAGE:
        return list(items[:limit]), len(items) + limit
    if bad == Fault.SHRINKS:
        return list(items[offset : offset + limit]), max(len(items) - offset // 2, 0)
    if bad == Fault.LESS:
        return list(items[: len(items) * 9 // 10][offset : offset + limit]), len(items)
    if bad == Fault.OVERLAPS:
        start = max(offset - limit // 2, 0)
        return list(items[start : start + limit]), len(items)
    if bad == Fault.OUT_OF_ORDER:
        end = max(len(items) - offset, 0)
        return list(items[max(end - limit, 0) : end]), len(items)
    return list(items[offset : offset + limit]), len(items)


def drifted(answer: object, bad: Fault | None, gone: str) -> object:
    """The answer with fields that nobody knows, or without the field ``gone``, wherever it stands."""
    if bad not in (Fault.FIELD_GONE, Fault.FIELD_NEW):
        return answer
    if isinstance(answer, list):
        return [drifted(one, bad, gone) for one in answer]
    if not isinstance(answer, dict):
        return answer
    told = {name: drifted(value, bad, gone) for name, value in answer.items()}
    if bad == Fault.FIELD_GONE:
        return {f"{name}_v2" if name == gone else name: value for name, value in told.items()}
    return told | ({"quality": {"score": 7}, "sinceVersion": None} if "name" in told else {})
