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


def test_it_needs_no_django(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", BLOCKED + USED, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == "nobody may be used\n"


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
