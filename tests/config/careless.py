"""A task as nobody should write one: it edits whatever it is told to. For a real worker, which is refused."""

from celery import shared_task
from django.db import connection


@shared_task(name="tests.edit_by_hand")
def edit_by_hand(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
