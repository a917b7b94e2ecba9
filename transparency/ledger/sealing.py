"""From entries to published files: tiles and the signer's own record, then the signature, then the checkpoint.

Every step can be done again with the same outcome, so whatever a killed process left half-done, the next one completes.
The signer never signs a tree that does not begin with every tree it signed before, whatever the database says.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from transparency.ledger import merkle
from transparency.ledger.notes import Checkpoint
from transparency.ledger.shelf import Filing, Shelf, Sixteens
from transparency.ledger.tiles import (
    HASH,
    HEIGHT,
    WIDTH,
    Layers,
    Tile,
    TiledTree,
    bundle,
    entries_path,
    folded,
    layers,
    unbundle,
)

SIGNED = "signed.json"
DAMAGED = (
    "The record of what was signed can't be read from {file}. Restore the folder “signer” from a backup; if it is lost,"
    " put this file aside and run: manage.py ledger_adopt"
)
OTHERS = (
    "Entries from {first} on are not those that were published. Either public files were damaged, or entries were"
    " changed in the database. “manage.py ledger_files” writes the files anew; where it refuses, restore the database."
)
TOGETHER = 8  # files that are held in memory, and handed to the disk together


class RolledBack(Exception):  # noqa: N818 - a state of the log
    """What is to be signed contradicts what was signed before: a restored database, a second signer, or tampering."""


@dataclass(frozen=True)
class Place:
    """Where a log stands: its name, its public files, its signer's own folder, and what makes proofs quick.

    ``seen`` is what somebody outside saw of it last, where that is known here.
    """

    origin: str
    shelf: Shelf
    record: Shelf
    sixteens: Sixteens
    seen: Checkpoint | None = None


def grow(log: Place, old: int, size: int, tiles: Iterable[Sequence[bytes]]) -> Checkpoint:
    """Publish the tree that grows from ``old`` leaves to ``size`` by the entries in ``tiles``; return what to sign.

    The tiles have 256 entries each but for the last, and begin with the one that leaf ``old`` belongs to. That this is
    signed next is in the signer's record by then, durable together with the files. Raises ``RolledBack`` where the tree
    does not begin with the one signed or seen last, or ``OSError``. No file of the tree of ``old`` leaves is written.
    """
    shelf = log.shelf

    def put(files: dict[str, bytes]) -> dict[str, bytes]:
        filing.put({shelf.place(path): data for path, data in files.items()})
        return {}

    with Filing() as filing:
        files, roots = _added(shelf, old, size, tiles, put)
        grown = _grown(shelf, files, size)
        point = Checkpoint(log.origin, size, merkle.root(size, grown))
        for before in (last_signed(log.record), log.seen):
            _follow(before, point, grown)
        put(files)
        filing.put({log.record.place(SIGNED): _told(point)})
    if roots:
        log.sixteens.put(old // WIDTH, b"".join(roots))
    return point


def mend_older(shelf: Shelf, size: int) -> None:
    """Write anew what smaller trees left, where it is not the beginning of what took its place. Raises ``OSError``.

    Whoever still follows an older checkpoint reads these; the files of the tree of ``size`` leaves must be right.
    """
    for folder in sorted((shelf.folder / "tile").rglob("*.p")):
        above = folder.relative_to(shelf.folder / "tile").parts[0]
        level = 0 if above == "entries" else int(above)
        whole = folder.with_suffix("")
        now = whole if whole.exists() else folder / str((size >> HEIGHT * level) % WIDTH)
        if not now.exists():
            continue
        data = now.read_bytes()
        pieces = unbundle(data) if above == "entries" else [data[at : at + HASH] for at in range(0, len(data), HASH)]
        for older in folder.iterdir():
            _mend(shelf, older, pieces[: int(older.name)] if older.name.isdecimal() else [], above)


def _mend(shelf: Shelf, file: Path, pieces: Sequence[bytes], above: str) -> None:
    was = bundle(pieces) if above == "entries" else b"".join(pieces)
    if pieces and file.read_bytes() != was:
        shelf.replace(str(file.relative_to(shelf.folder)), was)


def root_of(shelf: Shelf, old: int, size: int, tiles: Iterable[Sequence[bytes]]) -> bytes:
    """The root that ``grow`` would come to. Nothing is written; raises ``RolledBack`` and ``OSError`` as it does."""
    files, _ = _added(shelf, old, size, tiles, lambda files: files)
    return merkle.root(size, _grown(shelf, files, size))


def _added(
    shelf: Shelf,
    old: int,
    size: int,
    tiles: Iterable[Sequence[bytes]],
    many: Callable[[dict[str, bytes]], dict[str, bytes]],
) -> tuple[dict[str, bytes], list[bytes]]:
    """The new files, and of each tile that became full the roots of every 16 leaves.

    Where there are many files, ``many`` gives those that are still to be kept in memory.
    """
    first = old // WIDTH
    files: dict[str, bytes] = {}
    roots, found = [], first * WIDTH
    for index, entries in enumerate(tiles, start=first):
        hashes = b"".join([sha256(b"\x00" + entry).digest() for entry in entries])
        if index == first:
            _compare(shelf, first, hashes[: old % WIDTH * HASH])
        files = many(files) if len(files) >= TOGETHER else files
        files[entries_path(index, len(entries))] = bundle(entries)
        files[Tile(0, index, len(entries)).path] = hashes
        found += len(entries)
        if len(entries) == WIDTH:
            roots.append(folded(hashes, 16))
    if found != size:
        raise RolledBack(f"{size} entries have a place in the log, and {found} are here.")
    return files | _above(shelf, old, [folded(sixteen) for sixteen in roots]), roots


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
        raise RolledBack(OTHERS.format(first=index * WIDTH))


def tree(shelf: Shelf, size: int) -> TiledTree:
    """The published tree of that size."""
    return TiledTree(size, lambda tile: shelf.read(tile.path))


def _grown(shelf: Shelf, files: Mapping[str, bytes], size: int) -> TiledTree:
    """The tree once these files are published."""
    return TiledTree(size, lambda tile: files.get(tile.path) or shelf.read(tile.path))


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


def remember(record: Shelf, point: Checkpoint) -> None:
    """Write down, durably, what is signed."""
    record.replace(SIGNED, _told(point))


def _told(point: Checkpoint) -> bytes:
    return json.dumps({"origin": point.origin, "size": point.size, "root": point.root.hex()}).encode()


def read_point(text: str | bytes) -> Checkpoint:
    """The state of a log that a signer, or a witness, remembers in a file. Raises ``ValueError`` for another text."""
    said = json.loads(text)
    match said:
        case {"origin": str(origin), "size": int(size), "root": str(root)} if type(size) is int and size >= 0:
            point = Checkpoint(origin, size, bytes.fromhex(root))
            if len(point.root) == HASH:
                return point
    raise ValueError("This is no state of a log: origin, size and root.")


def last_signed(record: Shelf) -> Checkpoint | None:
    """What this signer signed last; ``None`` if it never signed. Raises ``RolledBack`` where its record is damaged."""
    try:
        return read_point(record.read(SIGNED))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as fault:
        raise RolledBack(DAMAGED.format(file=record.place(SIGNED))) from fault


def _follow(before: Checkpoint | None, after: Checkpoint, tree: TiledTree) -> None:
    """Raise ``RolledBack`` unless ``tree``, which is to be signed, begins with the one signed ``before``."""
    if before is None:
        return
    if before.origin != after.origin:
        raise RolledBack(f"This signer's record is of the log “{before.origin}”, not of “{after.origin}”.")
    if after.size < before.size:
        raise RolledBack(
            f"{before.size} entries were signed, and only {after.size} are here: the database is older than what was"
            " published. Restore a newer backup."
        )
    if before.size:
        _begins(before, after, merkle.consistency(before.size, after.size, tree))


def _begins(before: Checkpoint, after: Checkpoint, proof: Sequence[bytes]) -> None:
    try:
        merkle.check_consistency(before.size, before.root, after.size, after.root, proof)
    except merkle.BadProof as fault:
        raise RolledBack(f"The first {before.size} entries are not those that were signed: {fault}") from fault
