"""Where a pipeline keeps its list between runs: a Parquet file that any engine reads, and the newest header beside it.

The file changes only with the members; the header is renewed each time the server says that they are still the same.
A header counts only for the very members that it was sealed for, so a crash between the two costs freshness only.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from transparency.enforcement.lists.columns import index_parquet, read_parquet, write_parquet
from transparency.enforcement.lists.header import Damaged, Header, from_json
from transparency.enforcement.lists.matching import Index, index_of
from transparency.enforcement.lists.members import Members

LIST, LATEST = "list.parquet", "latest.json"


@dataclass(frozen=True)
class Held:
    """A list that was proved whole, and the newest header that was sealed for it."""

    header: Header
    index: Index


class Shelf:
    """One list's place, in a folder of its own below ``folder``, which nobody else may read."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder / hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = self.folder / LIST

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process of this machine renews the list at a time."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def unproved(self) -> Path:
        """Where something may be written, under the lock, that nobody trusts yet."""
        return self.folder / "unproved"

    def held(self) -> Held | None:
        """The list that is kept; nothing where there is none, or it is damaged."""
        try:
            with self.path.open("rb") as file:
                header, index = index_parquet(file)
        except (OSError, Damaged):
            return None
        latest = self._latest()
        return Held(latest if latest and _renews(latest, header) else header, index)

    def members(self) -> Members:
        """The members of the list that is kept. Raises ``Damaged``, or ``OSError``."""
        with self.path.open("rb") as file:
            _, members = read_parquet(file)
        if not isinstance(members, Members):
            raise Damaged("Changes were kept as a list.")
        return members

    def sequence(self) -> int:
        """The highest sequence number that was confirmed here."""
        latest = self._latest()
        return latest.sequence if latest else 0

    def keep(self, header: Header, members: Members) -> Held:
        """Keep these members from now on."""
        with _private(self.folder / "new") as file:
            write_parquet(file, header, members)
        return self._placed(self.folder / "new", header, index_of(members))

    def take(self, header: Header, index: Index) -> Held:
        """Keep what was downloaded, which is proved to hold this header and these members."""
        return self._placed(self.unproved, header, index)

    def confirm(self, held: Held, header: Header) -> Held:
        """The same members are right as of a newer header."""
        with _private(self.folder / "newest") as file:
            file.write(header.to_json())
        (self.folder / "newest").replace(self.folder / LATEST)
        return replace(held, header=header)

    def _placed(self, file: Path, header: Header, index: Index) -> Held:
        file.replace(self.path)
        return self.confirm(Held(header, index), header)

    def _latest(self) -> Header | None:
        try:
            return from_json((self.folder / LATEST).read_bytes())
        except (OSError, Damaged):
            return None


def _renews(latest: Header, header: Header) -> bool:
    same = ("digest", "kind", "base", "audience", "feature", "stage", "categories")
    return latest.sequence >= header.sequence and all(getattr(latest, name) == getattr(header, name) for name in same)


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """Written durably, for nobody else to read."""
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
