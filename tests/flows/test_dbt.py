"""A real ``dbt build`` under ``dbt-ol``, in a process and an environment of its own, against the running demo.

What it tells while it builds, and what it leaves in its target folder: each becomes a use on the member's page, once
somebody has declared it and somebody else has agreed.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from tests.demo.running import once, page_once_up, running_demo
from tests.flows.visitor import Visitor
from transparency.demo.people import PASSWORD, email

PROJECT = Path(__file__).parent / "dbt_project"
TOOLS = Path(sys.prefix) / "dbt/bin"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
DECLARED = {
    "purpose": "personalised_recommendations",
    "purpose_text": "To suggest courses that may help you.",
    "why_needed": "Your words tell what you would like to learn.",
    "retention": "6 months",
    "refusing_does_not": "Undo what was learnt.",
    "scopes__0__jurisdictions": "*",
    "scopes__0__legal_basis": "contract",
    "scopes__0__refusal": "yes",
    "scopes__0__default": "on",
}


class Warehouse(NamedTuple):
    """The warehouse of one test, and where dbt leaves what it built."""

    file: Path
    target: Path

    @property
    def namespace(self):
        return f"duckdb://{self.file}"


@pytest.fixture(scope="module")
def dbt():
    """The folder with dbt's commands."""
    if not (TOOLS / "dbt-ol").exists():
        missing = "dbt was not found; `make test` installs it into .venv/dbt."
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return TOOLS


@pytest.fixture(scope="module")
def demo(dbt):
    with running_demo() as one:
        page_once_up(one.port)
        yield one


@pytest.fixture(scope="module")
def amir(demo):
    """Amir, the administrator, signed in."""
    return Visitor(demo.url).sign_in(email("Amir"), PASSWORD)


@pytest.fixture(scope="module")
def otto(demo):
    """Otto, the editor, signed in."""
    return Visitor(demo.url).sign_in(email("Otto"), PASSWORD)


@pytest.fixture(scope="module")
def ines(demo):
    """Ines, the reviewer, signed in."""
    return Visitor(demo.url).sign_in(email("Ines"), PASSWORD)


@pytest.fixture(scope="module")
def anna(demo):
    """Anna, the other administrator, signed in."""
    return Visitor(demo.url).sign_in(email("Anna"), PASSWORD)


@pytest.fixture(scope="module")
def key(amir, anna):
    """The key with which dbt posts what it does: Amir asks for it, Anna agrees, Amir fetches it."""
    add_source(amir, anna, slug="dbt", connector="openlineage_http")
    amir.read("/staff/tokens/")
    amir.send("", name="dbt", source="dbt")
    agree(anna)
    amir.read("/staff/sensitive/")
    amir.send(amir.found(r'action="(/staff/sensitive/\d+/fetch/)"'))
    return amir.found("<code>(tr_[^<]+)</code>")


@pytest.fixture(scope="module")
def built(dbt, demo, key):
    """The warehouse after ``dbt build`` and ``dbt docs generate``, with every event posted by dbt's own client."""
    warehouse = Warehouse(demo.home / "learning.duckdb", demo.imports / "learning")
    own = {
        "PATH": f"{dbt}:{os.environ['PATH']}",
        "HOME": str(demo.home),
        "WAREHOUSE": str(warehouse.file),
        "DBT_TARGET_PATH": str(warehouse.target),
        "DBT_LOG_PATH": str(demo.home / "dbt.logs"),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "OPENLINEAGE_URL": demo.url,
        "OPENLINEAGE_API_KEY": key,
    }
    build = [dbt / "dbt-ol", "build", "--project-dir", PROJECT, "--profiles-dir", PROJECT]
    told = subprocess.run(build, env=own, check=True, timeout=120, capture_output=True, text=True).stdout
    assert "Emitted 6 OpenLineage events" in told, told
    subprocess.run([dbt / "dbt", "docs", "generate"], env=own, check=True, timeout=120, capture_output=True)
    return warehouse


def add_source(amir, anna, slug, **settings):
    amir.read(f"/staff/sources/add/?connector={settings['connector']}")
    amir.send("", slug=slug, name=f"Learning team ({slug})", enabled="on", **settings)
    agree(anna)


def agree(anna):
    anna.read("/staff/sensitive/")
    anna.send(anna.found(r'formaction="(/staff/sensitive/\d+/agree/)"'))


def agree_to_what_follows(ines):
    """She reads on a page of its own what would follow, and agrees there."""
    ines.read("/staff/sensitive/")
    ines.read(ines.found(r'href="(/staff/sensitive/\d+/)"'))
    ines.send(ines.found(r'formaction="(/staff/sensitive/\d+/agree/)"'))


def bind(otto, ines, key, stage):
    otto.read("/staff/bindings/")
    otto.send("/staff/bindings/add/", key=key, feature="course-tips", stage=stage)
    agree_to_what_follows(ines)


def label(otto, ines, matches, pattern, category):
    """A rule, tried before it is saved."""
    asked = urlencode({"rule-matches": matches, "rule-pattern": pattern, "rule-category": category})
    otto.read(f"/staff/rules/?{asked}")
    otto.send("/staff/rules/add/")
    agree_to_what_follows(ines)


def finding(otto, category, stage):
    """The address of the finding that the use was seen and isn't declared."""
    otto.read("/staff/?kind=undeclared_use&feature=course-tips")
    return otto.found(rf'href="(/staff/findings/\d+/)">[^<]*{category}[^<]*{stage}')


def declare(otto, ines, found):
    """Otto writes what the use is for, Ines agrees and publishes."""
    otto.read(found)
    otto.send(f"{found}propose/")
    proposal = otto.found(r'action="(/staff/proposals/\d+/)submit/"')
    otto.read(otto.found(rf'href="({proposal}edit/use/[^"]+)"'))
    otto.send("", **DECLARED)
    otto.read(f"{proposal}terms/")
    otto.send("", sooner="It happens already.")
    otto.send(f"{proposal}submit/")
    ines.read(proposal)
    ines.send(f"{proposal}approve/")
    ines.send(f"{proposal}publish/")


def test_what_dbt_tells_while_it_builds_is_on_the_members_page(demo, built, otto, ines):
    page = "/uses/communications.messages/course-tips/training/"
    label(otto, ines, "dataset", "*.raw_messages", "communications.messages")
    bind(otto, ines, f"dataset:{built.namespace}/learning.main.course_tips_examples", "training")
    declare(otto, ines, once(lambda: finding(otto, "Private messages", "raining")))
    shown = once(lambda: verified(demo, page))
    assert "raw_messages" in shown
    assert "course_tips_examples" in shown


def test_what_dbt_leaves_in_its_target_folder_is_on_the_members_page(demo, built, amir, anna, otto, ines):
    page = "/uses/activity.search_history/course-tips/evaluation/"
    add_source(amir, anna, slug="project", connector="dbt", location="learning", namespace=built.namespace)
    label(otto, ines, "tag", "typed_by_member", "activity.search_history")
    bind(otto, ines, "model:model://dbt/learning.course_tips_model", "evaluation")
    amir.read("/staff/sources/project/")
    amir.send("/staff/sources/project/refresh/")
    declare(otto, ines, once(lambda: finding(otto, "Search history", "valuation")))
    assert "course_tips_model" in once(lambda: verified(demo, page))


def verified(demo, page):
    shown = page_once_up(demo.port, page)
    if "Verified by lineage" not in shown:
        raise LookupError(page)
    return shown
