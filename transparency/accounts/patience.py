"""How long whoever asked for a page or an answer waits for the database before it counts as away. Pure.

PostgreSQL's own limits are kept by PostgreSQL, and those of the network only see whether a machine is there: a server
that hangs keeps neither. So the wait ends here. Where nobody waits, in workers and commands, nothing is limited.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SPENT = 1.0
"""Seconds that are left for each later try once the database has hung."""
_limit: ContextVar[float | None] = ContextVar("limit", default=None)


def limit() -> float | None:
    """Seconds that one silence of the database may last here; ``None`` where it may last for ever."""
    return _limit.get()


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Within the block no silence of the database lasts longer."""
    token = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(token)


@contextmanager
def more_patience(seconds: float) -> Iterator[None]:
    """Within the block a statement that works on much may take so long, where it is limited at all."""
    known = _limit.get()
    with patience(max(known, seconds)) if known else _as_it_is():
        yield


def spend() -> None:
    """The database has hung: nobody waits that long for it twice."""
    if _limit.get():
        _limit.set(SPENT)


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield
