"""What DataHub says of how columns became others: whether data itself went along, and whether it was masked
or aggregated.

DataHub keeps one text for all the columns that one column was made of. Its OpenLineage integration writes the kinds
of transformation there, ``DIRECT:IDENTITY,INDIRECT:FILTER``, with the query behind them; other integrations write
``COPY`` or a query alone. Where a text names both kinds, nobody can tell which column was which: all are direct.
"""

import re
from typing import NamedTuple

from transparency.catalog.connectors.datahub_aspects import FineGrained
from transparency.catalog.untrusted import clean_text

INDIRECT = frozenset({"FILTER", "JOIN", "GROUP_BY", "GROUPBY", "SORT", "ORDER_BY", "WINDOW", "CONDITIONAL"})
MASKING = frozenset({"MASK", "MASKED", "MASKING", "HASH", "HASHED", "HASHING", "REDACT", "REDACTED", "TOKENIZE"})
AGGREGATING = frozenset({"AGGREGATION", "AGGREGATE", "COUNT", "SUM", "AVG", "AVERAGE"})
SHOWN = 400  # characters of the text
_PLAIN = re.compile(r"[A-Za-z_]+(?::[A-Za-z_]+)*")


class How(NamedTuple):
    """What a flow does to the data; ``text`` is for people."""

    direct: bool
    masking: bool
    text: str
    aggregating: bool


def how(lineage: FineGrained) -> How:
    """Only what is said to look at the data, and at nothing else of it, is indirect."""
    operation = (lineage.transform_operation or "").strip()
    kinds = _kinds(operation)
    direct = not kinds or any(not _is_indirect(kind) for kind in kinds)
    carrying = [set(kind) for kind in kinds if not _is_indirect(kind)]
    masking, aggregating = (bool(carrying) and all(how & kind for kind in carrying) for how in (MASKING, AGGREGATING))
    return How(direct, masking, _shown(operation, lineage.confidence_score), aggregating)


def _kinds(operation: str) -> list[tuple[str, ...]]:
    """The kinds of transformation, e.g. ``("INDIRECT", "FILTER")``; none where the text is something else."""
    listed = operation.partition("\n")[0].removeprefix("-- ") if operation.startswith("-- ") else operation
    told = [part.strip() for part in listed.split(",")]
    return [tuple(part.upper().split(":")) for part in told] if all(map(_PLAIN.fullmatch, told)) else []


def _is_indirect(kind: tuple[str, ...]) -> bool:
    return kind[0] == "INDIRECT" or (len(kind) == 1 and kind[0] in INDIRECT)


def _shown(operation: str, confidence: float) -> str:
    sure = f"{confidence:.0%} sure" if 0 <= confidence < 1 else ""
    return "; ".join(part for part in (clean_text(operation)[:SHOWN], sure) if part)
