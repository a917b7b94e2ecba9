"""The worked examples, as a pipeline's team runs them: real engines, the real site, a real key."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.register.builders import register, use
from transparency.enforcement import actions
from transparency.enforcement.client import BadMembers, Client, Contradicted, NotEntitled
from transparency.enforcement.examples import with_duckdb
from transparency.enforcement.models import Acknowledgement
from transparency.register.schema import Scope

ROOT = Path(__file__).resolve().parents[2]
SPARK = Path(sys.prefix) / "spark/bin/python"
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def secret(amir, pip):
    return actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")[1]


@pytest.fixture
def client(live_server, secret, tmp_path):
    """Pip's client, which asks anew at every question."""
    return Client(live_server.url, secret, "job-ranking", "training", folder=tmp_path / "kept", max_age=0)


@pytest.fixture
def clicks(tmp_path):
    """Clicks of five members, and one of nobody known."""
    path = tmp_path / "clicks.parquet"
    pq.write_table(pa.table({"member": [5, 6, 7, 7, 8, 9, None], "place": [1, 2, 3, 4, 5, 6, 7]}), path)
    return path


@pytest.fixture
def run(live_server, secret, clicks, tmp_path):
    """Runs an example as its first lines say."""

    def run(module, python=sys.executable, name="run-1"):
        own = {"TRANSPARENCY_URL": live_server.url, "TRANSPARENCY_KEY": secret, "HOME": str(tmp_path)}
        own |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"}
        own |= {"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}
        command = [python, "-m", f"transparency.enforcement.examples.{module}"]
        return subprocess.run(
            [*command, clicks, "job-ranking", "training", name],
            env=own,
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def spark():
    """The Python that Spark is installed for."""
    if shutil.which("java") and SPARK.exists():
        return SPARK
    missing = "Java was not found" if not shutil.which("java") else "`make test` installs pyspark into .venv/spark"
    if os.environ.get("CI"):
        pytest.fail(f"Spark's example was not run: {missing}.")
    return pytest.skip(f"Spark's example is not run: {missing}.")


MEMBERS = pa.array([5, 6, 7, 7, 8, 9, None])
TYPED = [MEMBERS.cast(kind) for kind in (pa.int8(), pa.int64(), pa.uint64(), pa.string())]
TYPED.append(MEMBERS.cast(pa.string()).dictionary_encode())
MISTYPED = [MEMBERS.cast(pa.float64()), MEMBERS.cast(pa.decimal128(21, 2)), MEMBERS.cast(pa.string()).cast(pa.binary())]


def acknowledged():
    row = Acknowledgement.objects.get()
    return row.sequence, row.members_seen, row.members_left_out, row.verdict


@pytest.mark.parametrize("module", ["with_duckdb", "with_pandas"])
def test_refused_clicks_are_left_out_and_the_run_is_acknowledged(run, chooses, clicks, module):
    pq.write_table(pq.read_table(clicks).slice(0, 6), clicks)
    chooses.refuses(member="7")
    chooses.refuses(member="9")
    told = run(module)
    assert told.stdout == "Training on 3 clicks of 3 members.\n", told.stderr
    assert acknowledged() == (2, 5, 2, "fine")
    chooses.refuses(member="8")
    assert run(module, name="run-2").stdout == "Training on 2 clicks of 2 members.\n"


def test_duckdb_uses_only_who_agreed_where_a_yes_comes_first(client, clicks, chooses, publish, published):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(member="7", edition=2)
    assert with_duckdb.usable(client, str(clicks)).place.tolist() == [3, 4]


def test_duckdb_leaves_textual_members_out_too(client, clicks, chooses):
    chooses.refuses(member="ann")
    chooses.refuses(member="7")
    assert sorted(with_duckdb.usable(client, str(clicks)).place) == [1, 2, 5, 6]


@pytest.mark.parametrize("members", TYPED)
def test_duckdb_leaves_the_same_members_out_however_their_keys_are_typed(client, clicks, chooses, members):
    pq.write_table(pa.table({"member": members, "place": range(7)}), clicks)
    chooses.refuses(member="7")
    assert sorted(with_duckdb.usable(client, str(clicks)).place) == [0, 1, 4, 5]
    chooses.refuses(member="ann")
    assert sorted(with_duckdb.usable(client, str(clicks)).place) == [0, 1, 4, 5]


@pytest.mark.parametrize("members", MISTYPED)
def test_keys_that_would_meet_nobody_let_duckdb_use_nobody(client, clicks, chooses, members):
    pq.write_table(pa.table({"member": members}), clicks)
    chooses.refuses(member="7")
    chooses.refuses(member="ann")
    with pytest.raises(BadMembers, match="integers or text"):
        with_duckdb.usable(client, str(clicks))


def test_keys_that_would_meet_nobody_let_pandas_use_nobody(run, clicks, chooses):
    """As pandas itself writes integers of which one is missing."""
    pd.DataFrame({"member": [5, 7, None]}).to_parquet(clicks)
    chooses.refuses(member="7")
    told = run("with_pandas")
    assert (told.stdout, told.stderr.strip().splitlines()[-1].partition(":")[0].split(".")[-1]) == ("", "BadMembers")


def test_a_pipeline_without_a_key_trains_on_nobody(live_server, tmp_path, clicks):
    stranger = Client(live_server.url, "tr_wrong", "job-ranking", "training", folder=tmp_path)
    with pytest.raises(NotEntitled):
        with_duckdb.usable(stranger, str(clicks))


def test_the_client_and_the_site_agree_through_a_day_of_choices(client, chooses):
    members = list(range(20))
    chooses.refuses(member="3")
    assert 3 not in client.filter(members)
    chooses.allows(member="3")
    chooses.refuses(member="4")
    chooses.refuses(member="ann")
    assert client.filter([*members, "ann"]) == [one for one in members if one != 4]
    assert client.filter(pd.Series(members)).tolist() == [one for one in members if one != 4]


def test_a_run_is_acknowledged_once_and_whoever_tells_it_otherwise_hears_so(client):
    said = {"started_at": datetime.now(UTC), "ended_at": datetime.now(UTC), "members_seen": 5}
    for _ in range(2):
        client.suppressions()
        assert client.acknowledge("run-1", members_left_out=2, **said)["verdict"] == "fine"
    client.suppressions()
    with pytest.raises(Contradicted, match="members_left_out"):
        client.acknowledge("run-1", members_left_out=3, **said)


def test_the_client_follows_the_terms_when_they_change(client, chooses, publish, published):
    assert client.filter([1, 7]) == [1, 7]
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(member="7", edition=2)
    assert client.filter([1, 7]) == [7]


@pytest.mark.slow
def test_spark_leaves_refused_clicks_out(spark, run, chooses):
    chooses.refuses(member="7")
    chooses.refuses(member="9")
    told = run("with_spark", spark)
    assert "Training on 3 clicks of 3 members.\n" in told.stdout, told.stderr[-2_000:]
    assert acknowledged() == (2, 5, 2, "fine")


@pytest.mark.slow
def test_spark_uses_only_who_agreed_where_a_yes_comes_first(spark, run, chooses, publish, published):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(member="7", edition=2)
    told = run("with_spark", spark)
    assert "Training on 2 clicks of 1 members.\n" in told.stdout, told.stderr[-2_000:]


@pytest.mark.slow
def test_keys_that_would_meet_nobody_let_spark_use_nobody(spark, run, clicks, chooses):
    pq.write_table(pa.table({"member": MISTYPED[0]}), clicks)
    chooses.refuses(member="7")
    chooses.refuses(member="ann")
    told = run("with_spark", spark)
    assert ("BadMembers: Members are integers or text" in told.stderr, "Training on" in told.stdout) == (True, False)
