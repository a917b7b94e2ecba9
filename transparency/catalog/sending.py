"""Flows as PostgreSQL's ``COPY`` takes them in its binary form: nothing is written as text here, or read there. Pure.

The form is that of https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from transparency.catalog.packing import NOTHING, PackedFlows, Way

COLUMNS = """upstream_id, downstream_id, job_id, source_id, direct, masking, aggregating, transformation, first_seen,
    last_seen"""
SIGNATURE, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
NULL = -1  # in place of a length
EPOCH, MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)  # how moments are counted there
A_PART = 50_000  # flows that are laid out at a time
Ints = NDArray[np.int64]


class Ways:
    """What flows have in common, each side by side, to be picked for many flows at once."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self.texts = np.array([way.transformation.encode() for way in ways], dtype=object)
        self.lengths = np.array([len(text) for text in self.texts], dtype=np.int64)
        names = ("direct", "masking", "aggregating")
        self.fields = {name: np.array([getattr(way, name) for way in ways], dtype=np.bool_) for name in names}
        for name in ("first_seen", "last_seen"):
            moments = [(getattr(way, name) - EPOCH) // MICROSECOND for way in ways]
            self.fields[name] = np.array(moments, dtype=np.int64)


def in_binary(flows: PackedFlows, rows: Ints, source: int) -> Iterator[bytes]:
    """The whole ``COPY``, in pieces, its fields in the order of ``COLUMNS``.

    ``rows`` gives, for each number of a key, the row of its asset, or 0 where there is none: such a flow is left out,
    and of such a job nothing is said.
    """
    ways = Ways(list(flows.ways))
    yield SIGNATURE
    for first in range(0, len(flows), A_PART):
        told = (np.asarray(side[first : first + A_PART]) for side in (flows.upstream, flows.downstream, flows.job))
        upstream, downstream, job = (np.where(side == NOTHING, 0, rows[side]) for side in told)
        way = np.asarray(flows.way[first : first + A_PART])
        # Rows of one length are laid out together: that follows from the text, and from whether there is a job.
        alike = np.where((upstream > 0) & (downstream > 0), ways.lengths[way] * 2 + (job > 0), NULL)
        for shape in np.unique(alike[alike != NULL]).tolist():
            some = np.flatnonzero(alike == shape)
            ends = {"upstream": upstream[some], "downstream": downstream[some], "job": job[some]}
            yield _laid_out(ways, way[some], ends, source, text=shape >> 1, by_job=bool(shape & 1))
    yield END


def _laid_out(ways: Ways, way: Ints, ends: dict[str, Ints], source: int, *, text: int, by_job: bool) -> bytes:
    """Rows of one shape: a row begins with the number of its fields, a field with its length."""
    told = {**ends, "source": np.int64(source), **{name: each[way] for name, each in ways.fields.items()}}
    sizes = {"upstream": 8, "downstream": 8, "job": 8 if by_job else NULL, "source": 8}
    sizes |= {"direct": 1, "masking": 1, "aggregating": 1, "transformation": text, "first_seen": 8, "last_seen": 8}
    rows = np.zeros(way.size, dtype=_shape(sizes))
    rows["fields"] = len(sizes)
    for name, size in sizes.items():
        rows[f"length of {name}"] = size
        if size > 0:
            rows[name] = told[name] if name in told else ways.texts[way].astype(f"S{text}")
    return rows.tobytes()


def _shape(sizes: dict[str, int]) -> np.dtype[np.void]:
    kinds = {1: "?", 8: ">i8"}
    fields = [("fields", ">i2")]
    for name, size in sizes.items():
        fields.append((f"length of {name}", ">i4"))
        if size > 0:
            fields.append((name, f"S{size}" if name == "transformation" else kinds[size]))
    return np.dtype(fields)
