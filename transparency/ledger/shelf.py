"""The folder of published files: readers find each whole or not at all, and all are durable before they are signed."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

AT_ONCE = 8  # files that the disk is asked to make durable


class Shelf:
    """Files below ``folder``, by their address: ``tile/0/000``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes:
        """Raises ``FileNotFoundError`` where there is no such file."""
        return (self.folder / path).read_bytes()

    def replace(self, path: str, data: bytes) -> None:
        """Write a file durably, in one step: a reader finds the old content or the new one. Raises ``OSError``."""
        self.write({path: data})

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write all these files durably, each in one step."""
        write({self.place(path): data for path, data in files.items()})

    def place(self, path: str) -> str:
        """Where a file of this folder stands."""
        return f"{self.folder}/{path}"


def write(files: Mapping[str, bytes]) -> None:
    """Put all these files in their places, in this order, then wait once until all are durable: the disk does them

    together. Raises ``OSError``.
    """
    folders = {place.rpartition("/")[0] for place in files}
    changed = set().union(folders, *map(_made, folders))
    with ExitStack() as opened:
        written = [opened.enter_context(_placed(place, data)) for place, data in files.items()]
        _sync([*written, *(opened.enter_context(_open(folder)) for folder in changed)])


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


@contextmanager
def _placed(place: str, data: bytes) -> Iterator[int]:
    """A file that was written aside and stands in its place now, still open."""
    folder, _, name = place.rpartition("/")
    aside = f"{folder}/.{name}.{secrets.token_hex(4)}"
    with _open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as handle:
        try:
            os.fchmod(handle, 0o644)
            while data:
                data = data[os.write(handle, data) :]
            Path(aside).replace(place)
        except BaseException:
            with suppress(OSError):
                Path(aside).unlink()
            raise
        yield handle


def _sync(handles: Sequence[int]) -> None:
    """Make files, and the names in folders, durable: many at once, which takes a disk no longer than a few."""
    if len(handles) <= 2:
        for handle in handles:
            os.fsync(handle)
        return
    with ThreadPoolExecutor(AT_ONCE) as disk:
        list(disk.map(os.fsync, handles))


@contextmanager
def _open(path: Path | str, flags: int = os.O_RDONLY) -> Iterator[int]:
    handle = os.open(path, flags, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)
