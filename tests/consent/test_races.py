"""Yes and no at the same time: what stands is the last word, a no is never too late, and a late yes never counts."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.db import connection

from tests.consent.builders import NAME, USE, Chooser
from tests.consent.test_appending import done, elsewhere, held_up, wait_until
from tests.register.builders import register
from transparency.consent.actions import Stale
from transparency.consent.models import Choice
from transparency.consent.precedence import Decision
from transparency.consent.queries import latest, outcomes

ROUNDS, MANY, EACH = 300, 50, 4
pytestmark = pytest.mark.django_db(transaction=True)
# Between having looked what was said last and writing what is said now, as on a slow disk.
SLOW = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NEW; END $$;
CREATE TRIGGER dawdles BEFORE INSERT ON consent_choice FOR EACH ROW WHEN (NEW.member = 13) EXECUTE FUNCTION dawdle();
"""
NOT_SLOW = "DROP TRIGGER dawdles ON consent_choice; DROP FUNCTION dawdle()"
DAWDLING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"


@pytest.fixture
def site(publish):
    publish(register())


@pytest.fixture
def slow(site):
    """The choices of the member 13 take their time."""
    with connection.cursor() as cursor:
        cursor.execute(SLOW)
    yield
    with connection.cursor() as cursor:
        cursor.execute(NOT_SLOW)


def at(barrier, act):
    def acts():
        barrier.wait(60)
        return done(act)

    return acts


def together(threads, *acts):
    barrier = Barrier(len(acts))
    running = [threads.submit(at(barrier, act)) for act in acts]
    return [one.result() for one in running]


def a_round(threads, number, key):
    """A yes and a no by two windows that show the same; gives what became of each."""
    seen = latest("7")[USE].sequence if number else 0
    allow = {"expected": seen, "request": key and f"yes {number}"}
    refuse = {"expected": seen, "request": key and f"no {number}"}
    return together(threads, lambda: Chooser().allows(**allow), lambda: Chooser().refuses(**refuse))


@pytest.mark.parametrize("key", ["", "with a key"])
def test_of_a_yes_and_a_no_at_once_the_no_stands(site, key):
    with ThreadPoolExecutor(2) as threads:
        rounds = [(*a_round(threads, number, key), latest("7")[USE]) for number in range(ROUNDS)]
    assert all(isinstance(yes, Stale | Choice) for yes, _, _ in rounds)
    assert all(stands == no for _, no, stands in rounds)
    assert not outcomes("7", stands_at(rounds))[NAME].allowed
    assert chained()


def stands_at(rounds):
    return rounds[-1][-1].at


def chained():
    """Whether every choice names the one before it, and what was written is numbered without gaps."""
    rows = list(Choice.objects.order_by("sequence").values_list("sequence", "previous"))
    return rows == [(number, number - 1) for number in range(1, len(rows) + 1)]


def test_fifty_at_once_are_put_in_one_order_and_the_last_one_stands(site):
    def toggles(number):
        def acts():
            chooser = Chooser()
            words = [chooser.allows, chooser.refuses] * (EACH // 2)
            return [word(request=f"{number} {turn}") for turn, word in enumerate(words)]

        return acts

    with ThreadPoolExecutor(MANY) as threads:
        told = [one for several in together(threads, *map(toggles, range(MANY))) for one in several]
    rows = {row.reference: row for row in Choice.objects.all()}
    assert chained()
    assert {one.reference: one.sequence for one in told} == {row.reference: row.sequence for row in rows.values()}
    last = Choice.objects.latest("sequence")
    assert last.sequence == MANY * EACH
    assert outcomes("7", last.at)[NAME].allowed == (last.decision == Decision.ALLOW)


@contextmanager
def stopped(other):
    """Stops the database's process that is about to write a choice."""
    with other.cursor() as cursor:
        found = []
        wait_until(lambda: found.extend(pids(cursor)) or found)
    (pid,) = found
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def pids(cursor):
    cursor.execute(DAWDLING)
    return [pid for (pid,) in cursor.fetchall()]


def test_a_no_that_comes_while_the_database_stands_still_over_a_yes_is_the_last_word(slow):
    other = elsewhere()
    with ThreadPoolExecutor(2) as threads:
        yes = threads.submit(done, lambda: Chooser("13").allows(expected=0))
        with stopped(other):
            no = threads.submit(done, lambda: Chooser("13").refuses(expected=0))
            wait_until(lambda: held_up(other))
        assert (yes.result().sequence, no.result().sequence) == (1, 2)
    other.close()
    assert latest("13")[USE].decision == Decision.REFUSE


def test_a_yes_that_comes_while_the_database_stands_still_over_a_no_is_too_late(slow):
    other = elsewhere()
    with ThreadPoolExecutor(2) as threads:
        no = threads.submit(done, lambda: Chooser("13").refuses(expected=0))
        with stopped(other):
            yes = threads.submit(done, lambda: Chooser("13").allows(expected=0))
            wait_until(lambda: held_up(other))
        assert no.result().sequence == 1
        assert isinstance(yes.result(), Stale)
    other.close()
    assert chained()
