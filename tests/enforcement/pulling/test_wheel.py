"""The client as a pipeline installs it: from a wheel, beside nothing but numpy and pyarrow."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "celery", "msgspec", "pyroaring", "psycopg", "redis", "structlog"}:
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, Blocked())
"""
USED = """
from transparency.enforcement.client import Client, Unreachable
try:
    Client("http://127.0.0.1:9", "tr_pip", "job-ranking", "training", folder=sys.argv[1], timeout=1).filter([1])
except Unreachable:
    print("nobody may be used")
"""
WITHOUT_PANDAS = """
import sys
from pathlib import Path
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
from transparency.enforcement.lists.columns import index_parquet, write_parquet
from transparency.enforcement.lists.header import Header, Kind
from transparency.enforcement.lists.members import Members
from transparency.enforcement.pulling.sieve import Sieve
from datetime import UTC, datetime

members, now, folder = Members(np.array([1, 5])), datetime.now(UTC), Path(sys.argv[1])
header = Header(Kind.LEAVE_OUT, "f", "training", (), 1, 1, "b", 2, members.digest(), now, now, "pip").sealed()
for file, rows in (("list", members.numbers), ("rows", np.array([1, 2, 3, 5]))):
    column = pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(rows)])
    metadata = {"suppressions": header.to_json()}
    pq.write_table(pa.table([column], schema=pa.schema([("member", pa.int64())], metadata)), folder / file)
index = index_parquet((folder / "list").open("rb"))[1]
found = Sieve(Kind.LEAVE_OUT, index).passing(folder / "rows", "member", lambda _: None).read_all()
print(found["member"].to_pylist(), "pandas" in sys.modules)
"""


def test_it_needs_no_django(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", BLOCKED + USED, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == "nobody may be used\n"


def test_it_loads_no_pandas_where_nobody_gives_it_a_frame(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_PANDAS, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[2, 3] False\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this repository."""
    folder, copy = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "transparency", copy / "transparency", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, copy]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("transparency-*.whl"))


@pytest.mark.slow
def test_a_pipeline_can_install_it(wheel, tmp_path):
    home = tmp_path / "pipeline"
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python3*/site-packages"))
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", home / "bin/python", "install", "--quiet", "--no-deps", wheel],
        check=True,
        capture_output=True,
    )
    for name in ("numpy", "pyarrow"):
        link(name, site)
    told = subprocess.run(
        [home / "bin/python", "-c", f"import sys\n{USED}", tmp_path],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "nobody may be used\n"


def link(name, site):
    """Have the library that is installed here there too."""
    here = Path(str(distribution(name).locate_file("")))
    for path in here.glob(f"{name}*"):
        (site / path.name).symlink_to(path)


def test_what_is_installed_by_default_is_what_the_client_needs(wheel):
    with zipfile.ZipFile(wheel) as opened:
        said = opened.read(next(name for name in opened.namelist() if name.endswith("METADATA"))).decode()
    needed = [line for line in said.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert sorted(re.match(r"Requires-Dist: (\w+)", line)[1] for line in needed) == ["numpy", "pyarrow"]
