import gzip
import json
from datetime import UTC, datetime

import pytest

from tests.scenarios.openlineage import dataset, run_event
from transparency.catalog import limits
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.openlineage import OpenLineageFiles

NOW = datetime(2026, 3, 4, 6, tzinfo=UTC)
LINE = json.dumps(run_event([dataset("a")], [dataset("x")])) + "\n"
OTHER = json.dumps(run_event([dataset("b")], [dataset("x")], run={"runId": "other"})) + "\n"


@pytest.fixture
def imports(tmp_path):
    (tmp_path / "imports").mkdir()
    return tmp_path / "imports"


@pytest.fixture
def read(imports):
    def read(location, progress=lambda *_: None):
        return OpenLineageFiles(location, imports, NOW).read(progress)

    return read


@pytest.fixture
def refusal(read):
    def refusal(location):
        with pytest.raises(SourceUnreadable) as caught:
            read(location)
        return caught.value

    return refusal


def test_a_file_of_events_is_read(imports, read):
    (imports / "events.ndjson").write_text(LINE + "\n" + OTHER)
    snapshot = read("events.ndjson")
    assert (len(snapshot.flows), snapshot.complete, snapshot.faults) == (4, True, [])


def test_every_file_of_a_folder_is_read(imports, read):
    (imports / "a").mkdir()
    (imports / "a/1.ndjson").write_text(LINE)
    (imports / "a/2.json").write_text(OTHER.rstrip())
    assert len(read("a").flows) == 4


def test_hidden_files_and_links_are_left_out(imports, read, tmp_path):
    (tmp_path / "outside.ndjson").write_text(OTHER)
    (imports / "1.ndjson").write_text(LINE)
    (imports / ".2.ndjson").write_text("rubbish\n")
    (imports / "3.ndjson").symlink_to(tmp_path / "outside.ndjson")
    assert len(read(".").flows) == 2


def test_a_zipped_file_is_read(imports, read):
    (imports / "events.ndjson.gz").write_bytes(gzip.compress(LINE.encode()))
    assert len(read("events.ndjson.gz").flows) == 2


def test_a_bad_line_is_named_and_the_rest_is_used_but_not_called_complete(imports, read):
    (imports / "events.ndjson").write_text(LINE + '{"eventTime": 5}\n' + OTHER)
    snapshot = read("events.ndjson")
    assert (len(snapshot.flows), snapshot.complete) == (4, False)
    assert [(fault.code, fault.pointer) for fault in snapshot.faults] == [("type", "events.ndjson:2/eventTime")]


def test_a_line_beyond_the_limit_is_named_and_the_next_one_read(imports, read):
    (imports / "events.ndjson").write_text("[" * (limits.BODY_BYTES * 2) + "\n" + LINE)
    snapshot = read("events.ndjson")
    assert [(fault.code, fault.pointer) for fault in snapshot.faults] == [("body.size", "events.ndjson:1")]
    assert len(snapshot.flows) == 2


def test_an_event_from_the_future_is_named(imports, read):
    (imports / "events.ndjson").write_text(LINE + json.dumps(run_event(eventTime="2026-03-06T00:00:00Z")) + "\n")
    assert [fault.code for fault in read("events.ndjson").faults] == ["time.ahead"]


@pytest.mark.parametrize("content", ["", "\n\n", "rubbish\n", LINE + LINE[:300]])
def test_a_file_that_is_empty_cut_or_all_rubbish_is_unreadable(imports, refusal, content):
    (imports / "events.ndjson").write_text(content)
    assert refusal("events.ndjson").retryable


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"[{LINE.strip()}]\n", "events.ndjson:1: An event is a JSON object."),
        (f"\ufeff{LINE}", "events.ndjson:1: The text begins with a byte order mark"),
        (json.dumps(json.loads(LINE), indent=2), "events.ndjson:1: This is not JSON"),
    ],
)
def test_where_nothing_can_be_used_the_first_reason_is_told(imports, refusal, content, reason):
    (imports / "events.ndjson").write_text(content)
    said = refusal("events.ndjson").message
    assert said.startswith("There is no event that can be used in these files; each stands on a line of its own.")
    assert reason in said


def test_a_zipped_file_that_is_cut_is_unreadable(imports, refusal):
    (imports / "events.ndjson.gz").write_bytes(gzip.compress(LINE.encode() * 50)[:-20])
    assert "to its end" in refusal("events.ndjson.gz").message


@pytest.mark.parametrize(
    "location", ["", " ", "../secret", "a/../../secret", "/etc/passwd", "a\0b", "not-there", "x" * 300]
)
def test_a_path_that_leads_elsewhere_is_refused(refusal, location):
    assert refusal(location).message


def test_a_link_out_of_the_folder_is_refused(imports, refusal, tmp_path):
    (tmp_path / "outside.ndjson").write_text(LINE)
    (imports / "link.ndjson").symlink_to(tmp_path / "outside.ndjson")
    assert "leads out" in refusal("link.ndjson").message


def test_an_empty_folder_is_unreadable(refusal):
    assert "no files" in refusal(".").message


def test_progress_is_told_in_bytes(imports, read):
    (imports / "events.ndjson").write_text(LINE)
    told = []
    read("events.ndjson", lambda *step: told.append(step))
    assert told == [("Reading bytes of events", 0, len(LINE)), ("Reading bytes of events", len(LINE), len(LINE))]


@pytest.mark.parametrize(("name", "packed"), [("events.ndjson", bytes), ("events.ndjson.gz", gzip.compress)])
def test_progress_is_told_within_a_large_file(imports, read, name, packed):
    content = packed(LINE.encode() * 1_200)
    (imports / name).write_bytes(content)
    told = []
    read(name, lambda *step: told.append(step))
    size = len(content)
    within = [min(len(LINE) * 500, size), min(len(LINE) * 1_000, size)]
    assert [done for _, done, _ in told] == [0, *within, size]


def test_many_faults_are_kept_within_bounds(imports, read):
    (imports / "events.ndjson").write_text(LINE + "{}\n" * 1_500)
    assert len(read("events.ndjson").faults) == limits.FAULTS
