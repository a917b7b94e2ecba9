"""What every test may ask for: the private servers, and the people."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

# A cluster of the tests' own, thrown away with the machine's temporary files: they never touch the demo's data.
os.environ.setdefault("TRANSPARENCY_LOCAL", str(Path(__file__).resolve().parents[1] / ".local/tests"))

from transparency.config import embedded

_servers = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _servers.enter_context(embedded.servers("fsync=off"))


def pytest_unconfigure(config: pytest.Config) -> None:
    _servers.close()


@pytest.fixture
def person(db):
    """Makes a named person with a role."""
    from transparency.accounts.models import User

    def make(name, role):
        return User.objects.create_user(f"{name.lower()}@tandem.example", "correct horse battery", name=name, role=role)

    return make


@pytest.fixture
def mia(person):
    """Mia, the member."""
    return person("Mia", "member")


@pytest.fixture
def otto(person):
    """Otto, the editor."""
    return person("Otto", "editor")


@pytest.fixture
def olga(person):
    """Olga, another editor."""
    return person("Olga", "editor")


@pytest.fixture
def ines(person):
    """Ines, the reviewer."""
    return person("Ines", "reviewer")


@pytest.fixture
def ada(person):
    """Ada, the auditor."""
    return person("Ada", "auditor")


@pytest.fixture
def amir(person):
    """Amir, the administrator."""
    return person("Amir", "administrator")
