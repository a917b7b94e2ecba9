import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transparency.enforcement.lists.crossing import column_of_flags, flags, integers

PART = st.integers(0, 40)
at_any_pace = settings(deadline=None)  # on a busy machine, whoever is asked first loads Arrow for a second


@at_any_pace
@given(st.lists(st.booleans(), max_size=40), PART, PART)
def test_truth_values_of_any_part_of_a_column_cross(values, first, count):
    assert flags(pa.array(values, pa.bool_()).slice(first, count)).tolist() == values[first : first + count]


@at_any_pace
@given(st.lists(st.integers(0, 2**31 - 1), max_size=40), PART, PART)
@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64(), pa.int32(), pa.uint32()])
def test_integers_of_any_part_of_a_column_cross(kind, values, first, count):
    found = integers(pa.array(values, kind).slice(first, count))
    assert (found.tolist(), found.dtype) == (values[first : first + count], np.dtype(kind.to_pandas_dtype()))


@at_any_pace
@given(st.lists(st.booleans()))
def test_truth_values_cross_back(values):
    assert column_of_flags(np.array(values, dtype=np.bool_)).to_pylist() == values
