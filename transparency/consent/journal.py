"""The choices in their order, many at once, as arrays: what projections are worked out from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

from transparency.consent.models import Choice, MemberKey, Scope

RECORD = np.dtype([("member", ">i8"), ("rest", ">u8")])
# One value of fixed-width records: COPY sends each row as a message of its own, which takes twice as long to receive.
# Two numbers a choice: to have each of its values sent by itself takes twice as long again. What is said there is
# packed into one: 31 bits of the scope, 31 of the edition, 2 of the decision; a decision that is none is a refusal.
READ = """
SELECT string_agg(
           int8send(member) || int8send(
               (scope_id::bigint << 33) | (edition::bigint << 2) | CASE decision WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 0 END
           ),
           '' ORDER BY sequence
       ), (SELECT digest FROM consent_choice WHERE sequence = %(after)s)
FROM consent_choice WHERE sequence > %(after)s AND sequence <= %(through)s
"""
AT_SCOPES = " AND scope_id = ANY(%(scopes)s)"


@dataclass(frozen=True)
class Rows:
    """Choices in their order, a column each; see ``Choice`` for what they hold."""

    member: NDArray[np.int64]
    scope: NDArray[np.int64]
    decision: NDArray[np.int64]
    edition: NDArray[np.int64]

    def __len__(self) -> int:
        return self.member.size

    def scopes(self) -> list[int]:
        """The ids of the scopes, each once. Sorted and compared: ``numpy.unique`` takes six times as long."""
        ordered = np.sort(self.scope)
        found: list[int] = ordered[np.flatnonzero(np.diff(ordered, prepend=-1))].tolist()
        return found


class Gap(Exception):  # noqa: N818 - says what is wrong with the journal
    """Choices are missing where there must be none missing."""


def rows(after: int, through: int) -> tuple[Rows, bytes]:
    """Every choice with a sequence number in (``after``, ``through``], and the digest of choice ``after``.

    Raises ``Gap`` unless all of them are there: no number comes twice, so to count them tells.
    """
    found, before = _rows(READ, {"after": after, "through": through})
    if len(found) != through - after:
        raise Gap(f"Of the choices {after + 1} to {through}, {len(found)} are there.")
    return found, before


def rows_at(scopes: Sequence[int], after: int, through: int) -> Rows:
    """The choices in (``after``, ``through``] at some scopes, by the ids of these."""
    return _rows(READ + AT_SCOPES, {"after": after, "through": through, "scopes": list(scopes)})[0]


def digest_of(sequence: int) -> bytes:
    """The digest of the choice with this number; empty where there is none."""
    return bytes(Choice.objects.filter(pk=sequence).values_list("digest", flat=True).first() or b"")


def scope_names(ids: Sequence[int]) -> dict[str, int]:
    """The scopes with these ids, by name."""
    return dict(Scope.objects.filter(pk__in=ids).values_list("name", "pk"))


def scope_ids(names: Sequence[str]) -> list[int]:
    """The ids of the scopes with these names; of those that nobody chose at there are none."""
    return list(Scope.objects.filter(name__in=names).values_list("pk", flat=True))


def numbers_of(keys: Sequence[str]) -> dict[str, int]:
    """What ``Choice.member`` holds for textual keys; those that never chose anything are left out."""
    found = MemberKey.objects.extra(where=["key = ANY(%s)"], params=[list(keys)])
    return {key: -number for key, number in found.values_list("key", "pk")}


def texts_of(numbers: Sequence[int]) -> list[str]:
    """The textual keys for which ``Choice.member`` holds these."""
    wanted = [-number for number in numbers]
    return list(MemberKey.objects.extra(where=["id = ANY(%s)"], params=[wanted]).values_list("key", flat=True))


def _rows(statement: str, given: dict[str, object]) -> tuple[Rows, bytes]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, given, binary=True)
        octets, before = cursor.fetchone() or (None, None)
    records = np.frombuffer(octets or b"", dtype=RECORD)
    rest = records["rest"].astype(np.uint64)
    found = Rows(
        member=records["member"].astype(np.int64),
        scope=(rest >> np.uint64(33)).astype(np.int64),
        decision=(rest & np.uint64(3)).astype(np.int64),
        edition=(rest >> np.uint64(2) & np.uint64(2**31 - 1)).astype(np.int64),
    )
    return found, bytes(before or b"")
