"""Workers look for suggestions: when, one at a time, and what becomes of one that dies or is overtaken."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.catalog.suggested import CATEGORIES, EMAIL, SOON, look, the_one
from transparency.catalog import actions
from transparency.catalog.actions import suggesting
from transparency.catalog.models import Suggesting


def test_where_nothing_changed_nothing_is_worked_out(suggested):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        actions.suggest_labels(at=SOON + timedelta(days=1), categories=CATEGORIES)
    assert len(asked) < 6


def test_after_a_refresh_it_waits_until_it_presses_nobody(suggested, rerouted):
    Suggesting.objects.update(seconds=60)
    rerouted()
    look(SOON + timedelta(minutes=19))
    assert the_one().state == "open"
    look(SOON + timedelta(minutes=21))
    assert the_one().state == "gone"


def test_what_people_say_counts_at_once(suggested, otto):
    Suggesting.objects.update(seconds=60)
    actions.add_rule(by=otto, matches="column", pattern="email", category=EMAIL)
    look(SOON + timedelta(seconds=1))
    assert (the_one().state, the_one().reason) == ("gone", "Somebody has said what it holds.")


def test_the_clock_set_back_stops_nothing(suggested, rerouted):
    Suggesting.objects.update(at=SOON + timedelta(days=400), seconds=60)
    rerouted()
    look(SOON + timedelta(minutes=1))
    assert the_one().state == "gone"


def test_who_comes_while_another_is_at_it_does_nothing(suggested, rerouted, monkeypatch):
    rerouted()
    actions.recompute(at=SOON + timedelta(hours=1))
    looks = []
    look_really = suggesting._look

    def looked(at, categories):
        looks.append(at)
        actions.suggest_labels(at=at, categories=categories)
        return look_really(at, categories)

    monkeypatch.setattr(suggesting, "_look", looked)
    actions.suggest_labels(at=SOON + timedelta(hours=1), categories=CATEGORIES)
    assert len(looks) == 1


def test_a_worker_that_dies_half_way_is_followed_by_another(suggested, rerouted, monkeypatch):
    rerouted()
    actions.recompute(at=SOON + timedelta(hours=1))
    with monkeypatch.context() as dying:
        dying.setattr(suggesting, "_store", lambda found, at: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            actions.suggest_labels(at=SOON + timedelta(hours=1), categories=CATEGORIES)
    assert the_one().state == "open"
    look(SOON + timedelta(hours=1, minutes=2))
    assert the_one().state == "gone"


def test_what_is_rejected_while_a_worker_looks_stays_rejected(suggested, otto, monkeypatch):
    look_really = suggesting._look

    def looked(at, categories):
        found = look_really(at, categories)
        actions.reject_suggestions(by=otto, suggestions=[suggested], reason="No.")
        return found

    monkeypatch.setattr(suggesting, "_look", looked)
    actions.add_rule(by=otto, matches="tag", pattern="other", category="other")
    look(SOON + timedelta(hours=1))
    assert (the_one().state, the_one().reason) == ("rejected", "No.")
