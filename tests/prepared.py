"""One database with every migration applied, which each process of tests copies: to apply them takes nine seconds.

Only on the tests' own private server, where it stays for the next run. It is named after the files of all
migrations: another text of one of them is another database. Django migrates each copy nevertheless, so that what a
newer version of a package brings is applied as well.
"""

import hashlib
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from transparency.config import embedded
from transparency.config import environment as env

ONE_AT_A_TIME = 731_010
STEM = "prepared_"


def name():
    """Of the database that the files of all migrations make."""
    digest = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda one: one.name):
        for file in sorted(Path(config.path).glob("migrations/*.py")):
            digest.update(f"{config.name} {file.name}\0".encode() + file.read_bytes())
    return STEM + digest.hexdigest()[:24]


def keep(server):
    """Copy the database of these tests as what others copy, and throw away what other migrations made."""
    for (old,) in server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [STEM]).fetchall():
        server.execute(f'DROP DATABASE "{old}"')
    connection.close()  # nobody may look at what is copied
    server.execute(f'CREATE DATABASE {STEM}half TEMPLATE "{connection.settings_dict["NAME"]}"')
    server.execute(f'ALTER DATABASE {STEM}half RENAME TO "{name()}"')  # a copy that was broken off is none
    server.execute("SELECT pg_advisory_unlock_all()")


@pytest.fixture(scope="session")
def _missing(django_test_environment, django_db_modify_db_settings):
    """Tells Django what to copy. Where that is not there, a connection to the server, on which all others wait."""
    if env.text("DATABASE_URL"):
        yield None
        return
    with psycopg.connect(f"postgresql://postgres@/postgres?host={embedded.sockets()}", autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name()]).fetchone():
            connection.settings_dict["TEST"]["TEMPLATE"] = name()
            server.execute("SELECT pg_advisory_unlock_all()")
            yield None
        else:
            yield server


@pytest.fixture(scope="session")
def django_db_setup(_missing, django_db_setup, django_db_blocker):
    """What pytest-django does, and where nothing was there to copy, something to copy."""
    if _missing:
        with django_db_blocker.unblock():
            keep(_missing)
