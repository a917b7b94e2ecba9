"""What events showed together, as bytes: kept beside the graph, so that no refresh reads an event twice."""

import zlib
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from transparency.catalog.connectors.base import SeenFault
from transparency.catalog.connectors.openlineage_fold import Fold, RunSeen
from transparency.catalog.connectors.openlineage_graph import Span
from transparency.catalog.connectors.openlineage_naming import Named

# To be raised by whoever changes what is kept or what it means: what was kept in another form is then worked out anew.
FORM = 2
_LEVEL = 1
Many = list[int]


class _Run(Struct, array_like=True):
    job: int
    run_id: str
    span: tuple[datetime, datetime]
    heard: datetime
    inputs: Many
    outputs: Many
    parents: Many


class _Kept(Struct, array_like=True):
    """A fold, each name written once and everywhere else called by its number."""

    form: int
    names: list[tuple[str, str, str, bool]]
    mentions: list[tuple[int, datetime, datetime]]
    statements: list[tuple[int, str, bytes, int | None, datetime, datetime]]
    runs: list[_Run]
    settled: list[tuple[Many, Many, Many, int, datetime, datetime]]
    bodies: list[tuple[str, str, str, bytes]]
    faults: list[tuple[str, str, str]]


_decoder = msgspec.msgpack.Decoder(_Kept)


def dumped(folding: Fold) -> bytes:
    """The fold as bytes."""
    numbers: dict[Named, int] = {}

    def number(named: Named) -> int:
        return numbers.setdefault(named, len(numbers))

    def many(several: Iterable[Named]) -> Many:
        return [number(named) for named in several]

    kept = _Kept(
        form=FORM,
        names=[],
        mentions=[(number(named), *span) for named, span in folding.mentions.items()],
        statements=[
            (number(named), facet, value, None if job is None else number(job), *span)
            for (named, facet, value, job), span in folding.statements.items()
        ],
        runs=[
            _Run(number(job), run_id, run.span, run.heard, many(run.inputs), many(run.outputs), many(run.parents))
            for (job, run_id), run in folding.runs.items()
        ],
        settled=[
            (many(inputs), many(outputs), many(parents), number(job), *span)
            for (inputs, outputs, parents, job), span in folding.settled.items()
        ],
        bodies=[(*key, digest) for key, digest in folding.bodies.items()],
        faults=[(fault.code, fault.pointer, fault.message) for fault in folding.faults],
    )
    kept.names = [(named.kind, named.namespace, named.name, named.altered) for named in numbers]
    return zlib.compress(msgspec.msgpack.encode(kept), _LEVEL)


def loaded(data: bytes, heard: datetime) -> Fold:
    """The fold that was kept, ready to take in more, which is read at ``heard``."""
    kept = _decoder.decode(zlib.decompress(data))
    names = [Named(*parts) for parts in kept.names]
    folding = Fold(heard)

    def several(numbers: Many) -> frozenset[Named]:
        return frozenset(map(names.__getitem__, numbers))

    folding.mentions = {names[number]: Span(*span) for number, *span in kept.mentions}
    folding.statements = {
        (names[number], facet, value, None if job is None else names[job]): Span(*span)
        for number, facet, value, job, *span in kept.statements
    }
    folding.runs = {(names[run.job], run.run_id): _run(run, several) for run in kept.runs}
    folding.settled = {
        (several(ins), several(outs), several(parents), names[job]): Span(*span)
        for ins, outs, parents, job, *span in kept.settled
    }
    folding.bodies = {(run_id, state, at): digest for run_id, state, at, digest in kept.bodies}
    folding.faults = {SeenFault(*parts) for parts in kept.faults}
    return folding


def _run(run: _Run, several: Callable[[Many], frozenset[Named]]) -> RunSeen:
    moved = (set(several(numbers)) for numbers in (run.inputs, run.outputs, run.parents))
    return RunSeen(Span(*run.span), run.heard, *moved)
