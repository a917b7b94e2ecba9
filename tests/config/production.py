"""Runs ``manage.py`` as production would: every variable as ``.env.example`` gives it, and a secret made on the spot.

python -m tests.config.production check --deploy --fail-level WARNING
"""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def example() -> dict[str, str]:
    """The variables of ``.env.example`` that have a value, and the secrets."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    made = {"SECRET_KEY": secrets.token_urlsafe(50), "LEDGER_KEY": base64.b64encode(secrets.token_bytes(32)).decode()}
    return {name: value for name, value in pairs if value} | made


def environment(**changes: str) -> dict[str, str]:
    """Only what production would have, with changes; an empty value unsets a variable."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {name: value for name, value in (kept | example() | changes).items() if value}


if __name__ == "__main__":
    command = [sys.executable, "manage.py", *sys.argv[1:]]
    sys.exit(subprocess.run(command, check=False, cwd=ROOT, env=environment()).returncode)
