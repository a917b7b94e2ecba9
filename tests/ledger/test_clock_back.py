"""The clock goes back under a worker that runs on: sealing stands still, and a person may say that it had run ahead."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from tests.ledger.test_sealing import NOON, is_a_valid_log
from transparency.accounts.models import HistoryEntry
from transparency.config import past
from transparency.ledger import actions, clock, queries
from transparency.ledger.models import Checkpoint
from transparency.ledger.tiles import unbundle

pytestmark = pytest.mark.django_db
YEAR, MINUTE = timedelta(days=365), timedelta(minutes=1)
A_YEAR_AGO = NOON - YEAR


def enter(number):
    """Something that is no edition: of that there would have to be one."""
    actions.enter(kind="list", subject=str(number), facts={"commitment": f"{number:064x}"}, at=NOON)


@pytest.fixture
def sealed():
    """One entry, sealed at noon, and one that waits."""
    enter(1)
    actions.seal(at=NOON)
    enter(2)


@pytest.fixture
def back(sealed, time_machine):
    """The clock says that it is a year ago."""
    time_machine.move_to(A_YEAR_AGO, tick=False)


def ran_ahead(why="The time server was a year ahead."):
    call_command("ledger_clock", "--ran-ahead", why, stdout=StringIO())


def sealed_times():
    return list(Checkpoint.objects.order_by("size").values_list("sealed_at", flat=True))


@pytest.mark.parametrize("back", [6 * MINUTE, timedelta(hours=1), YEAR])
def test_nothing_is_sealed_by_a_clock_that_went_back(sealed, back):
    with pytest.raises(clock.ClockBehind, match=r"but the log was sealed at 2026-11-24 12:00\. Set it"):
        actions.seal(at=NOON - back)
    assert (queries.newest().size, queries.waiting()) == (1, 1)


def test_nothing_has_a_place_by_then_either(sealed):
    with pytest.raises(clock.ClockBehind):
        actions.seal(at=A_YEAR_AGO)
    assert queries.numbered() == 1


def test_no_files_are_made_anew_by_it(back):
    with pytest.raises(CommandError, match="This machine's clock says 2025-11-24"):
        call_command("ledger_files")


def test_what_waited_is_sealed_once_the_clock_is_right(sealed):
    with pytest.raises(clock.ClockBehind):
        actions.seal(at=A_YEAR_AGO)
    assert actions.seal(at=NOON + MINUTE).size == 2
    assert is_a_valid_log()


def test_steps_of_seconds_hold_up_nothing_and_no_seal_is_before_another(sealed):
    actions.seal(at=NOON - timedelta(seconds=20))
    assert sealed_times() == [NOON, NOON]


def test_small_steps_back_do_not_add_up_to_a_large_one(sealed):
    actions.seal(at=NOON - 4 * MINUTE)
    enter(3)
    with pytest.raises(clock.ClockBehind):
        actions.seal(at=NOON - 8 * MINUTE)


class TestAClockThatHadRunAhead:
    """The newest seal is of a year from now: without a way out nothing would be sealed for as long."""

    def test_sealing_goes_on_from_now(self, back):
        ran_ahead()
        assert actions.seal(at=A_YEAR_AGO + MINUTE).size == 3
        assert sealed_times() == [NOON, A_YEAR_AGO + MINUTE]
        assert is_a_valid_log()

    def test_the_log_says_so_to_everybody(self, back):
        ran_ahead()
        actions.seal(at=A_YEAR_AGO)
        said = json.loads(unbundle(queries.published().read("tile/entries/000.p/3"))[2])
        assert said == {
            "kind": "clock",
            "subject": "2025-11-24T12:00:00+00:00",
            "size": 1,
            "sealed_at": "2026-11-24T12:00:00+00:00",
            "now": "2025-11-24T12:00:00+00:00",
        }

    def test_the_history_says_why(self, back):
        ran_ahead("The time server was a year ahead.")
        told = HistoryEntry.objects.get(verb="ledger.clock_ran_ahead")
        assert told.before == {"time": "2026-11-24T12:00:00+00:00"}
        assert told.after == {"time": "2025-11-24T12:00:00+00:00", "why": "The time server was a year ahead."}

    def test_processes_that_start_name_the_way_out(self, back):
        with pytest.raises(ImproperlyConfigured, match="ledger_clock --ran-ahead"):
            past.refuse_to_serve_the_past()

    def test_processes_start_again(self, back):
        ran_ahead()
        past.refuse_to_serve_the_past()

    def test_it_is_no_leave_to_go_back_further(self, back):
        ran_ahead()
        with pytest.raises(clock.ClockBehind):
            actions.seal(at=A_YEAR_AGO - 6 * MINUTE)

    def test_nor_once_more_after_the_next_seal(self, back):
        ran_ahead()
        actions.seal(at=NOON + MINUTE)
        enter(4)
        with pytest.raises(clock.ClockBehind):
            actions.seal(at=A_YEAR_AGO)

    def test_it_can_be_said_twice_before_anything_is_sealed(self, back, time_machine):
        ran_ahead()
        time_machine.move_to(A_YEAR_AGO - YEAR, tick=False)
        ran_ahead()
        assert actions.seal(at=A_YEAR_AGO - YEAR).size == 4

    @pytest.mark.parametrize("why", ["", " "])
    def test_it_is_not_said_without_a_reason(self, back, why):
        with pytest.raises(CommandError, match="Say in a few words what happened"):
            ran_ahead(why)

    def test_nor_where_no_clock_is_behind(self, sealed, time_machine):
        time_machine.move_to(NOON, tick=False)
        with pytest.raises(CommandError, match="not behind the log"):
            ran_ahead()

    @pytest.mark.parametrize(
        ("now", "said"), [(NOON, "is not behind the log"), (A_YEAR_AGO, "the clock had run ahead")]
    )
    def test_the_command_alone_only_says_how_it_is(self, sealed, time_machine, now, said):
        time_machine.move_to(now, tick=False)
        call_command("ledger_clock", stdout=(told := StringIO()))
        assert said in told.getvalue()
        assert queries.waiting() == 1
