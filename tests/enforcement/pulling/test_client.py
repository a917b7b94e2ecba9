"""What a pipeline gets from its client, while all is well."""

import stat
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transparency.enforcement.client import BadMembers, Client, Contradicted, Kind, Unreachable
from transparency.enforcement.pulling import reading

TEN = list(range(10))
REST = [0, 1, 4, 6, 8, 9]
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_whoever_refused_is_left_out(pip, site):
    assert pip().filter(TEN) == REST


def test_only_whoever_agreed_may_be_used_where_a_yes_comes_first(pip, site):
    site.kind = Kind.MAY_USE
    assert pip().filter(TEN) == [2, 3, 5, 7]


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint64", "uint8"])
def test_an_array_comes_back_as_one(pip, site, dtype):
    found = pip().filter(np.arange(10, dtype=dtype))
    assert (found.tolist(), found.dtype) == (REST, np.dtype(dtype))


@pytest.mark.parametrize(
    "ids",
    [
        pa.array(TEN),
        pa.chunked_array([TEN[:4], TEN[4:]]),
        pa.array(TEN, pa.uint32()),
        pa.array(TEN).dictionary_encode(),
    ],
)
def test_an_arrow_column_comes_back_as_one(pip, site, ids):
    found = pip().filter(ids)
    assert (found.to_pylist(), found.type) == (REST, ids.type)


def test_a_series_keeps_its_index(pip, site):
    found = pip().filter(pd.Series(TEN, index=list("abcdefghij"), name="member"))
    assert found.to_dict() == {"a": 0, "b": 1, "e": 4, "g": 6, "i": 8, "j": 9}


@pytest.mark.parametrize("dtype", ["Int64", "string", "int64[pyarrow]", object])
def test_a_series_of_any_kind_is_understood(pip, site, dtype):
    assert pip().filter(pd.Series(TEN).astype(dtype)).astype(int).tolist() == REST


def test_rows_of_a_frame_are_filtered_by_their_column(pip, site):
    found = pip().filter(pd.DataFrame({"member": TEN, "clicks": TEN[::-1]}), column="member")
    assert found.clicks.tolist() == [9, 8, 5, 3, 1, 0]


def test_rows_of_a_table_are_filtered_by_their_column(pip, site):
    table = pa.table({"member": TEN, "clicks": TEN[::-1]})
    assert pip().filter(table, column="member")["clicks"].to_pylist() == [9, 8, 5, 3, 1, 0]


def test_a_reader_is_filtered_while_it_is_read(pip, site):
    client = pip()
    found = client.filter(pa.table({"member": TEN}).to_reader(max_chunksize=3), column="member")
    assert isinstance(found, pa.RecordBatchReader)
    assert found.read_all()["member"].to_pylist() == REST
    assert client.acknowledge("run", started_at=NOON)["verdict"] == "fine"
    assert (site.acknowledged[0]["members_seen"], site.acknowledged[0]["members_left_out"]) == (10, 4)


def test_the_batches_of_a_reader_keep_their_order(pip, site):
    many = np.random.default_rng(7).permutation(10_000)
    rows = pa.table({"member": many}).to_reader(max_chunksize=10)
    found = pip().filter(rows, column="member").read_all()["member"].to_numpy()
    assert np.array_equal(found, many[~np.isin(many, [2, 3, 5, 7])])


def test_a_file_of_any_size_is_filtered_while_it_is_read(pip, site, tmp_path):
    pq.write_table(pa.table({"member": TEN, "clicks": TEN[::-1]}), tmp_path / "rows.parquet", row_group_size=3)
    client = pip()
    found = client.filter(tmp_path / "rows.parquet", column="member")
    assert isinstance(found, pa.RecordBatchReader)
    assert found.read_all()["clicks"].to_pylist() == [9, 8, 5, 3, 1, 0]
    client.acknowledge("run", started_at=NOON)
    assert (site.acknowledged[0]["members_seen"], site.acknowledged[0]["members_left_out"]) == (10, 4)


@pytest.mark.parametrize("octets", [b"", b"PAR1 and nothing more PAR1"])
def test_what_is_no_parquet_file_lets_nobody_pass(pip, site, tmp_path, octets):
    (tmp_path / "rows.parquet").write_bytes(octets)
    with pytest.raises(BadMembers, match=r"rows\.parquet"):
        pip().filter(tmp_path / "rows.parquet", column="member")


def test_a_file_that_is_not_there_lets_nobody_pass(pip, site, tmp_path):
    with pytest.raises(BadMembers, match=r"rows\.parquet"):
        pip().filter(tmp_path / "rows.parquet", column="member")


def test_row_groups_and_the_steps_within_them_keep_their_order(pip, site, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "ROWS", 7)
    many = np.random.default_rng(7).permutation(10_000)
    pq.write_table(pa.table({"member": many}), tmp_path / "rows.parquet", row_group_size=100)
    found = pip().filter(tmp_path / "rows.parquet", column="member").read_all()["member"].to_numpy()
    assert np.array_equal(found, many[~np.isin(many, [2, 3, 5, 7])])


def test_a_damaged_file_ends_there(pip, site, tmp_path):
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"member": list(range(10, 50_000))}), file, use_dictionary=False, write_page_checksum=True)
    octets = bytearray(file.read_bytes())
    octets[1_000:1_100] = bytes(100)
    file.write_bytes(octets)
    with pytest.raises(BadMembers, match=r"rows\.parquet"):
        pip().filter(file, column="member").read_all()


def test_a_number_as_text_is_the_same_member(pip, site):
    assert pip().filter(["2", "02", "3", "ann"]) == ["02", "ann"]


def test_views_of_text_are_compared_and_given_back_as_such(pip, site):
    site.texts = {"ann"}
    keys = pa.array(["2", "ann", "eve"], pa.string_view())
    found = pip().filter(pa.table({"member": keys, "note": keys}), column="member")
    assert found == pa.table({name: pa.array(["eve"], pa.string_view()) for name in ("member", "note")})
    assert pip().filter(keys).to_pylist() == ["eve"]


def test_a_column_that_arrow_can_not_filter_is_named(pip, site):
    note = pa.array([{"text": "a"}], pa.struct([("text", pa.string_view())]))
    with pytest.raises(BadMembers, match=r"Column “note” is of type struct.*cast it first"):
        pip().filter(pa.table({"member": [1], "note": note}), column="member")


def test_textual_keys_are_compared_as_they_are(pip, site):
    site.texts = {"ann", "07", str(2**63)}
    assert pip().filter(["ann", "Ann", "07", "7", str(2**63), 2**63 + 1]) == ["Ann", 2**63 + 1]


def test_integers_that_no_database_integer_holds_are_compared_too(pip, site):
    site.texts = {str(2**63)}
    assert pip().filter(np.array([1, 2, 2**63, 2**63 + 1], dtype=np.uint64)).tolist() == [1, 2**63 + 1]


@pytest.mark.parametrize(
    "empty", [[], np.array([], dtype=np.int64), pa.array([], pa.int64()), pd.Series([], dtype=int)]
)
def test_nobody_is_nobody(pip, site, empty):
    assert len(pip().filter(empty)) == 0


@pytest.mark.parametrize(
    "ids",
    [
        [1, None],
        [1, -1],
        [1, 2.0],
        [True],
        [2**64],
        [b"1"],
        [""],
        ["x" * 65],
        ["1", " 2"],
        ["1", "2 "],
        ["1", "2.0"],
        ["ann", "rene\u0301"],
        "12345",
        7,
        {"a": 1},
        None,
        np.array([1.0, 2.0]),
        np.array([-1, 2]),
        np.array([[1, 2]]),
        np.array([True]),
        np.array([1, None], dtype=object),
        pa.array([1, None]),
        pa.array([1.5]),
        pa.array(["a", None]),
        pa.array([-1]),
        pd.Series([1, None]),
        pd.Series([1, None], dtype="Int64"),
        pd.Series(["a", 1]),
        pd.DataFrame({"member": [1]}),
        pa.table({"member": [1]}),
        pa.table({"member": [1]}).to_reader(),
    ],
)
def test_what_are_no_members_lets_nobody_pass(pip, site, ids):
    with pytest.raises(BadMembers):
        pip().filter(ids)


def test_a_reader_with_a_row_without_a_member_ends_there(pip, site):
    rows = pa.table({"member": pa.array([1, 2, None])}).to_reader(max_chunksize=2)
    with pytest.raises(BadMembers):
        pip().filter(rows, column="member").read_all()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.sets(st.integers(0, 2**63 - 1), min_size=1), st.lists(st.integers(0, 2**63 - 1)))
def test_filtering_is_a_difference_of_sets(pip, site, tmp_path_factory, refused, ids):
    site.numbers = refused
    client = pip(folder=tmp_path_factory.mktemp("pip"))
    wanted = [*ids, *sorted(refused)[:3]]
    assert client.filter(wanted) == [one for one in wanted if one not in refused]


def test_it_catches_up_with_what_was_chosen_since(pip, site):
    client = pip()
    client.filter(TEN)
    site.refuses(4)
    site.allows(2)
    assert client.filter(TEN) == [0, 1, 2, 6, 8, 9]
    assert site.asked[-1] == {"feature": ["job-ranking"], "stage": ["training"], "since": ["10"], "base": ["b1"]}


def test_it_catches_up_where_a_yes_comes_first(pip, site):
    site.kind = Kind.MAY_USE
    client = pip()
    client.filter(TEN)
    site.refuses(4)  # of this site's numbers, which are those who may be used
    site.allows(2)
    assert client.filter(TEN) == [3, 4, 5, 7]


def test_the_next_process_goes_on_with_the_list_on_the_disk(pip, site):
    pip().filter(TEN)
    site.refuses(4)
    assert pip().filter(TEN) == [0, 1, 6, 8, 9]
    assert "since" in site.asked[-1]


def test_where_nothing_changed_only_the_time_is_renewed(pip, site):
    client = pip()
    before = client.suppressions()
    written = before.path.stat().st_mtime_ns
    site.sequence, site.lives = 12, timedelta(hours=5)
    after = pip().suppressions()
    assert (after.sequence, after.path.stat().st_mtime_ns) == (12, written)
    assert after.expires > before.expires


def test_it_does_not_ask_again_before_the_list_is_as_old_as_it_may_be(pip, site):
    client = pip(max_age=60)
    assert [client.filter(TEN), client.filter(TEN)] == [REST, REST]
    assert len(site.asked) == 1


def test_by_itself_it_asks_again_after_a_minute(by_itself, site, time_machine):
    """P-02: whoever refuses is left out of a run that begins a minute later."""
    by_itself.filter(TEN)
    site.refuses(4)
    time_machine.move_to(datetime.now(UTC) + timedelta(seconds=61))
    assert by_itself.filter(TEN) == [0, 1, 6, 8, 9]


def test_it_asks_again_for_a_later_choice(pip, site):
    client = pip(max_age=60)
    client.filter(TEN)
    site.refuses(4)
    assert client.filter(TEN, min_sequence=11) == [0, 1, 6, 8, 9]


def test_the_whole_list_is_fetched_where_changes_do_not_fit(pip, site):
    client = pip()
    client.filter(TEN)
    site.base, site.numbers = "b2", {9}
    assert client.filter(TEN) == TEN[:9]
    assert "since" not in site.asked[-1]


def test_it_waits_for_a_list_that_is_being_built(pip, site):
    site.waits = 2
    assert pip().filter(TEN) == REST


def test_the_list_is_a_file_for_any_engine(pip, site):
    found = pip().suppressions()
    assert (found.kind, found.count, found.sequence, found.edition) == (Kind.LEAVE_OUT, 4, 10, 3)
    assert pq.read_table(found.path)["member"].to_pylist() == [2, 3, 5, 7]


def test_nobody_else_may_read_the_list(pip, site):
    path = pip().suppressions().path
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_run_is_acknowledged_with_what_it_did(pip, site):
    client = pip()
    client.filter(TEN)
    site.refuses(4)
    client.filter(TEN)
    client.acknowledge("run-1", started_at=NOON, ended_at=NOON + timedelta(hours=1))
    assert site.acknowledged == [
        {
            "run": "run-1",
            "feature": "job-ranking",
            "stage": "training",
            "sequence": 10,
            "edition": 3,
            "members_seen": 20,
            "members_left_out": 9,
            "started_at": "2026-11-25T12:00:00+00:00",
            "ended_at": "2026-11-25T13:00:00+00:00",
        }
    ]


def test_a_run_whose_acknowledgement_was_not_answered_is_told_again_word_for_word(pip, site):
    client = pip()
    client.filter(TEN)
    site.status = 503
    with pytest.raises(Unreachable):
        client.acknowledge("run-1", started_at=NOON)
    site.status = 200
    client.acknowledge("run-1", started_at=NOON)
    assert site.acknowledged[0] == site.acknowledged[1]


def test_a_run_that_was_acknowledged_otherwise_is_not_taken_for_acknowledged(pip, site):
    client = pip()
    client.filter(TEN)
    site.status = 409
    with pytest.raises(Contradicted, match="as the test has it"):
        client.acknowledge("run-1", started_at=NOON)


def test_nothing_is_acknowledged_without_a_list(pip, site):
    with pytest.raises(RuntimeError, match="Nothing to acknowledge"):
        pip().acknowledge("run-1", started_at=NOON)


def test_the_key_never_travels_in_the_clear(tmp_path):
    with pytest.raises(ValueError, match="https"):
        Client("http://transparency.example", "tr_pip", "job-ranking", "training", folder=tmp_path)
