"""Choices and editions kept apart from the database, in ``CHOICES_ARCHIVE``: what an older backup of it would lack.

The public log has fingerprints alone, so that nothing can be replayed from it. A choice is written here before the log
is told of it; whatever the log has a fingerprint of can be replayed. Lines are choices in their order, as JSON, 10,000
to a file. They hold members' keys and the salts of fingerprints: to be guarded as the database is. Who was erased from
the database is erased here with the next look.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

import msgspec
from django.conf import settings

from transparency.consent.models import Choice, Journal, MemberKey
from transparency.register.models import Edition

PER_FILE = 10_000
AT_ONCE = 1_000
CHOICES, EDITIONS, ERASED = "choices-*.jsonl", "edition-*.json", "erased"
AHEAD = (
    "The archive of choices holds {there}, and the database {here}: it was restored from an older backup. Run:"
    " manage.py replay_choices. Start nothing before."
)
CLOSED = "The archive of choices in {place} can't be read. Let who runs the site read it: CHOICES_ARCHIVE names it."
UNREADABLE = "Line {number} of {file} is no choice: {fault}. Bring a whole copy of the archive."


class Kept(msgspec.Struct, frozen=True):
    """A choice as it is kept: see ``Choice``. ``member`` is the key itself; an erased one has no ``salt``."""

    sequence: int
    reference: str
    member: str
    scope: str
    decision: int
    origin: int
    edition: int
    at: datetime
    previous: int
    request: str
    salt: str | None
    digest: str


_decoder = msgspec.json.Decoder(Kept)


def folder() -> Path | None:
    """Where they are kept; ``None`` where they aren't."""
    return Path(settings.CHOICES_ARCHIVE) if settings.CHOICES_ARCHIVE else None


def contradiction() -> str:
    """Why this database may not be served, in a sentence that says what to do; empty where it may."""
    place = folder()
    if place is None:
        return ""
    try:
        there, here = end(place), _head()
    except OSError:
        return CLOSED.format(place=place)
    return AHEAD.format(there=there, here=here) if there > here else ""


def keep(*, through: int) -> None:
    """Write down durably every edition, and the choices up to this sequence; erase those who were erased.

    By one process at a time. Raises ``OSError``, and ``ValueError`` where the archive holds more than the database.
    """
    place = folder()
    if place is None:
        return
    if wrong := contradiction():
        raise ValueError(wrong)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    _erase(place)
    for one in Edition.objects.filter(number__gt=_newest_edition(place)).order_by("number"):
        _replace(place / f"edition-{one.number:06d}.json", one.document.encode())
    after = end(place, cut=True)
    while some := _kept(after + 1, min(through, after + AT_ONCE)):
        _append(place, some)
        after = some[-1].sequence


def end(place: Path, *, cut: bool = False) -> int:
    """The last sequence that is whole there. What a killed process wrote half of can be ``cut`` off."""
    for file in sorted(place.glob(CHOICES), reverse=True):
        data = file.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if cut and whole != data:
            os.truncate(file, len(whole))
        if whole:
            return _decoder.decode(whole.splitlines()[-1]).sequence
    return 0


def choices(place: Path) -> Iterator[Kept]:
    """All that are kept there, in their order. Raises ``ValueError`` for a line that is none."""
    for file in sorted(place.glob(CHOICES)):
        data = file.read_bytes()
        for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), start=1):
            try:
                yield _decoder.decode(line)
            except msgspec.MsgspecError as fault:
                raise ValueError(UNREADABLE.format(number=number, file=file, fault=fault)) from fault


def editions(place: Path) -> Iterator[str]:
    """The documents of all editions that are kept there, in their order."""
    return (file.read_text("utf-8") for file in sorted(place.glob(EDITIONS)))


def _newest_edition(place: Path) -> int:
    return max((int(file.stem.partition("-")[2]) for file in place.glob(EDITIONS)), default=0)


def _head() -> int:
    return Choice.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0


def _kept(first: int, last: int) -> list[Kept]:
    found = list(Choice.objects.filter(sequence__range=(first, last)).select_related("scope").order_by("sequence"))
    keys = MemberKey.objects.in_bulk({-one.member for one in found if one.member < 0})
    return [_as_kept(one, keys[-one.member].key if one.member < 0 else str(one.member)) for one in found]


def _as_kept(one: Choice, key: str) -> Kept:
    same = ("sequence", "decision", "origin", "edition", "at", "previous", "request")
    return Kept(
        reference=str(one.reference),
        member=key,
        scope=one.scope.name,
        salt=None if one.salt is None else bytes(one.salt).hex(),
        digest=bytes(one.digest).hex(),
        **{name: getattr(one, name) for name in same},
    )


def look_anew() -> None:
    """Look with the next choices for all who were erased: after a restore, the numbers of members begin anew."""
    if place := folder():
        (place / ERASED).unlink(missing_ok=True)


def _erase(place: Path) -> None:
    """Write anew, from the database, the files that hold choices of members who were erased since the last look."""
    mark = place / ERASED
    looked, until = map(int, mark.read_text().split()) if mark.exists() else (0, 0)
    erasures = Journal.objects.values_list("erasures", flat=True).get(pk=1)
    if erasures == looked:
        return
    found = Choice.objects.filter(member__lt=-until, salt=None).values_list("sequence", "member")
    for number in sorted({_number(sequence) for sequence, _ in found}):
        file = _file(place, number)
        if file.exists():
            last = min((number + 1) * PER_FILE, end(place))
            _replace(file, _lines(_kept(number * PER_FILE + 1, last)))
    newest = max((-member for _, member in found), default=until)
    _replace(mark, f"{erasures} {newest}".encode())


def _append(place: Path, some: Sequence[Kept]) -> None:
    for number, those in groupby(some, key=lambda one: _number(one.sequence)):
        _write(_file(place, number), os.O_APPEND, _lines(those))
    _settle(place)


def _replace(file: Path, data: bytes) -> None:
    aside = file.with_name(f".{file.name}")
    _write(aside, os.O_TRUNC, data)
    aside.replace(file)
    _settle(file.parent)


def _write(file: Path, how: int, data: bytes) -> None:
    """Durably, and for nobody else to read."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb") as written:
        written.write(data)
        written.flush()
        os.fsync(written.fileno())


def _settle(place: Path) -> None:
    """Make durable which files there are."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(some: Iterable[Kept]) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in some)


def _number(sequence: int) -> int:
    return (sequence - 1) // PER_FILE


def _file(place: Path, number: int) -> Path:
    return place / f"choices-{number:09d}.jsonl"
