"""Merkle trees (RFC 6962, 2.1): roots, and proofs that a leaf is in a tree, or one tree in a larger one. Pure.

Sizes and indices are counted in leaves, from 0. Hashes are SHA-256, 32 bytes. ``Subtrees`` gives the root of the full
subtree of 2^level leaves that begins at leaf ``index << level``; trees of any size are made from those.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

Subtrees = Callable[[int, int], bytes]
EMPTY = hashlib.sha256(b"").digest()


class BadProof(Exception):  # noqa: N818 - says what the proof fails to show
    """The proof does not show what it should."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtrees_of(leaves: Sequence[bytes]) -> Subtrees:
    """The full subtrees over these leaf hashes, all of them worked out at once."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def root(size: int, subtrees: Subtrees) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return _range(0, size, subtrees) if size else EMPTY


def inclusion(index: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """The proof that leaf ``index`` is in the tree of ``size``: siblings from the leaf up to the root."""
    if not 0 <= index < size:
        raise ValueError(f"There is no leaf {index} in a tree of {size}.")
    return _path(index, 0, size, subtrees)


def consistency(old: int, new: int, subtrees: Subtrees) -> list[bytes]:
    """The proof that the tree of ``new`` leaves begins with the tree of ``old`` leaves; empty where they are equal."""
    if not 0 < old <= new:
        raise ValueError(f"There is no proof from a tree of {old} to one of {new}.")
    return _growth(old, 0, new, subtrees, whole=True)


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Raise ``BadProof`` unless the leaf with this hash stands at ``index`` of the tree with the ``expected`` root.

    The algorithm of RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise BadProof(f"Leaf {index} can't be in a tree of {size}.")
    found = leaf
    for on_the_left, sibling in _climb(index, size - 1, proof):
        found = node_hash(sibling, found) if on_the_left else node_hash(found, sibling)
    if found != expected:
        raise BadProof("The proof leads to another root.")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise ``BadProof`` unless the larger tree begins with the smaller one (RFC 9162, section 2.1.4.2)."""
    if not 0 < old <= new:
        raise BadProof(f"A tree of {new} can't be shown to follow one of {old}.")
    if old == new:
        if proof or old_root != new_root:
            raise BadProof("Two trees of one size have different roots.")
        return
    nodes = list(proof) if old & (old - 1) else [old_root, *proof]
    if not nodes:
        raise BadProof("The proof is empty.")
    shared = (~(old - 1) & old).bit_length() - 1  # levels at which the old tree ends in a full subtree
    before = after = nodes[0]
    for on_the_left, sibling in _climb(old - 1 >> shared, new - 1 >> shared, nodes[1:]):
        before = node_hash(sibling, before) if on_the_left else before
        after = node_hash(sibling, after) if on_the_left else node_hash(after, sibling)
    if before != old_root or after != new_root:
        raise BadProof("The larger tree does not begin with the smaller one.")


def _climb(node: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Each sibling on the way up, and whether it stands on the left. ``last`` is the last node of the lowest level."""
    for sibling in proof:
        if last == 0:
            raise BadProof("The proof is too long.")
        on_the_left = bool(node & 1) or node == last
        yield on_the_left, sibling
        while on_the_left and node and not node & 1:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    if last:
        raise BadProof("The proof is too short.")


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def _range(start: int, end: int, subtrees: Subtrees) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return subtrees(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range(start, middle, subtrees), _range(middle, end, subtrees))


def _path(index: int, start: int, end: int, subtrees: Subtrees) -> list[bytes]:
    down = []
    while (count := end - start) & (count - 1):
        middle = start + _split(count)
        if index < middle:
            down.append(_range(middle, end, subtrees))
            end = middle
        else:
            down.append(_range(start, middle, subtrees))
            start = middle
    within = [subtrees(level, index >> level ^ 1) for level in range(count.bit_length() - 1)]  # of a full subtree
    return within + down[::-1]


def _growth(old: int, start: int, end: int, subtrees: Subtrees, *, whole: bool) -> list[bytes]:
    if start + old == end:
        return [] if whole else [_range(start, end, subtrees)]
    middle = start + _split(end - start)
    if start + old <= middle:
        return [*_growth(old, start, middle, subtrees, whole=whole), _range(middle, end, subtrees)]
    left = _range(start, middle, subtrees)
    return [*_growth(start + old - middle, middle, end, subtrees, whole=False), left]
