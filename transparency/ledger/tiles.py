"""Trees in tiles, as C2SP's tlog-tiles publishes them: 256 hashes a file, 256 entries a file, addresses for ever. Pure.

Level 0 holds the hashes of leaves; each hash of a level above stands for 256 of the one below. A tile that isn't full
yet has its width in its address, so that no address ever means two things.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

WIDTH, HEIGHT, HASH = 256, 8, 32  # 8 levels in a tile
SIXTEEN = 4  # levels: a tile has the roots of 16 times 16 leaves
LONGEST_ENTRY = 65_535
Reader = Callable[["Tile"], bytes]
"""Gives the bytes of a tile: its hashes, one after the other."""
Layers = tuple[bytes, ...]
"""What is known in a tile: its hashes, the roots of every 2, 4, 8, ... of them; empty where not worked out."""


@dataclass(frozen=True)
class Tile:
    """One tile: its level (in steps of 256), its index on that level, and how many hashes it holds."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_place(self.index, self.width)}"


def entries_path(index: int, width: int = WIDTH) -> str:
    """The address of the file with the entries of a tile of level 0."""
    return f"tile/entries/{_place(index, width)}"


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """The tiles of the tree of ``size`` leaves that the tree of ``since`` leaves did not have, lowest level first."""
    level = 0
    while size >> (HEIGHT * level):
        before, after = since >> (HEIGHT * level), size >> (HEIGHT * level)
        if after > before:
            yield from (Tile(level, index) for index in range(before // WIDTH, after // WIDTH))
            if after % WIDTH:
                yield Tile(level, after // WIDTH, after % WIDTH)
        level += 1


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as they stand in a file: each after its length, two bytes. Raises ``ValueError`` for one too long."""
    if max(map(len, entries), default=0) > LONGEST_ENTRY:
        raise ValueError(f"An entry may have {LONGEST_ENTRY:,} bytes.")
    return b"".join([len(entry).to_bytes(2) + entry for entry in entries])


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a file. Raises ``ValueError`` where it is cut short."""
    found, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        if end > len(data) or at + 2 > len(data):
            raise ValueError("The file of entries is cut short.")
        found.append(data[at + 2 : end])
        at = end
    return found


class TiledTree:
    """The full subtrees of a tree of ``size`` leaves, worked out from its tiles; each tile is read once.

    ``known`` gives what is known of a tile without reading all of it, and ``None`` where nothing is.
    """

    def __init__(self, size: int, read: Reader, known: Callable[["Tile"], Layers | None] = lambda tile: None) -> None:
        self.size, self._read, self._given = size, read, known
        self._known: dict[tuple[int, int], Layers] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """What ``merkle.Subtrees`` asks for."""
        above, height = level >> 3, level & 7
        first = index << height
        tile, at = first >> HEIGHT, first & (WIDTH - 1)
        known = self._known.get((above, tile)) or self._layers(above, tile)
        if height < len(known) and known[height]:
            place = (at >> height) * HASH
            return known[height][place : place + HASH]
        below = SIXTEEN if height >= SIXTEEN and len(known) > SIXTEEN else 0
        return folded(known[below][(at >> below) * HASH : (at + (1 << height) >> below) * HASH])

    def _layers(self, level: int, index: int) -> Layers:
        tile = Tile(level, index, min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH))
        found = self._given(tile) or self._from_hashes(tile)
        if len(found[0]) != tile.width * HASH:
            raise ValueError(f"A tile of {tile.width} hashes has {len(found[0])} bytes.")
        self._known[level, index] = found
        return found

    def _from_hashes(self, tile: Tile) -> Layers:
        """As ``layers``; of a full tile of level 0, which few ask for again, no more than its hashes."""
        hashes = self._read(tile)
        return layers(hashes) if tile.level or tile.width < WIDTH else (hashes,)


def folded(hashes: bytes, to: int = 1) -> bytes:
    """The root of a full subtree, from the hashes of its lowest level: a power of two of them. Or ``to`` many roots."""
    while len(hashes) > HASH * to:
        hashes = _halved(hashes)
    return hashes


def layers(hashes: bytes) -> Layers:
    """Everything in a tile: its hashes, those of every pair of them, and so on; what is left over has no pair yet."""
    found = [hashes]
    while len(found[-1]) > HASH:
        found.append(_halved(found[-1][: len(found[-1]) // (2 * HASH) * 2 * HASH]))
    return tuple(found)


def _halved(hashes: bytes) -> bytes:
    pairs = range(0, len(hashes), 2 * HASH)
    return b"".join([sha256(b"\x01" + hashes[at : at + 2 * HASH]).digest() for at in pairs])


def _place(index: int, width: int) -> str:
    digits = f"{index:03d}" if index < 1000 else ""
    if not digits:
        text = str(index)
        text = text.zfill(-(-len(text) // 3) * 3)
        groups = [text[at : at + 3] for at in range(0, len(text), 3)]
        digits = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return digits if width == WIDTH else f"{digits}.p/{width}"
