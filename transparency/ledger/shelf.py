"""The folder of published files: readers find each whole or not at all, and all are durable before they are signed."""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


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
        """Write all these files, then wait once until all are durable: the disk does them together."""
        places = [self.folder / path for path in files]
        for folder in {place.parent for place in places}:
            folder.mkdir(parents=True, exist_ok=True)
        for place, data in zip(places, files.values(), strict=True):
            _put(place, data)
        for place in {*places, *(place.parent for place in places)}:
            _sync(place)


class Sixteens:
    """The roots of every 16 leaves in each full tile of level 0, in one file: 512 bytes a tile.

    For speed alone: whoever makes a proof from them checks it, and what is not here is worked out from the tile.
    """

    LENGTH = 512

    def __init__(self, file: Path) -> None:
        self.file = file

    def put(self, index: int, roots: bytes) -> None:
        handle = os.open(self.file, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(handle, roots, index * self.LENGTH)
        finally:
            os.close(handle)

    def get(self, index: int) -> bytes | None:
        """Those of a tile; ``None`` where they were never written."""
        try:
            handle = os.open(self.file, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            found = os.pread(handle, self.LENGTH, index * self.LENGTH)
        finally:
            os.close(handle)
        return found if len(found) == self.LENGTH and any(found) else None


def _put(place: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o644)
        Path(name).replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _sync(place: Path) -> None:
    """Make a file's content, or the names in a folder, durable."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
