"""``python -m tests.bench [NAME…]``: every figure against a baseline taken in the same run, on private servers."""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

LOCAL = Path(__file__).resolve().parents[2] / ".local/bench"
os.environ |= {
    "TRANSPARENCY_LOCAL": str(LOCAL),
    "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
    "PUBLIC_URL": "http://localhost",
    "LOG_LEVEL": "WARNING",
    "STAFF_SECOND_FACTOR": "no",
    "IMPORTS_DIR": str(LOCAL / "imports"),
}

import django  # noqa: E402 - the settings are named above

from transparency.config import embedded  # noqa: E402

NAMES = (
    "pages",
    "signed_in",
    "publication",
    "refresh",
    "graph",
    "intake",
    "ledger",
    "choices",
    "decisions",
    "alike",
    "lists",
)


def main() -> int:
    chosen = sys.argv[1:] or NAMES
    shutil.rmtree(LOCAL, ignore_errors=True)
    (LOCAL / "imports").mkdir(parents=True)
    with embedded.servers():
        django.setup()
        call = import_module("django.core.management").call_command
        call("migrate", verbosity=0)
        call("collectstatic", interactive=False, verbosity=0)
        met = [_run(name) for name in chosen]
    return 0 if all(met) else 1


def _run(name: str) -> bool:
    met = True
    for row in import_module(f"tests.bench.{name}").measure():
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()
        met = met and row.met
    return met


if __name__ == "__main__":
    sys.exit(main())
