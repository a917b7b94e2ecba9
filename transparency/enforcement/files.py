"""The files of a projection: a state, a table of planes, the planes, and the integers too large to be positions.

They are shared by the processes of a machine, and rest on nothing but its memory: nothing is flushed to the disk, for
after a crash of the machine (another boot) they are thrown away. A process may be killed at any moment: a state or a
table is written in one piece, planes may be written again from the state that stands, and what lies beyond what the
state or the table speaks of is no part of the projection.

Plane *n* lies at *n* strides from the start of one sparse file: nothing has to be moved when there are more members or
planes. Room is asked of the disk before a byte is written through the map, so a full disk is an error that can be
answered, and not the end of the process.

Nothing is taken for what was written unless a check says so: the state, the table and the large integers carry one
each, every touched bit its own, and beside each plane stands the sum of its bytes.
"""

import errno
import json
import mmap
import os
import struct
import threading
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transparency.enforcement.bits import Bits, Positions
from transparency.enforcement.places import Large, Space
from transparency.enforcement.planes import Kind, Plane
from transparency.enforcement.sums import A_PAGE, MODULUS, sum_of

FORMAT = b"trproj02"
LAYOUT = struct.Struct("<8s16s16s32s10Q")
CHECK = struct.Struct("<I")
SIZE = LAYOUT.size + CHECK.size
KEPT = 2**16  # the bits written last of which is kept where they lie
MARK_BITS = 24
MIX = np.array((0x1E3779B97F4A7C15, 0x3F58476D1CE4E5B9))  # two odd numbers without a pattern
BLOCK_BITS = 16
BLOCK = 2**BLOCK_BITS  # bytes of a plane that are asked of the disk at once
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class State:
    """What the files hold: the choices of which journal, up to which one, as which boot of the machine knew them.

    ``target`` is beyond ``sequence`` while choices are being applied: the planes may hold some of them, so they answer
    nothing. ``table`` counts the versions of the table, ``large`` the large integers, ``touched`` the bits that were
    ever written. ``numbers`` and ``texts`` are where the positions of integers and of textual keys end. ``large_check``
    is the CRC-32 of the large integers.
    """

    lineage: uuid.UUID
    boot: uuid.UUID
    digest: bytes
    bound: int
    erasures: int
    sequence: int = 0
    target: int = 0
    table: int = 0
    large: int = 0
    numbers: int = 0
    texts: int = 0
    touched: int = 0
    large_check: int = 0

    def packed(self) -> bytes:
        ids = (self.lineage.bytes, self.boot.bytes, self.digest)
        where = (self.bound, self.erasures, self.sequence, self.target)
        ends = (self.table, self.large, self.numbers, self.texts, self.touched, self.large_check)
        body = LAYOUT.pack(FORMAT, *ids, *where, *ends)
        return body + CHECK.pack(zlib.crc32(body))

    @classmethod
    def of(cls, octets: bytes) -> "State | None":
        """The state in these bytes; ``None`` where they hold none, or one of another format."""
        body = octets[: LAYOUT.size]
        if len(octets) != SIZE or CHECK.unpack(octets[LAYOUT.size :]) != (zlib.crc32(body),):
            return None
        name, lineage, boot, digest, *counts = LAYOUT.unpack(body)
        return cls(uuid.UUID(bytes=lineage), uuid.UUID(bytes=boot), digest, *counts) if name == FORMAT else None


@dataclass(frozen=True)
class Table:
    """Which planes there are, in the order in which they lie in the file, and the scopes of the choices applied.

    ``behind`` names, for planes that are being built, the choice that they have come to; all others have come to the
    state's. A scope that isn't here has no choice up to the state's.
    """

    planes: tuple[Plane, ...] = ()
    scopes: Mapping[str, int] = field(default_factory=dict)
    behind: Mapping[Plane, int] = field(default_factory=dict)
    slots: Mapping[Plane, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", {plane: slot for slot, plane in enumerate(self.planes)})

    @cached_property
    def ready(self) -> tuple[Plane, ...]:
        """The planes that have come to the state's choice."""
        return tuple(plane for plane in self.planes if plane not in self.behind)

    def is_ready(self, plane: Plane) -> bool:
        return plane in self.slots and plane not in self.behind

    def has(self, planes: tuple[Plane, ...]) -> bool:
        """Whether these can be read; found out once for each kind of question, for a table never changes."""
        if planes not in self._had:
            self._had[planes] = all(plane.scope not in self.scopes or self.is_ready(plane) for plane in planes)
        return self._had[planes]

    @cached_property
    def _had(self) -> dict[tuple[Plane, ...], bool]:
        return {}

    def packed(self) -> bytes:
        behind = {str(self.slots[plane]): through for plane, through in self.behind.items()}
        document = {"planes": [asdict(plane) for plane in self.planes], "scopes": self.scopes, "behind": behind}
        body = json.dumps(document).encode()
        return CHECK.pack(zlib.crc32(body)) + body

    @classmethod
    def of(cls, octets: bytes) -> "Table":
        """The table in these bytes. Raises ``ValueError`` where one of them is not as it was written.

        A scope that the table lost would be one at which nobody ever refused.
        """
        check, body = octets[: CHECK.size], octets[CHECK.size :]
        if check != CHECK.pack(zlib.crc32(body)):
            raise ValueError("The table is not as it was written.")
        document = json.loads(body)
        planes = tuple(
            Plane(Kind(one["kind"]), one["scope"], one["since"], tuple(one["signals"])) for one in document["planes"]
        )
        behind = {planes[int(slot)]: through for slot, through in document["behind"].items()}
        return cls(planes, document["scopes"], behind)

    def extended(self, planes: list[Plane], *, behind: bool) -> "Table":
        """With further planes; they have everything to catch up with where ``behind``."""
        later = dict.fromkeys(planes, 0) if behind else {}
        return replace(self, planes=(*self.planes, *planes), behind={**self.behind, **later})


class Broken(Exception):  # noqa: N818 - says what is wrong with the files
    """The files do not hold what the state says; they must be made anew."""


@cache
def boot() -> uuid.UUID:
    """Which boot of the machine this is; the same for ever where the system doesn't tell."""
    try:
        return uuid.UUID(BOOT_ID.read_text().strip())
    except FileNotFoundError:  # not Linux: development only
        return uuid.UUID(int=0)


class Generation:
    """One set of files in a folder. Whoever calls holds the lock: shared to read, exclusive to write."""

    def __init__(self, folder: Path, space: Space) -> None:
        self.folder, self.space = folder, space
        self._state_file, self._planes_file = str(folder / "state"), str(folder / "planes")
        self.table, self._version = Table(), -1
        self.large, self.large_check = Large.none(), 0
        self.sound: set[Plane] = set()  # those that this process found to be as they were written
        self._map: Bits = np.empty(0, dtype=np.uint8)
        self._claimed: dict[Plane, NDArray[np.bool_]] = {}
        self._refreshing = threading.Lock()
        self._understood: tuple[bytes, State | None] = b"", None

    def state(self) -> State | None:
        """The state as it stands; ``None`` where there is none that can be understood."""
        try:
            handle = os.open(self._state_file, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            octets = os.read(handle, SIZE + 1)
        finally:
            os.close(handle)
        understood = self._understood  # in one piece: other threads put another in its place
        if understood[0] != octets:
            understood = self._understood = octets, State.of(octets)
        return understood[1]

    def refresh(self, state: State) -> None:
        """Look again at whatever another process may have changed. Raises ``Broken``, or ``OSError``."""
        with self._refreshing:
            try:
                if self._version != state.table:
                    self.table = Table.of((self.folder / "table").read_bytes())
                self._open()
                if self.large.count != state.large:
                    self._read_large(state.large, state.large_check)
            except (FileNotFoundError, ValueError, LookupError, TypeError) as fault:
                raise Broken(str(self.folder)) from fault
            self._version = state.table

    def bits(self, plane: Plane) -> Bits:
        start = self.table.slots[plane] * self.space.stride
        return self._map[start : start + self.space.stride]

    def is_sound(self, planes: Iterable[Plane]) -> bool:
        """Whether every byte of these planes is as it was written."""
        written = self.sums()
        return all(self.weighed(plane) == written[self.table.slots[plane]] for plane in planes)

    def weighed(self, plane: Plane) -> int:
        """The sum of a plane's bytes as they are. What was never written is a hole in the file, and is left out."""
        start, octets = self.table.slots[plane] * self.space.stride, self.bits(plane)
        return sum(sum_of(octets[low:high], low) for low, high in self._extents(start, octets.size)) % MODULUS

    def _extents(self, start: int, size: int) -> Iterator[tuple[int, int]]:
        """Where there is anything in so many bytes of the file of planes, in whole pages counted from ``start``."""
        at = 0
        with (self.folder / "planes").open("rb", buffering=0) as file:
            while at < size:
                found = _seek(file.fileno(), start + at, os.SEEK_DATA) - start
                if found >= size:
                    return
                low = max(at, found // A_PAGE * A_PAGE)
                end = _seek(file.fileno(), start + found, os.SEEK_HOLE) - start
                at = min(size, -(-end // A_PAGE) * A_PAGE)
                yield low, at

    def sums(self) -> list[int]:
        """The sum of each plane as it was written, by its slot; 0 for planes in which nothing was written yet."""
        try:
            octets = (self.folder / "sums").read_bytes()
        except FileNotFoundError:
            octets = b""
        found: list[int] = np.frombuffer(octets[: len(octets) // 8 * 8], dtype="<u8").tolist()
        return found + [0] * (len(self.table.planes) - len(found))

    def write_sums(self, sums: list[int]) -> None:
        handle = os.open(self.folder / "sums", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, np.array(sums, dtype="<u8").tobytes(), 0)
        finally:
            os.close(handle)

    def claim(self, plane: Plane, octets: NDArray[np.int64]) -> None:
        """Have the disk keep room for these bytes of a plane. Raises ``OSError`` where it has none."""
        claimed = self._claimed.setdefault(plane, np.zeros(self.space.stride // BLOCK + 1, dtype=np.bool_))
        blocks = octets >> BLOCK_BITS
        unknown = blocks[~claimed[blocks]]
        if not unknown.size:
            return
        start, new = self.table.slots[plane] * self.space.stride, np.unique(unknown)
        with (self.folder / "planes").open("r+b") as file:
            for low in (new << BLOCK_BITS).tolist():
                os.posix_fallocate(file.fileno(), start + low, min(BLOCK, self.space.stride - low))
        claimed[new] = True

    def write_state(self, state: State) -> None:
        """In one write, and within one page: a process that is killed leaves the one before, or this one."""
        handle = os.open(self._state_file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, state.packed(), 0)
        finally:
            os.close(handle)

    def write_table(self, table: Table) -> None:
        """Replaced as a whole. The state must be written afterwards, with the next number of the table."""
        size = max(1, len(table.planes)) * self.space.stride
        with (self.folder / "planes").open("ab") as file:
            if file.tell() < size:
                file.truncate(size)
        temporary = self.folder / "table.new"
        temporary.write_bytes(table.packed())
        temporary.replace(self.folder / "table")
        self.table, self._version = table, -1
        self._open()

    def write_touched(self, count: int, positions: Positions) -> None:
        """Keep where the next bits are written, after ``count`` that were written before."""
        last = positions[-KEPT:]
        last = _marked(last, count + positions.size - last.size)
        at = (count + positions.size - last.size) % KEPT
        handle = os.open(self.folder / "touched", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, last[: KEPT - at].tobytes(), 8 * at)
            os.pwrite(handle, last[KEPT - at :].tobytes(), 0)
        finally:
            os.close(handle)

    def touched(self, after: int, through: int) -> Positions | None:
        """Where the bits after the first ``after`` lie; ``None`` where that isn't kept any more, or not as written."""
        if through - after > KEPT:
            return None
        with (self.folder / "touched").open("rb") as file:
            kept = np.frombuffer(file.read(), dtype="<i8").astype(np.int64)
        marked = kept.take(np.arange(after, through) % KEPT, mode="clip")
        positions = marked >> MARK_BITS
        return positions if np.array_equal(_marked(positions, after), marked) else None

    def append_large(self, numbers: NDArray[np.int64]) -> None:
        """Give these large integers, none of which is known, the next positions."""
        with (self.folder / "large").open("r+b" if (self.folder / "large").exists() else "w+b") as file:
            file.seek(self.large.count * numbers.itemsize)
            octets = numbers.astype("<i8").tobytes()
            file.write(octets)
        self.large, self.large_check = self.large.extended(numbers), zlib.crc32(octets, self.large_check)

    def _read_large(self, count: int, check: int) -> None:
        known, so_far = (self.large, self.large_check) if self.large.count < count else (Large.none(), 0)
        with (self.folder / "large").open("rb") as file:
            file.seek(known.count * 8)
            octets = file.read((count - known.count) * 8)
        if zlib.crc32(octets, so_far) != check:
            raise ValueError("The file of large integers is not as it was written.")
        self.large, self.large_check = known.extended(np.frombuffer(octets, dtype="<i8").astype(np.int64)), check

    def _open(self) -> None:
        """Map the file as far as the table goes. It is measured each time: reading beyond its end ends a process."""
        size = max(1, len(self.table.planes)) * self.space.stride
        if os.stat(self._planes_file).st_size < size:  # noqa: PTH116 - measured before each answer: three times faster
            raise ValueError("The file of planes is shorter than it was written.")
        if size != self._map.size:
            with (self.folder / "planes").open("r+b") as file:
                self._map = np.frombuffer(mmap.mmap(file.fileno(), size), dtype=np.uint8)


def _seek(handle: int, at: int, what: int) -> int:
    """Where the next data or the next hole is; the end of the file where there is none."""
    try:
        return os.lseek(handle, at, what)
    except OSError as fault:
        if fault.errno != errno.ENXIO:
            raise
        return os.lseek(handle, 0, os.SEEK_END)


def _marked(positions: Positions, first: int) -> Positions:
    """Each with a mark behind it that only it has as the bit of its number, of which the first is ``first``."""
    numbers = np.arange(first, first + positions.size, dtype=np.int64)
    mixed = (positions * MIX[0] ^ numbers * MIX[1]) * MIX[0]
    found: Positions = positions << MARK_BITS | (mixed >> 64 - MARK_BITS) & (2**MARK_BITS - 1)
    return found
