"""DataHub's patches, applied to what was said before."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios.datahub import EMAIL, FEATURES, MEMBERS, field
from transparency.catalog.connectors.datahub_patches import KEYS, BadPatch, patched

MAIL = field(FEATURES, "mail")
TAG = "urn:li:tag:a/b~c"


def apply(name, before, *operations):
    return json.loads(patched(name, json.dumps(before).encode(), json.dumps(operations).encode()))


def operation(op, path, value=None):
    return {"op": op, "path": path, "value": value}


def test_a_tag_is_added_by_its_urn_and_taken_away_again():
    added = apply("globalTags", {}, operation("add", "/tags/urn:li:tag:a~1b~0c", {"tag": TAG}))
    assert added == {"tags": [{"tag": TAG}]}
    assert apply("globalTags", added, operation("remove", "/tags/urn:li:tag:a~1b~0c")) == {"tags": []}


def test_added_twice_it_is_there_once_as_it_was_said_last():
    told = [operation("add", f"/upstreams/{MEMBERS}", {"dataset": MEMBERS, "type": kind}) for kind in ("COPY", "VIEW")]
    assert apply("upstreamLineage", {}, *told) == {"upstreams": [{"dataset": MEMBERS, "type": "VIEW"}]}


@pytest.mark.parametrize("query", ["NONE/", ""])
def test_column_lineage_is_named_by_its_ends(query):
    path = f"/fineGrainedLineages/COPY/{MAIL}/{query}{EMAIL}"
    told = apply("upstreamLineage", {}, operation("add", path, {"confidenceScore": 0.9}))
    lineage = {"confidenceScore": 0.9, "transformOperation": "COPY", "upstreams": [EMAIL], "downstreams": [MAIL]}
    assert told == {"upstreams": [], "fineGrainedLineages": [lineage]}
    assert apply("upstreamLineage", told, operation("remove", path))["fineGrainedLineages"] == []


def test_a_value_is_set():
    assert apply("datasetProperties", {"x": 1}, operation("add", "/description", "New.")) == {
        "x": 1,
        "description": "New.",
    }


def test_a_wrapped_patch_says_the_same():
    wrapped = {"patch": [operation("add", "/removed", value=True)], "arrayPrimaryKeys": {}}
    assert json.loads(patched("status", b"{}", json.dumps(wrapped).encode())) == {"removed": True}


def test_urns_of_a_jobs_inputs_are_a_list_of_texts():
    told = apply("dataJobInputOutput", {"inputDatasets": ["a"]}, operation("add", f"/inputDatasets/{MEMBERS}", {}))
    assert told["inputDatasets"] == ["a", MEMBERS]


@pytest.mark.parametrize(
    "told",
    [
        operation("move", "/tags/a"),
        operation("add", "/attribution/a/b"),
        operation("add", "/fineGrainedLineages/a"),
    ],
)
def test_what_is_not_understood_is_refused(told):
    with pytest.raises(BadPatch):
        apply("upstreamLineage", {}, told)


@given(
    st.sampled_from([*KEYS, "other"]),
    st.dictionaries(st.sampled_from(["tags", "upstreams", "fineGrainedLineages"]), st.integers() | st.lists(st.text())),
    st.text("/tagsupremfiL~01"),
    st.none() | st.integers() | st.dictionaries(st.text(), st.text()),
)
def test_no_patch_does_worse_than_being_refused(name, before, path, value):
    try:
        patched(name, msgspec.json.encode(before), msgspec.json.encode([operation("add", path, value)]))
    except BadPatch as bad:
        refused = str(bad)
        assert refused.startswith("A patch of")
