"""The folder of published files: readers find each whole or not at all, and all are durable before they are signed."""

import os
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Self

AT_ONCE = 24  # files that the disk is asked to make durable
# Files that stand in their places before it is asked for any of them: one write of its journal does for all.
TOGETHER = 32
MOST_OPEN = 64  # files that wait for that


class Shelf:
    """Files below ``folder``, by their address: ``tile/0/000``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes:
        """Raises ``FileNotFoundError`` where there is no such file."""
        return (self.folder / path).read_bytes()

    def replace(self, path: str, data: bytes) -> None:
        """Write a file durably, in one step: a reader finds the old content or the new one. Raises ``OSError``."""
        with Filing() as filing:
            filing.put({self.place(path): data})

    def place(self, path: str) -> str:
        """Where a file of this folder stands."""
        return f"{self.folder}/{path}"


class Filing:
    """A block in which files are put in their places. When it ends without a fault, all of them are durable.

    The disk works on many that are there while the next ones are still made.
    """

    def __init__(self) -> None:
        self._folders: set[str] = set()
        self._placed: deque[int] = deque()
        self._syncing: deque[tuple[int, Future[None]]] = deque()

    def __enter__(self) -> Self:
        return self

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put these files in their places, in this order, each in one step. Raises ``OSError``."""
        for folder in {place.rpartition("/")[0] for place in files} - self._folders:
            self._folders |= {folder, *_made(folder)}
        for place, data in files.items():
            self._placed.append(_placed(place, data))
            if len(self._placed) >= TOGETHER:
                self._sync()

    def __exit__(self, kind: type[BaseException] | None, *fault: object) -> None:
        """Raises ``OSError`` where one of them could not be made durable."""
        try:
            if kind is None:
                for folder in self._folders:
                    self._placed.append(os.open(folder, os.O_RDONLY))
                self._sync()
            while self._syncing:
                self._wait()
        finally:
            while self._placed:
                os.close(self._placed.popleft())
            while self._syncing:
                with suppress(OSError):
                    self._wait()

    def _sync(self) -> None:
        """Have the disk make durable what is in its place."""
        while self._placed:
            handle = self._placed.popleft()
            self._syncing.append((handle, _disk(os.getpid()).submit(os.fsync, handle)))
            if len(self._syncing) > MOST_OPEN:
                self._wait()

    def _wait(self) -> None:
        handle, done = self._syncing.popleft()
        try:
            done.result()
        finally:
            os.close(handle)


class Sixteens:
    """The roots of every 16 leaves in each full tile of level 0, in one file: 512 bytes a tile.

    For speed alone: whoever makes a proof from them checks it, and what is not here is worked out from the tile.
    """

    LENGTH = 512

    def __init__(self, file: Path) -> None:
        self.file = file

    def put(self, index: int, roots: bytes) -> None:
        """Those of the tile at ``index``, and of as many after it as there are more."""
        with _open(self.file, os.O_WRONLY | os.O_CREAT) as handle:
            os.pwrite(handle, roots, index * self.LENGTH)

    def get(self, index: int) -> bytes | None:
        """Those of a tile; ``None`` where they were never written."""
        try:
            with _open(self.file) as handle:
                found = os.pread(handle, self.LENGTH, index * self.LENGTH)
        except FileNotFoundError:
            return None
        return found if len(found) == self.LENGTH and any(found) else None


def _made(folder: str) -> Iterator[str]:
    """Make this folder where there is none, and give those that it is new in, if it is."""
    place = Path(folder)
    while not place.is_dir():
        place = place.parent
        yield str(place)
    Path(folder).mkdir(parents=True, exist_ok=True)


def _placed(place: str, data: bytes) -> int:
    """A file that was written aside and stands in its place now, still open."""
    folder, _, name = place.rpartition("/")
    aside = f"{folder}/.{name}.{secrets.token_hex(4)}"
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        os.fchmod(handle, 0o644)
        while data:
            data = data[os.write(handle, data) :]
        Path(aside).replace(place)
    except BaseException:
        os.close(handle)
        with suppress(OSError):
            Path(aside).unlink()
        raise
    return handle


@lru_cache(maxsize=1)
def _disk(process: int) -> ThreadPoolExecutor:
    """Who wait for the disk, in this process. They stay: to start them takes as long as the disk does."""
    return ThreadPoolExecutor(AT_ONCE)


@contextmanager
def _open(path: Path | str, flags: int = os.O_RDONLY) -> Iterator[int]:
    handle = os.open(path, flags, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)
