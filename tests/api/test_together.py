"""One reading serves all who ask the same at the same time; nobody is given what was read before they came."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event, Lock

import pytest

from transparency.api import together
from transparency.api.together import Together

PATIENT = 30.0


class Store:
    """What is read: each reading gives its number. The first one goes on when it is told to."""

    def __init__(self):
        self.numbers, self.first_goes_on = count(1), Event()

    def read(self):
        number = next(self.numbers)
        if number == 1:
            self.first_goes_on.wait(PATIENT)
        return number


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def readings(monkeypatch):
    monkeypatch.setattr(together, "MOMENT", PATIENT)
    return Together()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(8) as threads:
        yield threads


def await_(condition):
    deadline = time.monotonic() + PATIENT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def under_way(threads, readings, store, asked="key"):
    """One whose reading has begun."""
    found = threads.submit(readings.read, asked, store.read)
    await_(lambda: asked in readings._begun)
    return found


def who_come_meanwhile(threads, readings, read, many=3):
    found = [threads.submit(readings.read, "key", read) for _ in range(many)]
    await_(lambda: "key" in readings._coming and len(readings._coming["key"].waiting) == many - 1)
    return found


def test_whoever_comes_alone_reads(readings, store):
    store.first_goes_on.set()
    assert [readings.read("key", store.read) for _ in range(3)] == [1, 2, 3]


def test_whoever_comes_while_another_reads_gets_a_later_reading_together_with_all_others(readings, store, threads):
    first = under_way(threads, readings, store)
    later = who_come_meanwhile(threads, readings, store.read)
    store.first_goes_on.set()
    assert (first.result(), [one.result() for one in later]) == (1, [2, 2, 2])


def test_others_keys_are_read_by_themselves(readings, store, threads):
    first = under_way(threads, readings, store)
    assert readings.read("another", store.read) == 2
    store.first_goes_on.set()
    assert first.result() == 1


def test_whoever_waited_for_a_moment_reads(monkeypatch, store, threads):
    readings = Together()
    first = under_way(threads, readings, store)
    assert [readings.read("key", store.read) for _ in range(2)] == [2, 3]
    store.first_goes_on.set()
    assert first.result() == 1


def test_a_fault_is_told_to_the_one_who_read_and_the_others_read_for_themselves(readings, store, threads):
    first = under_way(threads, readings, store)
    faults = [ZeroDivisionError]

    def read():
        if faults:
            raise faults.pop()
        return store.read()

    later = who_come_meanwhile(threads, readings, read)
    store.first_goes_on.set()
    assert first.result() == 1
    assert sorted(str(one.exception() or one.result()) for one in later) == ["", "2", "3"]


def test_nothing_stays_of_what_was_asked(readings, store, threads):
    first = under_way(threads, readings, store)
    later = who_come_meanwhile(threads, readings, store.read)
    store.first_goes_on.set()
    assert [one.result() for one in (first, *later)] == [1, 2, 2, 2]
    assert (readings._coming, readings._begun) == ({}, {})


@pytest.mark.parametrize("moment", [0.0, PATIENT])
def test_of_thousands_nobody_gets_what_was_read_before_they_came(monkeypatch, threads, moment):
    monkeypatch.setattr(together, "MOMENT", moment)
    readings, written, writing = Together(), [0], Lock()

    def read():
        found = written[0]
        time.sleep(0)  # others come
        return found

    def ask(_):
        with writing:
            written[0] = before = written[0] + 1
        return readings.read("key", read) >= before

    assert all(threads.map(ask, range(5_000)))
