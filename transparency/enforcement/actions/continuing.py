"""Numbers of lists and of what pipelines said go on after those that the public log names, where a backup is older."""

from django.db import connection

from transparency.enforcement.models import Acknowledgement, ListGiven

NEXT = """
SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(
    (SELECT max(subject::bigint) FROM ledger_entry WHERE kind = %s), nextval(pg_get_serial_sequence(%s, 'id'))))
"""


def continue_numbers() -> None:
    """A number that the log has is never given again: it would be of something else, and could not be entered."""
    with connection.cursor() as cursor:
        for kind, model in (("list", ListGiven), ("acknowledgement", Acknowledgement)):
            cursor.execute(NEXT, [model._meta.db_table, kind, model._meta.db_table])
