"""Holds members against a list, whatever shape they come in, and gives those that may be used back in that shape."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transparency.enforcement.lists.crossing import column_of_flags, column_of_texts, flags, integers
from transparency.enforcement.lists.header import Kind
from transparency.enforcement.lists.keys import is_text, spells_integer
from transparency.enforcement.lists.matching import Found, Index
from transparency.enforcement.lists.members import NUMBERS_END
from transparency.enforcement.pulling.faults import BadMembers
from transparency.enforcement.pulling.reading import File

LONGEST = 64
CHANGED_ON_THE_WAY = r"^ | $|^-?[0-9]+\.0*$"
ARROW = (pa.Array, pa.ChunkedArray)
ROWS = (pa.Table, pa.RecordBatch)
LAID_OUT = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
"""Views of text, which Arrow neither compares nor filters, as it can."""


@dataclass(frozen=True)
class Looked:
    """How many members were held against the list, and how many of them must be left out."""

    seen: int = 0
    left_out: int = 0


Told = Callable[[Looked], None]


class Sieve:
    """What follows from one list: of a leave-out list everybody who isn't on it passes, of a may-use list who is."""

    def __init__(self, kind: Kind, index: Index) -> None:
        self._passes_if_listed = kind == Kind.MAY_USE
        self._numbers = index.numbers
        self._texts = column_of_texts(index.texts)

    def passing(self, ids: Any, column: str | None, told: Told) -> Any:
        """Those that may be used. Raises ``BadMembers``; then nobody of them passes.

        ``told`` hears how many were looked at; of rows from a reader or a file, with each batch.
        """
        ids = File(ids) if isinstance(ids, Path) else ids
        if isinstance(ids, (pa.RecordBatchReader, File)):
            name, batches = _named(column, ids.schema.names), self._of_file if isinstance(ids, File) else self._batches
            return pa.RecordBatchReader.from_batches(ids.schema, batches(ids, name, told))
        passing, looked = self._of_whole(ids, column)
        told(looked)
        return passing

    def _of_whole(self, ids: Any, column: str | None) -> tuple[Any, Looked]:
        if isinstance(ids, ROWS):
            mask = self._mask(ids.column(_named(column, ids.schema.names)))
            return _rows(ids, column_of_flags(mask)), _looked(mask)
        if isinstance(ids, ARROW):
            mask = self._mask(ids)
            return _kept("members", ids, column_of_flags(mask)), _looked(mask)
        if isinstance(ids, np.ndarray):
            mask = self._mask(ids)
            return ids[mask], _looked(mask)
        if hasattr(ids, "to_numpy"):
            mask = self._mask(_column_of_pandas(ids, column))
            return ids[mask], _looked(mask)
        listed = list(_iterable(ids))
        mask = self._mask(_plain(listed))
        return [one for one, passes in zip(listed, mask.tolist(), strict=True) if passes], _looked(mask)

    def _batches(self, rows: pa.RecordBatchReader, name: str, told: Told) -> Iterator[pa.RecordBatch]:
        with ThreadPoolExecutor(1) as reading:  # the next batch is read while this one is looked at
            upcoming = reading.submit(next, rows, None)
            while (batch := upcoming.result()) is not None:
                upcoming = reading.submit(next, rows, None)
                passing, looked = self._of_whole(batch, name)
                told(looked)
                yield passing

    def _of_file(self, rows: File, name: str, told: Told) -> Iterator[pa.RecordBatch]:
        for passing, looked in rows.each(lambda batch: self._of_whole(batch, name)):
            told(looked)
            yield passing

    def _mask(self, keys: Any) -> Found:
        listed = self._listed(keys)
        return listed if self._passes_if_listed else ~listed

    def _listed(self, keys: Any) -> Found:
        if isinstance(keys, pa.ChunkedArray):
            return np.concatenate([self._listed(chunk) for chunk in keys.chunks] or [np.empty(0, np.bool_)])
        if isinstance(keys, np.ndarray):
            return self._listed_integers(keys) if keys.dtype.kind in "iu" else self._listed(_arrow(keys))
        if keys.null_count:
            raise BadMembers(f"{keys.null_count:,} of the members have no key.")
        if pa.types.is_dictionary(keys.type):
            return self._listed(keys.dictionary_decode())
        if keys.type == pa.string_view():
            return self._listed(keys.cast(LAID_OUT[keys.type]))
        if pa.types.is_integer(keys.type):
            return self._listed_integers(integers(keys))
        if is_text(keys.type):
            return self._listed_texts(keys)
        raise BadMembers(f"Members are integers or text; these are of type {keys.type}.")

    def _listed_integers(self, keys: NDArray[Any]) -> Found:
        if keys.ndim != 1:
            raise BadMembers(f"Members come in one row; this has {keys.ndim} dimensions.")
        # Read without a sign, those below 0 are above all others: one look at each tells both.
        greatest = int(keys.view(keys.dtype.str.replace("i", "u")).max(initial=0))
        if keys.dtype.kind == "i" and greatest >> (8 * keys.itemsize - 1):
            raise BadMembers("Some of the members are below 0, which no member key is.")
        if greatest >= NUMBERS_END:
            return self._listed_texts(pa.array(keys).cast(pa.string()))
        return self._numbers.found(keys)

    def _listed_texts(self, keys: pa.Array) -> Found:
        lengths = pc.utf8_length(keys)
        if len(keys) and not (pc.min(lengths).as_py() >= 1 and pc.max(lengths).as_py() <= LONGEST):
            raise BadMembers(f"A textual member key has 1 to {LONGEST} characters; some of these have not.")
        if _were_changed(keys):
            raise BadMembers("Some of the members begin or end with a blank, have a point, as in 7.0, or are not NFC.")
        answer = flags(pc.is_in(keys, value_set=self._texts.cast(keys.type)))
        spelled = spells_integer(keys)
        integer = flags(spelled)
        if integer.any():
            answer[integer] = self._numbers.found(integers(keys.filter(spelled).cast(pa.int64())))
        return answer


def _were_changed(keys: pa.Array) -> bool:
    """Whether some were made of ids by mistake, as ``accounts.member_keys`` tells: they would name somebody else."""
    if pc.any(pc.match_substring_regex(keys, CHANGED_ON_THE_WAY)).as_py():
        return True
    return not pc.all(pc.string_is_ascii(keys)).as_py() and bool(
        pc.any(pc.not_equal(pc.utf8_normalize(keys, "NFC"), keys)).as_py()
    )


def _rows(rows: Any, passing: pa.Array) -> Any:
    """The rows that pass. Column by column: of whole rows Arrow first lists which, and then takes one by one."""
    columns = [_kept(name, one, passing) for name, one in zip(rows.schema.names, rows.columns, strict=True)]
    return type(rows).from_arrays(columns, schema=rows.schema)


def _kept(name: str, column: Any, passing: pa.Array) -> Any:
    """What passes of a column. Raises ``BadMembers`` naming one that Arrow can't filter."""
    if laid_out := LAID_OUT.get(column.type):
        return _kept(name, column.cast(laid_out), passing).cast(column.type)
    try:
        # Arrow's own pool keeps for each thread what other threads gave back, three times what is in use.
        return pc.filter(column, passing, memory_pool=pa.system_memory_pool())
    except pa.ArrowNotImplementedError as fault:
        kind = str(column.type)[:LONGEST]
        raise BadMembers(
            f"Column “{name[:LONGEST]}” is of type {kind}, which Arrow can’t filter: leave it out, or cast it first."
        ) from fault


def _looked(mask: Found) -> Looked:
    return Looked(mask.size, mask.size - int(np.count_nonzero(mask)))


def _column_of_pandas(ids: Any, column: str | None) -> Any:
    """Of a Series, an Index, or a DataFrame with the column of members named."""
    keys = ids if getattr(ids, "ndim", 1) == 1 else ids[_named(column, list(ids.columns))]
    if str(keys.dtype).removeprefix("u").startswith("int"):
        return keys.to_numpy()
    try:
        return pa.Array.from_pandas(keys)
    except pa.ArrowException as fault:
        raise BadMembers("The members are neither all integers nor all text.") from fault


def _iterable(ids: Any) -> Iterable[Any]:
    if isinstance(ids, (str, bytes, dict)) or not isinstance(ids, Iterable):
        raise BadMembers(f"Members come as a list or as a column, not as {type(ids).__name__}.")
    return ids


def _plain(keys: list[Any]) -> Any:
    """A column of integers where all are integers; otherwise of text, in which an integer is spelled."""
    if all(type(one) is int for one in keys):
        if not all(0 <= one < 2 * NUMBERS_END for one in keys):
            raise BadMembers("An integer member key is from 0 to 2^64 - 1; some of these are not.")
        return np.array(keys, dtype=np.uint64)
    if not all(type(one) is str or type(one) is int or isinstance(one, (np.integer, np.str_)) for one in keys):
        raise BadMembers("A member key is an integer or text; some of these are neither.")
    return _arrow(np.array([str(one) for one in keys], dtype=object))


def _arrow(keys: NDArray[Any]) -> pa.Array:
    try:
        found = pa.array(keys.astype(object) if keys.dtype.kind == "U" else keys)
    except (pa.ArrowException, UnicodeError) as fault:
        raise BadMembers("The members are neither all integers nor all text.") from fault
    if len(found) == 0:
        return pa.array([], pa.string())
    return found


def _named(column: str | None, names: list[str]) -> str:
    if column is None or column not in names:
        raise BadMembers("Say which column holds the members: filter(rows, column=...).")
    return column
