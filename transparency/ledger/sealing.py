"""From entries to published files: tiles first, then the signer's own record, then the checkpoint.

Every step can be done again with the same outcome, so whatever a killed process left half-done, the next one completes.
The signer never signs a tree that does not begin with every tree it signed before, whatever the database says.
"""

import json
from collections.abc import Callable, Mapping, Sequence

from transparency.ledger import merkle
from transparency.ledger.notes import Checkpoint
from transparency.ledger.shelf import Shelf, Sixteens
from transparency.ledger.tiles import HASH, HEIGHT, WIDTH, Tile, TiledTree, bundle, entries_path, folded, tiles_of

SIGNED = "signed.json"
NoteOf = Callable[[Checkpoint], str]


class RolledBack(Exception):  # noqa: N818 - a state of the log
    """What is to be signed contradicts what was signed before: a restored database, a second signer, or tampering."""


def write_tiles(shelf: Shelf, sixteens: Sixteens, old: int, entries: Sequence[bytes]) -> None:
    """Publish the tree that grows from ``old`` leaves to all those given.

    ``entries`` begin with the first of the tile that leaf ``old`` belongs to: ``old - old % 256``. Raises
    ``RolledBack`` or ``OSError``. No file that the tree of ``old`` leaves has is written.
    """
    first = old - old % WIDTH
    size = first + len(entries)
    level = [merkle.leaf_hash(entry) for entry in entries]
    _compare(shelf, first, level[: old - first])
    parts = range(0, len(entries), WIDTH)
    files = {entries_path((first + at) // WIDTH, len(entries[at : at + WIDTH])): bundle(entries[at : at + WIDTH])
             for at in parts}  # fmt: skip
    known = {(0, (first + at) // WIDTH): b"".join(level[at : at + WIDTH]) for at in parts}
    for tile in tiles_of(size, since=old):
        if tile.level:
            known[tile.level, tile.index] = _hashes_above(tile, old, known, shelf)
        files[tile.path] = known[tile.level, tile.index]
    shelf.write(files)
    for (above, index), hashes in known.items():
        if above == 0 and len(hashes) == WIDTH * HASH:
            sixteens.put(index, folded(hashes, 16))


def _compare(shelf: Shelf, first: int, level: Sequence[bytes]) -> None:
    """Raise ``RolledBack`` where the leaves of the tile that grows are not those published. Nothing is written then."""
    if not level:
        return
    try:
        published = shelf.read(Tile(0, first // WIDTH, len(level)).path)
    except FileNotFoundError:  # the files are made anew: what was signed is compared before anything is signed again
        return
    if published != b"".join(level):
        raise RolledBack(f"Entries from {first} on are not those that were published.")


def _hashes_above(tile: Tile, old: int, known: Mapping[tuple[int, int], bytes], shelf: Shelf) -> bytes:
    """The hashes of a tile above level 0: those that it had already, and one for each tile below that is full now."""
    had = max(0, min((old >> HEIGHT * tile.level) - tile.index * WIDTH, WIDTH))
    before = shelf.read(Tile(tile.level, tile.index, had).path) if had else b""
    new = (known[tile.level - 1, tile.index * WIDTH + place] for place in range(had, tile.width))
    return before + b"".join(folded(one) for one in new)


def tree(shelf: Shelf, size: int, sixteens: Sixteens | None = None) -> TiledTree:
    """The published tree of that size. With ``sixteens`` it is quick, and what it gives must be checked."""
    quick = (sixteens.get,) if sixteens else ()
    return TiledTree(size, lambda tile: shelf.read(tile.path), *quick)


def sign(
    shelf: Shelf, record: Shelf, origin: str, size: int, note_of: Callable[[Checkpoint], str]
) -> tuple[bytes, str]:
    """The root and the signed note of the published tree of ``size`` leaves.

    ``record`` is the signer's own folder: what it signed last is written there before the signature is given away.
    Raises ``RolledBack`` where that tree does not begin with the one signed last.
    """
    root = merkle.root(size, tree(shelf, size))
    before = last_signed(record)
    if before is not None:
        _follow(before, Checkpoint(origin, size, root), shelf)
    checkpoint = Checkpoint(origin, size, root)
    note = note_of(checkpoint)
    remember(record, checkpoint)
    return root, note


def remember(record: Shelf, point: Checkpoint) -> None:
    """Write down, durably, what is signed."""
    record.replace(SIGNED, json.dumps({"origin": point.origin, "size": point.size, "root": point.root.hex()}).encode())


def last_signed(record: Shelf) -> Checkpoint | None:
    """What this signer signed last; ``None`` where it never signed anything."""
    try:
        said = json.loads(record.read(SIGNED))
    except FileNotFoundError:
        return None
    return Checkpoint(said["origin"], said["size"], bytes.fromhex(said["root"]))


def _follow(before: Checkpoint, after: Checkpoint, shelf: Shelf) -> None:
    if before.origin != after.origin:
        raise RolledBack(f"This signer's record is of the log “{before.origin}”, not of “{after.origin}”.")
    if after.size < before.size:
        raise RolledBack(
            f"{before.size} entries were signed, and only {after.size} are here: the database is older than what was"
            " published. Restore a newer backup."
        )
    if before.size == 0:
        return
    proof = merkle.consistency(before.size, after.size, tree(shelf, after.size))
    try:
        merkle.check_consistency(before.size, before.root, after.size, after.root, proof)
    except merkle.BadProof as fault:
        raise RolledBack(f"The first {before.size} entries are not those that were signed: {fault}") from fault
