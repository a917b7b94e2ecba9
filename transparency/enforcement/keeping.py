"""Keeps a projection up with the choices: whoever asks it is answered from the head of the journal or a later choice.

The processes of a machine share the files. Readers hold a shared lock, and whoever applies choices an exclusive one.
The next one takes over from a process that was killed: what it applied in part is applied again, to the same effect.
"""

import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from transparency.accounts.patience import more_patience
from transparency.consent import journal
from transparency.consent.journal import Gap
from transparency.consent.queries import NOWHERE, Head
from transparency.enforcement.bits import Bits, Positions, put, spots, turned
from transparency.enforcement.files import Broken, Generation, State, Table, boot
from transparency.enforcement.places import Full, Numbers, Space
from transparency.enforcement.planes import Batch, Plane
from transparency.enforcement.sums import MODULUS

PATIENCE = 10.0  # seconds that a question waits for others, or works on being caught up
A_CHUNK = 500_000  # choices that are applied at once: what a kill can make undone
SLEEPS = (0.0005, 0.02)  # seconds between two tries to get the lock: the first, and the longest


class NotNow(Exception):  # noqa: N818 - a decision about a question
    """There is no answer now; the message says why. Ask again after ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Behind(NotNow):
    """The database knows less than was answered from before: it was restored from a backup."""


@dataclass(frozen=True)
class View:
    """A projection as it stands while the lock is held."""

    generation: Generation
    state: State

    @property
    def sequence(self) -> int:
        return self.state.sequence

    @property
    def is_whole(self) -> bool:
        """Whether nobody was killed while they applied choices."""
        return self.state.sequence == self.state.target

    def follows(self, head: Head, least: int) -> bool:
        """Whether it stands at the head, or between it and a choice that is late enough."""
        return self.state.lineage == head.lineage and least <= self.sequence <= head.sequence

    def is_beyond(self, head: Head) -> bool:
        """Whether it holds what was not there when the head was read."""
        return self.state.lineage != head.lineage or self.sequence > head.sequence

    def has(self, planes: Sequence[Plane]) -> bool:
        """Whether these planes can be read."""
        return self.generation.table.has(tuple(planes))

    def is_sound(self, planes: Iterable[Plane]) -> bool:
        """Whether these planes, as far as they are there, were as they were written when this process first looked."""
        generation = self.generation
        new = [one for one in planes if one not in generation.sound and generation.table.is_ready(one)]
        if new and not generation.is_sound(new):
            return False
        generation.sound.update(new)
        return True

    def read(self, plane: Plane) -> Bits | None:
        """All bytes of a plane; ``None`` where nobody ever chose anything at its scope."""
        table = self.generation.table
        return self.generation.bits(plane) if plane.scope in table.scopes else None


class Projection:
    """The projection in the folder ``root``. ``wanted`` names the planes that are to be kept, ``head`` asks for it."""

    def __init__(self, root: Path, space: Space) -> None:
        self.root, self.space = root, space
        self._lock_file, self._current = str(root / "lock"), str(root / "current")
        self._generation: Generation | None = None

    @contextmanager
    def view(
        self, head: Head, needed: Sequence[Plane], wanted: Sequence[Plane], ask: Callable[[], Head]
    ) -> Iterator[View]:
        """The projection at ``head`` or a later choice, with the planes that are ``needed``; nothing changes meanwhile.

        ``wanted`` are all planes that are to be kept, ``ask`` reads the head again. Raises ``NotNow`` or ``OSError``.
        """
        deadline, least = time.monotonic() + PATIENCE, head.sequence
        while True:
            with self._lock(fcntl.LOCK_SH, deadline):
                view = self._look()
                if view and view.is_whole and view.follows(head, least) and view.has(needed) and view.is_sound(needed):
                    _refuse_if_behind(head, view.state)
                    yield view
                    return
            if view and view.is_whole and view.is_beyond(head):
                # Another process was told of later choices; or the database has fewer than it had.
                head = ask()
                _refuse_if_behind(head, view.state)
                if view.state.lineage == head.lineage:
                    continue
            with self._lock(fcntl.LOCK_EX, deadline):
                view = self._look()
                if view is None or view.is_beyond(head) or view.state.target >= head.sequence:
                    head = ask()  # the files are not plainly behind: others caught up, or belong to another journal
                self._advance(view, head, needed, wanted, deadline)

    @contextmanager
    def _lock(self, kind: int, deadline: float) -> Iterator[None]:
        """Each holder opens the file anew, so that the threads of a process keep each other out too."""
        handle = self._handle()
        try:
            wait, longest = SLEEPS
            while not _taken(handle, kind):
                if time.monotonic() > deadline:
                    raise NotNow("Choices are still being applied. Ask again.", retry_after=2)
                time.sleep(wait)
                wait = min(2 * wait, longest)
            yield
        finally:
            os.close(handle)

    def _handle(self) -> int:
        try:
            return os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            self.root.mkdir(parents=True, exist_ok=True)
            return os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)

    def _look(self) -> View | None:
        """The projection as it stands, if it can be used and is of this boot of the machine."""
        try:
            name = os.readlink(self._current)  # noqa: PTH115 - asked before each answer: ten times faster
        except FileNotFoundError:
            return None
        if self._generation is None or self._generation.folder.name != name:
            self._generation = Generation(self.root / name, self.space)
        generation = self._generation
        state = generation.state()
        if state is None or (state.bound, state.boot) != (self.space.bound, boot()):
            return None
        try:
            generation.refresh(state)
        except Broken:
            return None
        return View(generation, state)

    def _advance(
        self, view: View | None, head: Head, needed: Sequence[Plane], wanted: Sequence[Plane], deadline: float
    ) -> None:
        """Apply every choice up to the head, and build those of the needed planes that are not there yet."""
        if view:
            _refuse_if_behind(head, view.state)
        if view is None or view.state.lineage != head.lineage or (view.is_whole and not view.is_sound(needed)):
            view = self._begin(head)
        keeper = Keeper(view.generation, view.state)
        try:
            with more_patience(PATIENCE):
                keeper.follow(head, wanted, deadline)
                keeper.build(needed, wanted, deadline)
        except (Full, Gap) as fault:
            raise NotNow(str(fault), retry_after=600) from fault

    def renew(self, wanted: Sequence[Plane], ask: Callable[[], Head]) -> bool:
        """Make all files anew beside those that answer meanwhile, then put them in their place.

        After a member was erased: nobody can tell any more which bits were theirs. Gives whether it was done; another
        process may be at it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "renewal").open("w") as renewal:
            if not _taken(renewal.fileno(), fcntl.LOCK_EX):
                return False
            head, never = ask(), float("inf")
            view = self._empty(head)
            keeper = Keeper(view.generation, view.state)
            keeper.follow(head, wanted, never)
            with self._lock(fcntl.LOCK_EX, time.monotonic() + PATIENCE):
                head = ask()
                answering = self._look()
                if answering:
                    _refuse_if_behind(head, answering.state)
                keeper.follow(head, wanted, never)
                self._point_to(keeper.generation)
        return True

    def check(self, ask: Callable[[], Head], every: float = 0.0) -> bool:
        """Compare every plane with the sum of what was written; where one differs, all are begun anew at once.

        Gives whether all were sound. Nothing is done where another process is at it, or was within ``every`` seconds.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "check").open("a") as check:
            if abs(time.time() - os.fstat(check.fileno()).st_mtime) < every or not _taken(
                check.fileno(), fcntl.LOCK_EX
            ):
                return True
            sound = all(self._is_sound(plane, ask) for plane in self._planes())
            os.utime(check.fileno())
        return sound

    def _planes(self) -> tuple[Plane, ...]:
        with self._lock(fcntl.LOCK_SH, time.monotonic() + PATIENCE):
            view = self._look()
            return view.generation.table.planes if view else ()

    def _is_sound(self, plane: Plane, ask: Callable[[], Head]) -> bool:
        """Whether this plane is as it was written. Where it isn't, nobody is answered from these files any more."""
        with self._lock(fcntl.LOCK_SH, time.monotonic() + PATIENCE):
            view = self._look()
            if view is None or not (view.is_whole and view.generation.table.is_ready(plane)):
                return True
            if view.generation.is_sound([plane]):
                return True
        with self._lock(fcntl.LOCK_EX, time.monotonic() + PATIENCE):
            head, answering = ask(), self._look()
            if answering and answering.generation is view.generation:
                _refuse_if_behind(head, answering.state)
                self._begin(head)
        return False

    def _begin(self, head: Head) -> View:
        """Start anew, from no choice at all."""
        view = self._empty(head)
        self._point_to(view.generation)
        return view

    def _empty(self, head: Head) -> View:
        generation = Generation(self.root / uuid.uuid4().hex, self.space)
        generation.folder.mkdir()
        generation.write_table(Table())
        state = State(head.lineage, boot(), bytes(32), self.space.bound, head.erasures)
        generation.write_state(state)
        return View(generation, state)

    def _point_to(self, generation: Generation) -> None:
        """Make these the files that everybody reads, and remove all others."""
        temporary = self.root / "current.new"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(generation.folder.name)
        temporary.replace(self.root / "current")
        self._generation = generation
        for folder in self.root.iterdir():
            if folder.is_dir() and not folder.is_symlink() and folder != generation.folder:
                shutil.rmtree(folder, ignore_errors=True)


class Keeper:
    """Applies choices to one set of files, under the exclusive lock."""

    def __init__(self, generation: Generation, state: State) -> None:
        self.generation, self.state = generation, state
        self.sums = generation.sums()

    def follow(self, head: Head, wanted: Sequence[Plane], deadline: float) -> None:
        """Apply everything after the state's choice, up to the head."""
        torn = self.state.target > self.state.sequence  # by one that was killed: which sums it left, nobody can tell
        while self.state.sequence < head.sequence:
            _check(deadline, self.state.sequence, head.sequence)
            through = max(min(self.state.sequence + A_CHUNK, head.sequence), self.state.target)
            rows, before = journal.rows(self.state.sequence, through)
            if self.state.sequence and before != self.state.digest:
                raise _behind(self.state)
            self._learn(rows.scopes(), wanted)
            self._write(target=through)
            self._place(rows.member)
            positions = self.generation.space.positions(rows.member, self.generation.large)
            self.generation.write_touched(self.state.touched, positions)
            self._apply(rows, positions, self.generation.table.ready)
            if torn:
                self._weigh(self.generation.table.ready)
            torn = False
            self.generation.write_sums(self.sums)
            digest = head.digest if through == head.sequence else journal.digest_of(through)
            self._write(sequence=through, digest=digest, touched=self.state.touched + positions.size)

    def build(self, needed: Sequence[Plane], wanted: Sequence[Plane], deadline: float) -> None:
        """Build planes that an edition asks for and that no edition asked for before, from the choices so far."""
        table = self.generation.table
        if any(plane.scope in table.scopes and plane not in table.slots for plane in needed):
            missing = [plane for plane in wanted if plane.scope in table.scopes and plane not in table.slots]
            self._write_table(table.extended(missing, behind=True))
        while any(plane in self.generation.table.behind for plane in needed):
            behind = self.generation.table.behind
            after = min(behind.values())
            _check(deadline, after, self.state.sequence)
            self._build(after, [plane for plane, through in behind.items() if through == after])

    def _build(self, after: int, planes: list[Plane]) -> None:
        through, table = min(after + A_CHUNK, self.state.sequence), self.generation.table
        names = {name for plane in planes for name in plane.listens_to if name in table.scopes}
        rows = journal.rows_at([table.scopes[name] for name in names], after, through)
        self._apply(rows, self.generation.space.positions(rows.member, self.generation.large), planes)
        later = {plane: at for plane, at in table.behind.items() if plane not in planes}
        if through < self.state.sequence:
            later |= dict.fromkeys(planes, through)
        else:
            self._weigh(planes)
            self.generation.write_sums(self.sums)
        self._write_table(replace(table, behind=later))

    def _learn(self, scopes: list[int], wanted: Sequence[Plane]) -> None:
        """Make the planes of scopes that nobody chose at before: there is nothing to build them from."""
        table = self.generation.table
        unknown = set(scopes) - set(table.scopes.values())
        if not unknown:
            return
        names = journal.scope_names(sorted(unknown))
        planes = [plane for plane in wanted if plane.scope in names and plane not in table.slots]
        self._write_table(replace(table, scopes={**table.scopes, **names}).extended(planes, behind=False))

    def _apply(self, rows: journal.Rows, positions: Positions, planes: Sequence[Plane]) -> None:
        batch = Batch(rows, positions, self.generation.table.scopes)
        for at, planes_that_hear in batch.heard(planes):
            touched = spots(batch.positions[at])
            standing = at[touched.last]
            for plane in planes_that_hear:
                bits, slot = self.generation.bits(plane), self.generation.table.slots[plane]
                found = turned(bits, touched, batch.values(plane, standing))
                self.generation.claim(plane, found.octets)
                put(bits, found)
                self.sums[slot] = (self.sums[slot] + found.difference) % MODULUS

    def _weigh(self, planes: Iterable[Plane]) -> None:
        for plane in planes:
            self.sums[self.generation.table.slots[plane]] = self.generation.weighed(plane)

    def _place(self, members: Numbers) -> None:
        """Give every large integer a position, and note where the positions end."""
        space, large = self.generation.space, self.generation.large
        beyond = np.unique(members[space.beyond(members)])
        new = beyond[large.find(beyond) < 0]
        if large.count + new.size > space.bound:
            raise Full(f"There are more integer member keys beyond {space.bound} than projections have room for.")
        if new.size:
            self.generation.append_large(new)
        within = members[~space.beyond(members)]
        self._write(
            large=self.generation.large.count,
            large_check=self.generation.large_check,
            numbers=max(self.state.numbers, int(within.max(initial=-1)) + 1),
            texts=max(self.state.texts, -int(within.min(initial=0)) + 1),
        )

    def _write(self, **changes: int | bytes) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]  # checked by State's own fields
        self.generation.write_state(self.state)

    def _write_table(self, table: Table) -> None:
        self.generation.write_table(table)
        self.sums += [0] * (len(table.planes) - len(self.sums))
        self._write(table=self.state.table + 1)


def _taken(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check(deadline: float, at: int, of: int) -> None:
    if time.monotonic() > deadline:
        raise NotNow(f"Catching up with the choices: at {at:,} of {of:,}. Ask again.", retry_after=5)


def _refuse_if_behind(head: Head, state: State) -> None:
    """Raises ``Behind`` where the database lacks choices that the state holds, or holds others in their place."""
    if head.lineage not in (NOWHERE, state.lineage):
        return
    other = state.sequence and head.sequence == state.sequence and head.digest != state.digest
    if head.sequence < state.target or other:
        raise _behind(state)


def _behind(state: State) -> Behind:
    return Behind(
        f"The database does not hold the choice {max(state.sequence, state.target):,} that was obeyed before: it was"
        " restored from an older copy. Nothing is answered until the missing choices are brought back, or the folder"
        " PROJECTIONS_DIR is emptied by whoever accepts their loss.",
        retry_after=60,
    )
