"""Since which edition a use says what it says now: whoever agreed to an older one has not agreed to this one. Pure."""

from collections.abc import Mapping

from transparency.register.diff import changes
from transparency.register.schema import Register


def since(before: Register, earlier: Mapping[str, int], after: Register, number: int) -> dict[str, int]:
    """For each use of ``after``, edition ``number``, by id: the edition since which it is materially the same.

    ``before`` is the edition that it follows, and ``earlier`` the answer for that one. A use that is new, or with which
    more is done, is of ``number``; one that merely reads otherwise, or does less, keeps its own.
    """
    new = {change.subject for change in changes(before, after) if change.kind == "use" and change.material}
    return {use.id: number if use.id in new else earlier.get(use.id, number) for use in after.uses}
