"""From entries to published files: tiles first, then the signer's own record, then the checkpoint.

Every step can be done again with the same outcome, so whatever a killed process left half-done, the next one completes.
The signer never signs a tree that does not begin with every tree it signed before, whatever the database says.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from transparency.ledger import merkle
from transparency.ledger.notes import Checkpoint
from transparency.ledger.shelf import Shelf, Sixteens
from transparency.ledger.tiles import HASH, HEIGHT, WIDTH, Layers, Tile, TiledTree, bundle, entries_path, folded, layers

SIGNED = "signed.json"
TOGETHER = 32  # files that are held in memory, and made durable together
NoteOf = Callable[[Checkpoint], str]


class RolledBack(Exception):  # noqa: N818 - a state of the log
    """What is to be signed contradicts what was signed before: a restored database, a second signer, or tampering."""


def write_tiles(shelf: Shelf, sixteens: Sixteens, old: int, tiles: Iterable[Sequence[bytes]]) -> None:
    """Publish the tree that grows from ``old`` leaves by the entries in ``tiles``, durably.

    Those are 256 each but for the last, and begin with the tile that leaf ``old`` belongs to. Raises ``RolledBack`` or
    ``OSError``. No file that the tree of ``old`` leaves has is written.
    """
    first = old // WIDTH
    files: dict[str, bytes] = {}
    roots = []
    for index, entries in enumerate(tiles, start=first):
        hashes = b"".join([sha256(b"\x00" + entry).digest() for entry in entries])
        if index == first:
            _compare(shelf, first, hashes[: old % WIDTH * HASH])
        files[entries_path(index, len(entries))] = bundle(entries)
        files[Tile(0, index, len(entries)).path] = hashes
        if len(entries) == WIDTH:
            roots.append(folded(hashes, 16))
        if len(files) >= TOGETHER:
            shelf.write(files)
            files = {}
    shelf.write(files | _above(shelf, old, [folded(sixteen) for sixteen in roots]))
    if roots:
        sixteens.put(first, b"".join(roots))


def _above(shelf: Shelf, old: int, full: Sequence[bytes]) -> dict[str, bytes]:
    """The files of the levels above the lowest: ``full`` are the roots of its tiles that became full."""
    files, level = {}, 1
    while full:
        index, width = divmod(old >> HEIGHT * level, WIDTH)
        hashes = (shelf.read(Tile(level, index, width).path) if width else b"") + b"".join(full)
        full = []
        for at in range(0, len(hashes), WIDTH * HASH):
            part = hashes[at : at + WIDTH * HASH]
            files[Tile(level, index + at // (WIDTH * HASH), len(part) // HASH).path] = part
            full += [folded(part)] if len(part) == WIDTH * HASH else []
        level += 1
    return files


def _compare(shelf: Shelf, index: int, hashes: bytes) -> None:
    """Raise ``RolledBack`` where the leaves of the tile that grows are not those published. Nothing is written then."""
    if not hashes:
        return
    try:
        published = shelf.read(Tile(0, index, len(hashes) // HASH).path)
    except FileNotFoundError:  # the files are made anew: what was signed is compared before anything is signed again
        return
    if published != hashes:
        raise RolledBack(f"Entries from {index * WIDTH} on are not those that were published.")


def tree(shelf: Shelf, size: int) -> TiledTree:
    """The published tree of that size."""
    return TiledTree(size, lambda tile: shelf.read(tile.path))


def quick_tree(shelf: Shelf, size: int, sixteens: Sixteens) -> TiledTree:
    """The same without reading what this process read before. What comes of it must be checked: files may change.

    Of two that are asked for the same full tile of the lowest level hardly any is asked again, so that its 255 hashes
    would be worked out for one proof: there the roots of every 16 leaves do.
    """

    def known(tile: Tile) -> Layers | None:
        if tile.level or tile.width < WIDTH:
            return _kept(str(shelf.folder), tile)
        roots = sixteens.get(tile.index)
        return (shelf.read(tile.path), b"", b"", b"", roots) if roots else None

    return TiledTree(size, lambda tile: shelf.read(tile.path), known)


@lru_cache(maxsize=512)  # 512 tiles above the lowest level stand for 33 million entries, in 8 MB
def _kept(folder: str, tile: Tile) -> Layers:
    return layers(Shelf(Path(folder)).read(tile.path))


def forget() -> None:
    """Read everything again: a file changed, which none of these ever should."""
    _kept.cache_clear()


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
