"""Files that others put below the imports folder: found safely, read line by line, never more than they may hold."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from transparency.catalog import limits
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.untrusted import shortened


def located(location: str, root: Path) -> Path:
    """The file or folder that a source's location names. Raises ``SourceUnreadable`` if it isn't below ``root``."""
    shown = shortened(location, 100)
    if not location.strip() or "\0" in location:
        raise SourceUnreadable("The source has no location; name a file or folder below the imports folder.")
    if Path(location).is_absolute() or ".." in Path(location).parts:
        raise SourceUnreadable(f"“{shown}” must be a path below the imports folder, without “..”.")
    try:
        path = (root / location).resolve()
        there = path.exists()
    except OSError as fault:  # a name longer than any file's, or a folder that we may not look into
        raise SourceUnreadable(f"“{shown}” can't be looked for: {fault.strerror}.") from fault
    if not path.is_relative_to(root.resolve()):
        raise SourceUnreadable(f"“{shown}” leads out of the imports folder.")
    if not there:
        raise SourceUnreadable(f"“{shown}” is not there.", retryable=True)
    return path


def files_in(path: Path) -> list[Path]:
    """The file itself, or every file of the folder and its folders, by name; hidden files and links are left out."""
    found = [path] if path.is_file() else sorted(each for each in path.rglob("*") if _counts(each, path))
    if not found:
        raise SourceUnreadable(f"There are no files in “{shortened(path.name, 100)}”.", retryable=True)
    if sum(each.stat().st_size for each in found) > limits.FILE_BYTES:
        raise SourceUnreadable(f"The files have more than {limits.FILE_BYTES:,} bytes together; split the source.")
    return found


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Each line with its number, and whether it ends like one. A line beyond the limit comes cut to one byte more."""
    with _opened(path) as file:
        number = 0
        try:
            while line := file.readline(limits.BODY_BYTES + 1):
                number += 1
                whole = line.endswith(b"\n")
                while not whole and len(line) > limits.BODY_BYTES and (rest := file.readline(limits.BODY_BYTES)):
                    whole = rest.endswith(b"\n")
                yield number, line, whole
        except (OSError, EOFError, zlib.error) as fault:
            message = f"{shortened(path.name, 100)} can't be read to its end (line {number + 1})."
            raise SourceUnreadable(message, retryable=True) from fault


def whole_file(path: Path, limit: int) -> bytes:
    """The content of a file of at most ``limit`` bytes."""
    if not path.is_file():
        raise SourceUnreadable(f"{path.name} is not there.", retryable=True)
    if path.stat().st_size > limit:
        raise SourceUnreadable(f"{path.name} has more than {limit:,} bytes.")
    try:
        return path.read_bytes()
    except OSError as fault:
        raise SourceUnreadable(f"{path.name} can't be read.", retryable=True) from fault


def _counts(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.is_file() and not path.is_symlink() and not hidden


def _opened(path: Path) -> BinaryIO:
    try:
        return cast("BinaryIO", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")
    except OSError as fault:
        raise SourceUnreadable(f"{shortened(path.name, 100)} can't be opened.", retryable=True) from fault
