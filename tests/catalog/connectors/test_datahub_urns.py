"""DataHub's urns, taken apart."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transparency.catalog.connectors import datahub_urns
from transparency.catalog.connectors.datahub_urns import ENVIRONMENTS, BadUrn, Urn, field_name, parse, short

NAMES = st.text(min_size=1, max_size=60).filter(str.strip)
ENVIRONMENT = st.sampled_from(sorted(ENVIRONMENTS))
BARE = st.text("ab(),% :.[]", min_size=1, max_size=30).filter(str.strip)
FIELDS = st.lists(st.text("abc_-é ", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=6)
TYPES = st.lists(st.text("abc.,()= ", min_size=1, max_size=12), max_size=3)


def escaped(text):
    """As DataHub's own encoder writes a name."""
    reserved = {"%": "%25", ",": "%2C", "(": "%28", ")": "%29", "\u241f": "%E2%90%9F"}
    return "".join(reserved.get(character, character) for character in text)


def table(name, environment="PROD"):
    return f"urn:li:dataset:(urn:li:dataPlatform:s3,{name},{environment})"


@given(NAMES, ENVIRONMENT)
@example("a,b (copy).csv", "PROD")
@example("100%25", "DEV")
def test_whatever_a_name_holds_comes_back_from_its_escaped_form(name, environment):
    parts = ("urn:li:dataPlatform:s3", name, environment)
    assert parse(table(escaped(name), environment)) == Urn("dataset", parts)


@given(BARE, ENVIRONMENT)
def test_older_urns_hold_commas_and_parentheses_as_they_are(name, environment):
    assert parse(table(name, environment)).parts[1] == datahub_urns.unescaped(name)


@given(NAMES, NAMES)
def test_a_column_of_any_name_is_told_from_its_table_of_any_name(name, column):
    urn = parse(f"urn:li:schemaField:({table(escaped(name))},{escaped(column)})")
    assert (parse(urn.parts[0]).parts[1], urn.parts[1]) == (name, column)


@given(BARE.filter(lambda name: "," not in name), st.text("ab.[]=", min_size=1, max_size=30))
def test_a_column_of_a_table_with_bare_parentheses_is_told_from_it_by_the_environment(name, column):
    urn = parse(f"urn:li:schemaField:({table(name)},{column})")
    assert urn.parts == (table(name), column)


@given(NAMES, NAMES, NAMES)
def test_a_job_is_told_from_its_flow(orchestrator, flow, task):
    of = f"urn:li:dataFlow:({escaped(orchestrator)},{escaped(flow)},prod)"
    assert parse(f"urn:li:dataJob:({of},{escaped(task)})").parts == (of, task)


@given(st.text())
@example("urn:li:dataset:(,,)")
@example("urn:li:schemaField:(urn:li:dataset:((((,PROD),a)")
def test_no_text_does_worse_than_being_refused(text):
    for hostile in (text, f"urn:li:{text}", f"urn:li:dataset:({text})", f"urn:li:schemaField:({text})"):
        with suppress(BadUrn):
            assert all(parse(hostile).parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "urn:li:dataset:",
        "urn:li:dataset:members",
        "urn:li:dataset:(urn:li:dataPlatform:s3,members)",
        "urn:li:dataset:(urn:li:dataPlatform:s3,members,PROD",
        "urn:li:dataset:(urn:li:dataPlatform:s3,,PROD)",
        "urn:li:mlFeature:(members)",
        "urn:li:dataJob:(urn:li:dataFlow:(airflow,nightly,prod))",
        "urn:other:dataset:(a,b,c)",
        "dataset",
        table("x" * 5_000),
    ],
)
def test_a_text_of_another_form_is_refused(text):
    with pytest.raises(BadUrn):
        parse(text)


@given(FIELDS, TYPES)
def test_a_nested_column_is_called_by_its_dotted_name_whatever_its_types(names, types):
    path = ".".join(["[version=2.0]", *(f"[type={one}]" for one in types), *_typed(names, types)])
    assert field_name(path) == ".".join(names)


def _typed(names, types):
    for name in names:
        yield from (f"[type={one}]" for one in types)
        yield name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("email", "email"),
        ("address.city", "address.city"),
        ("tags[0]", "tags[0]"),
        ("[version=2.0].[key=True].[type=Member].[type=string].id", "id"),
        ("[version=2.0].[type=Member].[type=array].[type=com.acme.Address].home.[type=string].city", "home.city"),
        ("[version=2.0].[type=Member].[type=Address].home.[type=Address]", "home"),
        ("[version=2.0].[type=array[decimal(10,2)]].sums", "sums"),
        ("[version=2.0].[type=Member]", ""),
        ("[odd", "[odd"),
    ],
)
def test_field_paths_of_both_versions(path, name):
    assert field_name(path) == name


def test_what_an_urn_says_at_its_end():
    assert (short("urn:li:tag:PII"), short("urn:li:glossaryTerm:A%2CB"), short("PII")) == ("PII", "A,B", "PII")
