"""With which edition a use ended: found without reading what all the others changed."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from tests.register.builders import NOON, register, use
from transparency.register import queries
from transparency.register.models import Edition, EditionSince

pytestmark = pytest.mark.django_db
TRAINED, SERVED = use(), use(stage="inference")
BOTH, ONE = register(TRAINED, SERVED), register(SERVED)


def number(upto, name=TRAINED.id):
    found = queries.ended(name, upto)
    return found.number if found else 0


def test_the_edition_is_found_with_which_it_ended(publish):
    for content in (BOTH, ONE, register(use(stage="inference", risks="Few."))):
        publish(content)
    assert [number(upto) for upto in (1, 2, 3)] == [0, 2, 2]


def test_the_newest_where_it_came_back_and_ended_again(publish):
    for content in (BOTH, ONE, BOTH, ONE):
        publish(content)
    assert [number(upto) for upto in (2, 3, 4)] == [2, 2, 4]


def test_another_use_that_ended_is_not_taken_for_it(publish):
    for content in (BOTH, ONE):
        publish(content)
    assert number(2, SERVED.id) == number(2, "communications.messages/job-ranking") == 0


def test_what_was_overtaken_ended_nothing(publish, settings):
    settings.NOTICE_DAYS = 0
    march = NOON + timedelta(days=97)
    publish(BOTH)
    publish(ONE, effective_at=march)
    publish(register(TRAINED, use(stage="inference", risks="Few.")), base=1, anew={2: BOTH})
    assert [number(upto) for upto in (2, 3, 4)] == [2, 0, 0]


def many_editions(upto):
    """So many more, as they would stand there, with what each changed."""
    first = Edition.objects.latest("number")
    changed = EditionSince.objects.get(pk=first.number).changes
    Edition.objects.bulk_create(
        Edition(
            number=n, published_at=first.published_at, effective_at=first.effective_at + timedelta(hours=n),
            authors=["Otto"], approver="Ines", summary=[], document="{}", digest=f"{n:064}",
        )
        for n in range(first.number + 1, upto + 1)
    )  # fmt: skip
    EditionSince.objects.bulk_create(
        EditionSince(edition=n, uses={}, changes=[one | {"subject": f"{n}/of/another"} for one in changed])
        for n in range(first.number + 1, upto + 1)
    )


@contextmanager
def rows_read():
    """How many rows each question to the database gave."""
    counted = []

    def count(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        counted.append(context["cursor"].rowcount)
        return found

    with connection.execute_wrapper(count):
        yield counted


@pytest.mark.parametrize("name", [TRAINED.id, "ghost/job-ranking/training"])
def test_ten_times_as_many_editions_are_asked_no_more_and_read_no_more(publish, name):
    for content in (BOTH, ONE):
        publish(content)
    many_editions(50)
    with rows_read() as of_fifty:
        queries.ended(name, 50)
    many_editions(500)
    with rows_read() as of_five_hundred:
        queries.ended(name, 500)
    assert of_five_hundred == of_fifty
    assert len(of_fifty) == 1
    assert of_fifty[0] <= 1


def test_what_each_edition_changed_is_looked_up_by_an_index(publish):
    for content in (BOTH, ONE):
        publish(content)
    told = [{"kind": "use", "subject": TRAINED.id, "verb": "removed"}]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = EditionSince.objects.filter(changes__contains=told).explain()
    assert "editions_by_change" in plan


def test_pages_of_uses_that_never_were_read_no_more_with_more_editions(client, publish, time_machine):
    for content in (BOTH, ONE):
        publish(content)
    time_machine.move_to(NOON + timedelta(days=9), tick=False)
    with rows_read() as before:
        assert client.get("/uses/ghost/job-ranking/training/").status_code == 404
    for content in (BOTH, ONE) * 5:
        publish(content)
    time_machine.move_to(NOON + timedelta(days=30), tick=False)
    client.get("/")
    with rows_read() as after:
        assert client.get("/uses/ghost/job-ranking/training/").status_code == 404
    assert sum(after) <= sum(before)
