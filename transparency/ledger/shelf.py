"""The folder of published files. Each is written whole or not at all, and none but the checkpoint is written twice."""

import contextlib
import os
import tempfile
from pathlib import Path


class Damaged(Exception):  # noqa: N818 - a state of the files
    """A file that must never change holds something else. Nothing was written; somebody has to look."""


class Shelf:
    """Files below ``folder``, by their address: ``tile/0/000``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes:
        """Raises ``FileNotFoundError`` where there is no such file."""
        return (self.folder / path).read_bytes()

    def put(self, path: str, data: bytes) -> None:
        """Write a file that never changes. Raises ``Damaged`` where another content stands there, and ``OSError``."""
        try:
            standing = self.read(path)
        except FileNotFoundError:
            self.replace(path, data)
            return
        if standing != data:
            raise Damaged(f"{self.folder / path} holds something else than it should. Compare it with a backup.")

    def replace(self, path: str, data: bytes) -> None:
        """Write a file durably, in one step: a reader finds the old content or the new one."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            Path(name).replace(place)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        _sync(place.parent)


def _sync(folder: Path) -> None:
    """Make the name of a new file durable, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
