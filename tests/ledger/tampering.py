"""What a superuser can do to the log's tables, and what a restored database looks like."""

from django.db import connection

GUARDS = {
    "ledger_entry": "entry_never_changes",
    "ledger_stretch": "stretch_never_changes",
    "ledger_checkpoint": "checkpoint_never_changes",
}
LAST_LOST = (
    "DELETE FROM ledger_checkpoint",
    "UPDATE ledger_stretch SET count = count - 1",
    "DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)",
)
ALL_TO_SEAL_ANEW = (
    "DELETE FROM ledger_checkpoint",
    "DELETE FROM ledger_stretch",
    "INSERT INTO ledger_waiting SELECT id FROM ledger_entry",
)


def unguarded(*statements):
    """Switch off what lets nobody change the log, for as long as this transaction lasts, and do this."""
    with connection.cursor() as cursor:
        for table, guard in GUARDS.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {guard}")
        for statement in statements:
            cursor.execute(statement)
