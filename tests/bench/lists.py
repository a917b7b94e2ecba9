"""A list of 5 million of 100 million members: made from choices and written, and used by the client."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from tests.bench.pages import publish
from tests.bench.rows import ROUNDS, Row, durations, seconds
from transparency.enforcement.forms import write
from transparency.enforcement.keeping import NotNow
from transparency.enforcement.lists.members import Members
from transparency.enforcement.models import Pipeline
from transparency.enforcement.pulling.shelf import Shelf
from transparency.enforcement.suppressions import Listing, Wanted, whole
from transparency.register.queries import newest_register

EVERYBODY, REFUSALS = 100_000_000, 5_129_330  # by chance, so that they come to five million members
SPREAD = 61_803_399  # has no divisor in common with 100 million: its multiples are everybody, in no order
A_CHUNK = 1_000_000
SITE = "http://localhost:9"  # where nobody answers: the list that is kept serves
ASKED = (SITE, "feature-0", "training")
WANTED = Wanted("feature-0", "training")
# Anybody refuses, of everything.
CHOOSE = """
INSERT INTO consent_journal (id, lineage, erasures) VALUES (1, gen_random_uuid(), 0) ON CONFLICT DO NOTHING;
INSERT INTO consent_scope (name) VALUES ('all') ON CONFLICT DO NOTHING;
INSERT INTO consent_choice
    (sequence, reference, member, decision, origin, edition, at, previous, request, digest, scope_id)
SELECT first.sequence + i, gen_random_uuid(), floor(random() * %(everybody)s), 0, 1, 1, now(), 0, '',
       sha256(int8send(i)), (SELECT id FROM consent_scope WHERE name = 'all')
FROM generate_series(1, %(refusals)s) AS i,
     (SELECT coalesce(max(sequence), 0) AS sequence FROM consent_choice) AS first;
CREATE TABLE bare_list AS SELECT DISTINCT member FROM consent_choice WHERE decision = 0;
ANALYZE bare_list
"""
MOST_TRIES = 60
COPY = "COPY bare_list TO STDOUT (FORMAT binary)"
RECORD = np.dtype([("fields", ">i2"), ("length", ">i4"), ("member", ">i8")])
HEAD, TAIL = 19, 2  # bytes before and after the records


def measure() -> Iterator[Row]:
    if not newest_register()[0]:
        publish(40, 60, 1_000, base=0)
    with connection.cursor() as cursor:
        cursor.execute(CHOOSE, {"everybody": EVERYBODY, "refusals": REFUSALS})
    pipeline = Pipeline(slug="bench", name="Bench", max_age=86_400)
    learned = seconds(lambda: _catch_up(pipeline))
    taken = [(seconds(lambda: _listed(pipeline)), seconds(_copied)) for _ in range(ROUNDS)]
    yield durations("List of 5 million members, from choices to Parquet", taken, 1.5)
    first = [(learned + listed, copied) for listed, copied in taken]
    yield durations("The same, where no choice was looked at before", first, 1.5)
    yield from _used(whole(pipeline, WANTED))


def _catch_up(pipeline: Pipeline) -> None:
    """Apply the choices: usually as they come, here all five million of them at once."""
    for _ in range(MOST_TRIES):
        try:
            whole(pipeline, WANTED)
        except NotNow as not_now:
            time.sleep(min(not_now.retry_after, 1))
        else:
            return
    raise RuntimeError("The projections did not catch up.")


def _listed(pipeline: Pipeline) -> bytes:
    sink = io.BytesIO()
    write("parquet", sink, whole(pipeline, WANTED))
    return sink.getvalue()


def _copied() -> bytes:
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        octets = b"".join(bytes(part) for part in copy)
    members = np.frombuffer(octets[HEAD:-TAIL], dtype=RECORD)["member"].astype(np.int64)
    sink = io.BytesIO()
    pq.write_table(pa.table({"member": members}), sink, compression="zstd")
    return sink.getvalue()


def _used(listing: Listing) -> Iterator[Row]:
    """Each in a process of its own, which tells its seconds and its peak memory; both read the same two files."""
    if not isinstance(listing.rows, Members):
        raise TypeError("a whole list is needed")
    folder = Path(os.environ["TRANSPARENCY_LOCAL"]) / "lists"
    folder.mkdir(exist_ok=True)
    _write_everybody(folder / "everybody.parquet")
    listed = Shelf(folder, *ASKED)
    listed.keep(replace(listing.header, expires=listing.header.created + timedelta(days=1)).sealed(), listing.rows)
    files = (str(folder), str(folder / "everybody.parquet"), str(listed.path))
    rest = EVERYBODY - listing.header.count
    taken = [(_told("client", rest, *files), _told("duckdb", rest, *files)) for _ in range(ROUNDS)]
    times = [(ours[0], theirs[0]) for ours, theirs in taken]
    yield durations("filter() of 100 million members, against DuckDB's anti-join", times, 1.0)
    ours, theirs = (median(side[1] for side in sides) for sides in zip(*taken, strict=True))
    what = "The same: peak memory beyond the libraries'"
    yield Row(what, f"{ours:,.0f} MB", f"{theirs:,.0f} MB", ours / theirs, 0.3, at_least=False)


def _write_everybody(path: Path) -> None:
    with pq.ParquetWriter(path, pa.schema([("member", pa.int64())]), use_dictionary=False) as writer:
        for first in range(0, EVERYBODY, A_CHUNK):
            members = (np.arange(first, first + A_CHUNK, dtype=np.int64) * SPREAD) % EVERYBODY
            writer.write_table(pa.table({"member": members}))


def _told(who: str, rest: int, *files: str) -> tuple[float, float]:
    """Seconds, and megabytes beyond what the process needed before it began."""
    told = subprocess.run([sys.executable, "-m", f"tests.bench.using_{who}", *files], check=True, capture_output=True)
    took, memory, members = told.stdout.decode().split()
    if int(members) != rest:
        raise RuntimeError(f"{who} found {members} members that may be used")
    return float(took), float(memory)
