"""Django's connection to PostgreSQL, which does not wait for ever: see ``accounts.patience``."""

import time
from types import ModuleType
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from transparency.accounts.patience import limit, spend

SHORTEST = 2  # seconds; libpq takes no less for connecting


class PatientConnection(psycopg.Connection[Any]):
    """Ends where the database stays silent for longer than the limit: what it was asked may still happen there."""

    def wait(self, gen: Any, *arguments: Any, **named: Any) -> Any:
        seconds, began = limit(), time.monotonic()
        if seconds is None or named.get("timeout") is not None:
            return super().wait(gen, *arguments, **named)
        try:
            return super().wait(gen, *arguments, **named | {"timeout": seconds})
        except psycopg.OperationalError as fault:
            if time.monotonic() - began < seconds:
                raise
            self.close()
            spend()
            raise psycopg.OperationalError(f"The database was silent for {seconds:g} s.") from fault


# As Django asks for it: the driver's module, by whose ``connect`` it connects.
_driver = ModuleType(psycopg.__name__)
vars(_driver).update(vars(psycopg), connect=PatientConnection.connect)


class DatabaseWrapper(base.DatabaseWrapper):
    Database = _driver

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        seconds, began = limit(), time.monotonic()
        bounded = {} if seconds is None else {"connect_timeout": max(SHORTEST, int(seconds))}
        try:
            return super().get_new_connection(conn_params | bounded)
        except psycopg.OperationalError:
            if seconds is not None and time.monotonic() - began >= seconds:
                spend()
            raise
