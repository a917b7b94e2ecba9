"""Rules of the house that a machine can see."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = [path for path in (ROOT / "transparency").rglob("*.py") if "migrations" not in path.parts]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_no_file_is_longer_than_400_lines():
    assert [path.name for path in (*CODE, *TESTS) if len(path.read_text().splitlines()) > 400] == []


def test_no_template_is_longer_than_120_lines():
    assert [path.name for path in TEMPLATES if len(path.read_text().splitlines()) > 120] == []


def test_no_function_is_longer_than_50_lines():
    assert [
        f"{path.name}:{node.name}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 50
    ] == []


@pytest.mark.parametrize(
    "forbidden",
    ["mark_safe", "|safe", "autoescape off", "cache_page", "CacheMiddleware", "SESSION_SAVE_EVERY", "pickle", "RawSQL"],
)
def test_nothing_goes_round_the_protections(forbidden):
    assert [str(path) for path in (*CODE, *TEMPLATES) if forbidden in path.read_text()] == []


def test_no_page_says_since_3_minutes_ago():
    """A script makes “3 minutes ago” of a recent ``|moment``; after “since” and “until” stands a ``|minute``."""
    said = re.compile(r"\b(since|until|from|by) \{\{ [a-z_.]+\|moment", re.IGNORECASE)
    assert [str(path) for path in TEMPLATES if said.search(path.read_text())] == []


def test_no_page_carries_its_own_script_or_style():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=")
    assert [str(path) for path in TEMPLATES if inline.search(path.read_text())] == []


def test_every_variable_that_is_read_is_explained():
    text = "".join(path.read_text() for path in CODE)
    pattern = r"""(?:\benv(?:\.\w+)?|_required|environ\.get)\(\s*"([A-Z_]+)\""""
    explained = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(pattern, text)) == explained


def test_every_file_that_the_readme_names_exists():
    named = re.findall(r"`((?:tests|transparency)/[\w/.]+)`|\]\((static/[\w/.-]+)\)", (ROOT / "README.md").read_text())
    assert [name for pair in named for name in pair if name and not (ROOT / name).exists()] == []
