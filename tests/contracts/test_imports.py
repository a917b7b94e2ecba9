"""The import plan of the house: rooms know, doors speak HTTP, imports go one way."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "transparency"
ROOMS = {"accounts", "ledger", "catalog", "register", "fairness", "review", "consent", "enforcement"}
ALLOWED = {
    "accounts": set(),
    "ledger": set(),
    "outward": set(),
    "catalog": {"accounts", "outward"},
    "register": {"accounts", "ledger"},
    "fairness": {"accounts", "ledger", "register"},
    "consent": {"accounts", "ledger", "register"},
    "review": {"accounts", "ledger", "catalog", "register", "fairness"},
    "enforcement": {"accounts", "ledger", "register", "consent", "outward"},
    "members": ROOMS - {"catalog", "review"},
    "api": ROOMS - {"review"},
    # The preview of a draft is the very page that members will read.
    "staff": ROOMS | {"members"},
    "config": ROOMS | {"members", "api", "staff", "demo"},
    "demo": ROOMS | {"members", "api", "staff", "config"},
}
# The tests' own places to fail are below every room.
LOWEST = {"failpoints"}
# Pure modules: no ORM, no settings, no clock.
PURE = {
    "accounts/member_keys.py",
    "accounts/mails.py",
    "accounts/roles.py",
    "accounts/sessions.py",
    "catalog/connectors/openlineage_events.py",
    "catalog/connectors/openlineage_facets.py",
    "catalog/connectors/openlineage_fold.py",
    "catalog/connectors/openlineage_glance.py",
    "catalog/connectors/openlineage_graph.py",
    "catalog/connectors/openlineage_json.py",
    "catalog/connectors/openlineage_kept.py",
    "catalog/connectors/openlineage_naming.py",
    "catalog/connectors/openlineage_parsing.py",
    "catalog/keys.py",
    "catalog/limits.py",
    "catalog/reachability.py",
    "catalog/untrusted.py",
    "api/rates.py",
    "consent/keys.py",
    "consent/history.py",
    "consent/looking_back.py",
    "consent/precedence.py",
    "consent/receipts.py",
    "consent/scopes.py",
    "enforcement/acknowledgements.py",
    "enforcement/arrow.py",
    "consent/words.py",
    "enforcement/bits.py",
    "enforcement/decisions.py",
    "enforcement/effects.py",
    "enforcement/halves.py",
    "enforcement/obedience.py",
    "enforcement/sums.py",
    "enforcement/webhooks.py",
    "enforcement/wording.py",
    "outward/destinations.py",
    "catalog/connectors/http/bodies.py",
    "catalog/connectors/http/paging.py",
    "catalog/connectors/http/retrying.py",
    "ledger/merkle.py",
    "ledger/notes.py",
    "ledger/tiles.py",
    "enforcement/lists/bitmaps.py",
    "enforcement/lists/columns.py",
    "enforcement/lists/header.py",
    "enforcement/lists/keys.py",
    "enforcement/lists/lines.py",
    "enforcement/lists/matching.py",
    "enforcement/lists/members.py",
    "enforcement/places.py",
    "enforcement/planes.py",
    "members/answers.py",
    "members/followed.py",
    "members/splice.py",
    "register/schema.py",
    "register/exports/algoritmeregister.py",
    "register/exports/article30.py",
    "register/exports/atrs.py",
    "register/exports/cells.py",
    "register/exports/dpv.py",
    "register/exports/dpv_records.py",
    "register/exports/dpv_uses.py",
    "register/exports/dpv_words.py",
    "register/exports/fideslang.py",
    "register/exports/formats.py",
    "register/exports/markdown.py",
    "register/exports/model_card.py",
    "register/exports/source.py",
    "register/exports/training_summary.py",
    "register/exports/uses.py",
    "register/vocabulary/dpv.py",
    "register/vocabulary/fides.py",
    "register/vocabulary/labels.py",
    "register/vocabulary/purposes.py",
    "register/vocabulary/taxonomy.py",
    "register/clauses.py",
    "register/coverage.py",
    "register/carrying.py",
    "register/diff.py",
    "register/order.py",
    "register/patch.py",
    "register/wording.py",
    "register/since.py",
    "catalog/aliases.py",
    "catalog/connectors/dbt_artifacts.py",
    "catalog/globs.py",
    "catalog/narrowing.py",
    "catalog/speaking.py",
    "catalog/suggesting.py",
    "catalog/words.py",
    "review/clauses.py",
    "review/drift.py",
    "review/inventory.py",
    "review/inventory_uses.py",
    "review/inventory_words.py",
    "review/spreadsheet.py",
    "review/yaml_text.py",
    "review/workflow.py",
    "staff/acts.py",
}


def test_every_package_is_in_the_plan():
    assert {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()} <= ALLOWED.keys()


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_package_imports_only_what_the_plan_allows(package):
    assert imported_packages(PACKAGE / package) - {package} - LOWEST <= ALLOWED[package]


@pytest.mark.parametrize("module", sorted(PURE))
def test_a_pure_module_knows_no_orm_no_settings_and_no_clock(module):
    assert not impure_imports(PACKAGE / module)


def test_no_module_imports_one_of_ours_inside_a_function():
    assert [str(path) for path in PACKAGE.rglob("*.py") if imports_inside_functions(path)] == []


def test_actions_never_import_tasks():
    assert [
        str(path) for path in PACKAGE.rglob("*.py") if "actions" in str(path) and ".tasks" in path.read_text()
    ] == []


def test_the_check_sees_an_import_inside_a_function(tmp_path):
    sample = tmp_path / "sample.py"
    sample.write_text("def f():\n    from transparency.review import models\n")
    assert imports_inside_functions(sample)


def test_the_check_sees_an_import_against_the_plan(tmp_path):
    (tmp_path / "sample.py").write_text("from transparency.review import models\nimport transparency.staff.forms\n")
    assert imported_packages(tmp_path) == {"review", "staff"}


def modules_named(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_packages(folder):
    names = (name for path in folder.rglob("*.py") for name in modules_named(ast.parse(path.read_text())))
    return {name.split(".")[1] for name in names if name.startswith("transparency.")}


def impure_imports(path):
    names = modules_named(ast.parse(path.read_text()))
    # Choices are plain enumerations with labels; they need no database.
    harmless = "django.db.models.TextChoices"
    return {name for name in names if f"{name}.".startswith(("django.", "time.")) and name != harmless}


def imports_inside_functions(path):
    functions = (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef))
    return any(name.startswith("transparency.") for function in functions for name in modules_named(function))
