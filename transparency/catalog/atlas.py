"""The whole graph in one file, as it was worked out last: for questions that the database is too slow for.

The processes of a machine map it into their memory, all of them the same pages of it; a question touches those that it
looks at. It rests on nothing: where it is missing, damaged or of another moment, whoever asks reads the database. It is
put in its place in one piece, and a process that reads an older one goes on reading that.
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from transparency.catalog.lineage import Flows, Lineage
from transparency.catalog.models import Source
from transparency.catalog.narrowing import Arrived, Known
from transparency.catalog.reachability import Ints, Leaving

FORMAT = b"tratlas2"
START = struct.Struct("<8sQI")
ALIGNED = 64
Array = NDArray[Any]


@dataclass(frozen=True)
class Contents:
    """What is not an array. ``stamp`` is of everything that the graph follows from, ``took`` the seconds it took.

    ``ends`` tells for each feature and stage the numbers of the assets that are bound to it.
    """

    stamp: str
    took: float
    categories: list[str]
    ends: list[tuple[str, str, list[int]]]


class Texts(Sequence[str]):
    """Many texts end to end, each read when it is asked for."""

    def __init__(self, octets: Array, starts: Array) -> None:
        self._octets, self._starts = octets, starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        start, end = self._starts[number : number + 2].tolist()
        return bytes(self._octets[start:end]).decode()

    @staticmethod
    def packed(texts: Iterable[str]) -> tuple[Array, Array]:
        octets = [text.encode() for text in texts]
        starts = np.concatenate(([0], np.cumsum([len(one) for one in octets], dtype=np.int64))).astype(np.int64)
        return np.frombuffer(b"".join(octets), dtype=np.uint8), starts


class Atlas:
    """A file that is open."""

    def __init__(self, contents: Contents, arrays: Mapping[str, Array]) -> None:
        self.stamp, self.took = contents.stamp, contents.took
        self.bits = {category: bit for bit, category in enumerate(contents.categories)}
        self.ends = {(feature, stage): numbers for feature, stage, numbers in contents.ends}
        self.keys = Texts(arrays["keys"], arrays["key_starts"])
        self.dataset, self.is_dataset = arrays["dataset"], arrays["is_dataset"]
        self.flow = arrays["flow"]
        """The place of the flow behind each edge, or -1 for an edge inside a dataset."""
        self.flows = Flows(**{name.removeprefix("flow_"): one for name, one in arrays.items() if "flow_" in name})
        into = Leaving(arrays["into"], arrays["into_first"])
        arrived = Arrived(*(arrays[f"arrived_{name}"] for name in Arrived._fields))
        self.known = Known(into, arrays["upstream"], arrays["found"], arrived, arrays.get("edge_stops"))
        self._held, self._held_first = arrays["held"], arrays["held_first"]

    def lineage(self, sources: Mapping[int, Source]) -> Lineage:
        """Its assets and flows, as far as ways are told from them: it knows nothing by name."""
        return Lineage(self.keys, self.dataset, self.is_dataset, self.flows, sources, {}, str, self.is_dataset)

    def held(self, category: str) -> list[int]:
        """The assets that are labelled with it, in the order of their keys."""
        first, end = self._held_first[self.bits[category] :][:2].tolist()
        return [int(one) for one in self._held[first:end]]

    def entries(self, held: Sequence[int]) -> Ints:
        """The nodes at which data enters those assets as a whole."""
        assets = np.array(held, dtype=np.int64)
        return np.asarray(assets + self.is_dataset[assets] * len(self.keys), dtype=np.int64)


def write(path: Path, contents: Contents, arrays: Mapping[str, Array]) -> None:
    """Put such a file in the place of the one that is there."""
    parts = {name: np.ascontiguousarray(one) for name, one in arrays.items()}
    told = {name: (one.dtype.str, one.shape) for name, one in parts.items()}
    head = json.dumps([asdict(contents), told]).encode()
    check = zlib.crc32(head)
    for one in parts.values():
        check = zlib.crc32(one.data.cast("B") if one.size else b"", check)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(START.pack(FORMAT, len(head), check) + head)
            for one in parts.values():
                file.write(bytes(-file.tell() % ALIGNED))
                file.write(one.data.cast("B") if one.size else b"")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read(path: Path) -> Atlas | None:
    """The file as it stands; ``None`` where there is none, or it is not as it was written."""
    try:
        with path.open("rb") as file:
            octets = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        name, length, check = START.unpack_from(octets)
        if name != FORMAT:
            return None
        head = octets[START.size : START.size + length]
        contents, told = json.loads(head)
        arrays = _arrays(octets, START.size + length, told)
        found = zlib.crc32(head)
        for one in arrays.values():
            found = zlib.crc32(one.data.cast("B") if one.size else b"", found)
        return Atlas(Contents(**contents), arrays) if found == check else None
    except (OSError, ValueError, struct.error):
        return None


def _arrays(octets: mmap.mmap, at: int, told: Mapping[str, tuple[str, list[int]]]) -> dict[str, Array]:
    arrays = {}
    for name, (kind, shape) in told.items():
        at += -at % ALIGNED
        one = np.frombuffer(octets, dtype=np.dtype(kind), count=int(np.prod(shape)), offset=at).reshape(shape)
        arrays[name], at = one, at + one.nbytes
    return arrays


class Shelf:
    """The file at a path as it stands now, opened once for each time that it was written."""

    def __init__(self) -> None:
        self._opened: tuple[tuple[str, int, int, int], Atlas | None] | None = None

    def at(self, path: Path) -> Atlas | None:
        try:
            about = path.stat()
        except OSError:
            return None
        signs = (str(path), about.st_ino, about.st_mtime_ns, about.st_size)
        opened = self._opened
        if opened is None or opened[0] != signs:
            self._opened = opened = (signs, read(path))
        return opened[1]
