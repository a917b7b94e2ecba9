"""The timetable goes on where its clock is set back: a letter that the log stands still is due then."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.utils.module_loading import import_string

from transparency.config.tasks import watch_the_log
from transparency.config.timetable import TIMETABLE

NOON = datetime(2026, 12, 25, 12, 0, tzinfo=UTC)
SECOND, MINUTE, YEAR = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=365)
WATCH = "see whether the log stands still"


@pytest.fixture
def rung(monkeypatch, time_machine):
    """What the timetable rang for in the five minutes before noon; nothing is put into the queue."""
    time_machine.move_to(NOON - 5 * MINUTE, tick=False)
    scheduler = import_string(settings.CELERY_BEAT_SCHEDULER.replace(":", "."))
    names = Names(scheduler(current_app), time_machine)
    monkeypatch.setattr(scheduler, "apply_entry", lambda beat, entry, producer=None: names.append(entry.name))
    monkeypatch.setattr(scheduler, "producer", None)
    names.after(5 * MINUTE)
    return names


class Names(list):
    """The names of what was rung for, by a timetable that looks every second."""

    def __init__(self, beat, time_machine):
        super().__init__()
        self.beat, self.time_machine = beat, time_machine

    def after(self, passed):
        """How often the watch was rung for, while that much time passed."""
        self.clear()
        for _ in range(passed // SECOND):
            while self.beat.tick() <= 0:
                pass
            self.time_machine.shift(SECOND)
        return self.count(WATCH)


def test_a_clock_that_runs_on_rings_every_minute(rung):
    assert 4 <= rung.after(5 * MINUTE) <= 6


@pytest.mark.parametrize("back", [MINUTE, 3_600 * SECOND, YEAR])
def test_one_that_is_set_back_does_too(rung, time_machine, back):
    time_machine.move_to(NOON - back, tick=False)
    assert 4 <= rung.after(5 * MINUTE) <= 6
    assert set(rung) >= {name for name, entry in TIMETABLE.items() if entry["schedule"] < 300}


def test_and_one_that_is_set_right_again(rung, time_machine):
    time_machine.move_to(NOON - YEAR, tick=False)
    rung.after(MINUTE)
    time_machine.move_to(NOON, tick=False)
    assert 4 <= rung.after(5 * MINUTE) <= 6


def test_what_tells_that_the_log_stands_still_never_expires(rung):
    """When it does is said by the timetable's clock, and judged by a worker's."""
    assert watch_the_log.expires is None
