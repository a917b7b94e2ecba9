"""Choices that wait at the same time go together, and have no say over each other."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from tests.consent.builders import Chooser
from tests.register.builders import register
from transparency.consent import appending
from transparency.consent.actions import LOCK, Stale
from transparency.consent.models import Choice, Origin

MANY = 8
HELD_UP = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(publish):
    publish(register())


def elsewhere():
    return connections.create_connection("default")


def wait_until(so):
    deadline = monotonic() + 60
    while not so():
        assert monotonic() < deadline
        sleep(0.01)


@contextmanager
def nobody_gets_a_number():
    """As while refusals of an earlier time are imported; yields a connection that nobody else uses."""
    other = elsewhere()
    with transaction.atomic(using="default"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield other
    other.close()


def held_up(other):
    with other.cursor() as cursor:
        cursor.execute(HELD_UP, [LOCK])
        return [pid for (pid,) in cursor.fetchall()]


def at_once(*acts):
    """Lets the first act until it is held up, then the others until they queue, and then all go on."""
    with ThreadPoolExecutor(len(acts)) as threads:
        with nobody_gets_a_number() as other:
            first = threads.submit(done, acts[0])
            wait_until(lambda: held_up(other))
            rest = [threads.submit(done, act) for act in acts[1:]]
            wait_until(lambda: len(appending._waiting) == len(rest))
        return [found.result() for found in (first, *rest)]


def done(act):
    """What came of it: the choice, or what was raised."""
    try:
        return act()
    except Exception as fault:
        return fault
    finally:
        connection.close()


def refusing(member, **said):
    return lambda: Chooser(str(member)).refuses(request=f"request {member}", **said)


def allowing(member, **said):
    return lambda: Chooser(str(member)).allows(request=f"request {member}", **said)


def commits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM consent_choice")
        return cursor.fetchone()[0]


def sequences():
    return list(Choice.objects.values_list("sequence", flat=True))


def test_whoever_waits_at_the_same_time_goes_together(site):
    found = at_once(*(refusing(member) for member in range(MANY)))
    assert sorted(one.sequence for one in found) == list(range(1, MANY + 1))
    assert commits() == 2  # the first, who was under way, and all who had queued by then


def test_each_gets_their_own_choice_back(site):
    found = at_once(*(refusing(member) for member in range(MANY)))
    assert [one.member for one in found] == list(range(MANY))


def test_the_same_request_twice_in_one_company_is_one_choice(site):
    _, first, second = at_once(refusing(0), refusing(1), refusing(1))
    assert first.reference == second.reference
    assert sequences() == [1, 2]


def test_a_stale_yes_takes_nobody_along(site):
    _, refused, *others = at_once(refusing(0), allowing(1, expected=7), refusing(2), refusing(3))
    assert isinstance(refused, Stale)
    assert (sorted(one.sequence for one in others), commits()) == ([2, 3], 2)


def test_what_the_database_refuses_takes_nobody_along(site):
    *others, refused = at_once(*map(refusing, range(3)), allowing(3, origin=Origin.SUPPORT))
    assert isinstance(refused, IntegrityError)
    assert (sorted(one.sequence for one in others), sequences()) == ([1, 2, 3], [1, 2, 3])


def test_where_the_connection_of_one_is_lost_the_others_choose_over_theirs(site):
    lost, *found = at_once_but_the_first_two_are_lost(*(refusing(member) for member in range(5)))
    assert isinstance(lost, OperationalError)
    assert [type(one) for one in found].count(OperationalError) == 1  # whoever led the company
    assert sequences() == [1, 2, 3]


def at_once_but_the_first_two_are_lost(*acts):
    """The first, and whoever leads those who queued behind it: each while they are held up."""
    with ThreadPoolExecutor(len(acts)) as threads:
        with nobody_gets_a_number() as other:
            first = threads.submit(done, acts[0])
            wait_until(lambda: held_up(other))
            rest = [threads.submit(done, act) for act in acts[1:]]
            wait_until(lambda: len(appending._waiting) == len(rest))
            (pid,) = lose(other, held_up(other))
            wait_until(lambda: held_up(other) not in ([], [pid]))
            lose(other, held_up(other))
            wait_until(lambda: len(held_up(other)) == len(rest) - 1)
        return [found.result() for found in (first, *rest)]


def lose(other, pids):
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [pids])
    return pids


@pytest.fixture
def nobody_together(monkeypatch):
    monkeypatch.setattr(appending, "_together", lambda company: pytest.fail("It went along with others."))


def test_a_choice_within_a_transaction_is_part_of_it_alone(site, nobody_together):
    with transaction.atomic():
        refusing(1)()
        transaction.set_rollback(True)
    assert sequences() == []


def test_a_choice_that_nobody_would_know_again_goes_alone(site, nobody_together):
    assert Chooser("1").refuses().sequence == 1
