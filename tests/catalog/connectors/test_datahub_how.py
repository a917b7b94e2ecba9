"""What DataHub's free text says of a transformation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.connectors.datahub_aspects import FineGrained
from transparency.catalog.connectors.datahub_how import how


@pytest.mark.parametrize(
    ("operation", "direct"),
    [
        (None, True),
        ("", True),
        ("COPY", True),
        ("DIRECT:IDENTITY", True),
        ("INDIRECT:FILTER", False),
        ("INDIRECT:JOIN,INDIRECT:SORT", False),
        ("-- INDIRECT:FILTER\nselect a from b where c", False),
        ("DIRECT:IDENTITY,INDIRECT:FILTER", True),
        ("-- DIRECT:AGGREGATION,INDIRECT:GROUP_BY\nselect count(*)", True),
        ("FILTER", False),
        ("join, sort", False),
        ("select a from b -- INDIRECT", True),
        ("INDIRECT of a kind", True),
    ],
)
def test_only_what_is_said_to_look_at_data_and_no_more_is_indirect(operation, direct):
    assert how(FineGrained(transform_operation=operation)).direct is direct


@pytest.mark.parametrize(
    ("operation", "masking"),
    [
        ("HASH", True),
        ("DIRECT:MASKING", True),
        ("DIRECT:MASKING,INDIRECT:JOIN", True),
        ("DIRECT:MASKING,DIRECT:IDENTITY", False),
        ("INDIRECT:MASKING", False),
        ("select hash(a) from b", False),
        (None, False),
    ],
)
def test_masked_is_what_is_said_to_be_and_wholly(operation, masking):
    assert how(FineGrained(transform_operation=operation)).masking is masking


def test_how_sure_datahub_is_is_shown_where_it_is_not():
    unsure, sure = (
        FineGrained(transform_operation="COPY", confidence_score=0.35),
        FineGrained(transform_operation="COPY"),
    )
    assert (how(unsure).text, how(sure).text) == ("COPY; 35% sure", "COPY")


@given(st.text(), st.floats())
def test_any_text_is_some_transformation_and_short(operation, confidence):
    assert len(how(FineGrained(transform_operation=operation, confidence_score=confidence)).text) < 500


@pytest.mark.parametrize(
    ("operation", "aggregating"),
    [
        ("DIRECT:AGGREGATION", True),
        ("DIRECT:AGGREGATION,INDIRECT:GROUP_BY", True),
        ("DIRECT:AGGREGATION,DIRECT:IDENTITY", False),
        ("INDIRECT:FILTER", False),
        ("-- DIRECT:AGGREGATION\nSELECT count(email) FROM members", True),
        ("SELECT count(email) FROM members", False),
        (None, False),
    ],
)
def test_aggregated_is_what_is_said_to_be_and_wholly(operation, aggregating):
    assert how(FineGrained(transform_operation=operation)).aggregating is aggregating
