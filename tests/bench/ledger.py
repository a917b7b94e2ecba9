"""The public log: sealing, proofs, what it adds to a choice; and the site as it stood on a past day."""

import hashlib
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from tests.bench.load import get, rate
from tests.bench.pages import publish
from tests.bench.rows import Row, durations, rates, seconds
from tests.bench.server import serving
from transparency.consent import proofs
from transparency.consent.actions import choose
from transparency.consent.models import Origin
from transparency.consent.precedence import Decision
from transparency.ledger import actions, merkle, sealing
from transparency.ledger.models import Entry
from transparency.ledger.shelf import Shelf, Sixteens
from transparency.ledger.tiles import HASH, WIDTH, Tile, TiledTree, folded
from transparency.register.actions import Conflict

BATCH, BATCHES = 1_000, 10
MANY = 10_000_000
MANY_ASKED = 1_000
CHOICES = 1_000


def measure() -> Iterator[Row]:
    with suppress(Conflict):
        publish(40, 60, 1_000, base=0)
    actions.seal(at=datetime.now(UTC))
    yield rates("Entries sealed, 10 batches of 1,000 that wait", _sealed, _hashed, 0.2)
    yield rates("Entries sealed, a checkpoint for each 1,000", _sealed_one_by_one, _hashed, 0.2)
    yield durations(f"Proof of one of {MANY:,} entries", list(_proven()), 3.0)
    yield durations(
        "Choices, entered in the log and sealed", [(_chosen(logged=True), _chosen(logged=False)) for _ in range(5)], 1.2
    )
    yield from _days()


def _sealed() -> float:
    """Ten batches that wait, under one checkpoint: a minute's worth, which is how often it must be sealed."""
    for _ in range(BATCHES):
        _enter()
    return BATCH * BATCHES / seconds(lambda: actions.seal(at=datetime.now(UTC)))


def _sealed_one_by_one() -> float:
    """Each batch under a checkpoint of its own."""
    taken = 0.0
    for _ in range(BATCHES):
        _enter()
        taken += seconds(lambda: actions.seal(at=datetime.now(UTC)))
    return BATCH * BATCHES / taken


def _enter() -> None:
    now, start = datetime.now(UTC), Entry.objects.count()
    Entry.objects.bulk_create(
        Entry(kind="bench", subject=str(start + n), body=_body(start + n), recorded_at=now) for n in range(BATCH)
    )


def _body(number: int) -> str:
    return f'{{"digest":"{number:064x}","kind":"bench","subject":"{number}"}}'


def _hashed() -> float:
    with tempfile.TemporaryFile() as file:

        def batch() -> None:
            for number in range(BATCH):
                file.write(hashlib.sha256(_body(number).encode()).digest())
            file.flush()
            os.fsync(file.fileno())

        return BATCH * BATCHES / sum(seconds(batch) for _ in range(BATCHES))


def _proven() -> Iterator[tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        sixteens = Sixteens(Path(folder) / "sixteens")
        _grow(shelf, MANY, sixteens)
        for number in range(MANY_ASKED):
            index = random.randrange(MANY)
            needed = _needed(shelf, index)
            ours = seconds(lambda index=index: merkle.inclusion(index, MANY, sealing.quick_tree(shelf, MANY, sixteens)))
            theirs = seconds(lambda needed=needed: [shelf.read(path) for path in needed])
            if number >= MANY_ASKED - 101:  # the tiles above the lowest level are known by then, as in a server
                yield ours, theirs


def _needed(shelf: Shelf, index: int) -> list[str]:
    """The addresses of the tiles that this proof is made from."""
    paths: list[str] = []

    def noted(tile: Tile) -> bytes:
        paths.append(tile.path)
        return shelf.read(tile.path)

    merkle.inclusion(index, MANY, TiledTree(MANY, noted))
    return paths


def _grow(shelf: Shelf, size: int, sixteens: Sixteens) -> None:
    """The tiles of a tree of that many leaves, without the entries: hashes are hashes."""
    level = hashlib.shake_256(b"leaves").digest(size * HASH)
    number = 0
    while level:
        for at in range(0, len(level), WIDTH * HASH):
            part = level[at : at + WIDTH * HASH]
            _write(shelf, number, at // (WIDTH * HASH), part)
            if number == 0 and len(part) == WIDTH * HASH:
                sixteens.put(at // (WIDTH * HASH), folded(part, 16))
        full = len(level) // (WIDTH * HASH)
        level = b"".join(folded(level[at * WIDTH * HASH : (at + 1) * WIDTH * HASH]) for at in range(full))
        number += 1


def _write(shelf: Shelf, level: int, index: int, data: bytes) -> None:
    place = shelf.folder / Tile(level, index, len(data) // HASH).path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


def _chosen(*, logged: bool) -> float:
    connection.ensure_connection()

    def act() -> None:
        for number in range(CHOICES):
            choose(
                member=str(number),
                scope="all",
                decision=Decision.REFUSE,
                origin=Origin.PAGE,
                edition=0,
                at=datetime.now(UTC),
            )
        if logged:
            proofs.enter_choices(at=datetime.now(UTC))
            actions.seal(at=datetime.now(UTC))

    proofs.enter_choices(at=datetime.now(UTC))
    return seconds(act)


def _days() -> Iterator[Row]:
    today = datetime.now(UTC).date().isoformat()
    pages = ("/", "/categories/group.kind7/", "/features/feature-7/")
    with serving() as port:
        now, then = [get(path) for path in pages], [get(f"/on/{today}{path}") for path in pages]
        api, past = [get("/api/v1/register/")], [get(f"/api/v1/register/?at={today}")]
        for requests in (now, then, api, past):
            rate(port, requests, status=200)
        yield rates(
            "Pages as they stood on a day",
            lambda: rate(port, then, status=200),
            lambda: rate(port, now, status=200),
            0.8,
        )
        yield rates(
            "The API as it stood on a day",
            lambda: rate(port, past, status=200),
            lambda: rate(port, api, status=200),
            0.8,
        )
