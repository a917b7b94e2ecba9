"""A refresh replaces a source's graph as a whole, or changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from tests.catalog.builders import NOON, Shelf, asset, flow, snapshot
from transparency.accounts.models import HistoryEntry
from transparency.catalog import actions, queries, turns
from transparency.catalog.actions import refreshing
from transparency.catalog.actions.refreshing import AlreadyRunning, NotHeld
from transparency.catalog.connectors.base import SeenFault, Snapshot, SourceUnreadable
from transparency.catalog.intake import record_fault
from transparency.catalog.models import Asset, Flow, Refresh, Source

State = Refresh.State
MINE = "SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND pid = pg_backend_pid()"


def many(count, complete=True):
    return Snapshot(assets=[asset(f"table{i}") for i in range(count)], complete=complete)


def fanned_out(count):
    """Fifty tables, the first of which feeds ``count`` others."""
    flows = [flow("table0", f"table{i + 1}", job="") for i in range(count)]
    return Snapshot(assets=[asset(f"table{i}") for i in range(50)], flows=flows)


def test_a_source_to_which_nothing_is_posted_is_read_on_its_timetable_only(read, pipeline, warehouse):
    read(pipeline)
    assert (queries.with_unapplied_events(), queries.due(timezone.now())) == ([], [])


def test_a_source_to_which_something_was_posted_is_read_at_once(warehouse):
    event = {"event_time": NOON, "body": "{}", "digest": b"1"}
    warehouse.events.create(applied_at=NOON, **event)
    assert queries.with_unapplied_events() == []
    warehouse.events.create(**event | {"digest": b"2"})
    assert queries.with_unapplied_events() == [warehouse]


def test_the_graph_arrives(read, pipeline):
    refresh = read(pipeline)
    assert (refresh.state, refresh.summary["added"], refresh.summary["flows_added"]) == (State.SUCCEEDED, 7, 3)
    assert Flow.objects.count() == 3


def test_reading_the_same_again_touches_no_row(read, pipeline):
    read(pipeline)
    before = rows_as_stored()
    refresh = read(pipeline)
    assert (refresh.summary["changed"], refresh.summary["flows_changed"], rows_as_stored()) == (0, 0, before)


def test_what_is_gone_from_a_complete_catalog_goes(read, pipeline):
    read(pipeline)
    refresh = read(replace(pipeline, flows=pipeline.flows[:2]))
    assert refresh.summary["flows_gone"] == 1


def test_absence_in_a_truncated_catalog_is_no_evidence(read, pipeline):
    read(pipeline)
    read(Snapshot(complete=False))
    assert (Asset.objects.count(), Flow.objects.count()) == (7, 3)


def test_first_seen_stays_and_last_seen_moves(read):
    read(snapshot(flow("a", "b")))
    read(snapshot(flow("a", "b", last_seen=NOON + timedelta(days=1))))
    only = Flow.objects.get()
    assert (only.first_seen, only.last_seen) == (NOON, NOON + timedelta(days=1))


def test_what_is_told_late_was_first_told_of_no_later_than_last(read):
    read(Snapshot(assets=[asset("users", as_of=NOON - timedelta(days=9))]))
    assert Asset.objects.get().first_seen == NOON - timedelta(days=9)


def test_what_is_told_again_is_seen_again_and_not_changed(read):
    read(snapshot(flow("a", "b"), tags={"users": "pii"}))
    later = NOON + timedelta(days=1)
    assets = [asset("users", "pii", as_of=later)]
    refresh = read(Snapshot(assets, [flow("a", "b", last_seen=later)], complete=False))
    told = {name: refresh.summary[name] for name in ("changed", "again", "flows_changed", "flows_again")}
    assert told == {"changed": 0, "again": 1, "flows_changed": 0, "flows_again": 1}


@pytest.mark.parametrize("how", ["masking", "aggregating"])
def test_what_is_told_anew_is_changed(read, how):
    read(snapshot(flow("a", "b"), tags={"users": "pii"}))
    done = replace(flow("a", "b"), **{how: True})
    refresh = read(replace(snapshot(tags={"users": "public"}), flows=[done], complete=False))
    told = {name: refresh.summary[name] for name in ("changed", "again", "flows_changed", "flows_again")}
    assert told == {"changed": 1, "again": 0, "flows_changed": 1, "flows_again": 0}


def test_an_older_statement_never_replaces_a_newer_one(read):
    read(snapshot(tags={"users": "new"}))
    old = asset("users", "old", as_of=NOON - timedelta(days=1))
    read(Snapshot(assets=[old]))
    assert Asset.objects.get().tags == ["new"]


def test_a_cliff_is_held_for_a_person(read):
    read(many(50))
    refresh = read(many(30))
    assert refresh.state == State.HELD
    assert "30 assets were found where there were 50" in refresh.error
    assert Asset.objects.count() == 50


@pytest.mark.parametrize(("found", "state"), [(39, State.HELD), (40, State.SUCCEEDED)])
def test_what_loses_more_than_a_fifth_is_a_cliff(read, found, state):
    read(many(50))
    assert read(many(found)).state == state


def test_half_the_flows_gone_is_a_cliff_too(read):
    read(fanned_out(40))
    refresh = read(fanned_out(20))
    assert (refresh.state, Flow.objects.count()) == (State.HELD, 40)
    assert "20 flows were found where there were 40" in refresh.error


def in_places(**counts):
    """So many tables in each place."""
    tables = [
        replace(asset(f"{place}{i}"), key=f"dataset:{place}/{i}", namespace=place)
        for place, count in counts.items()
        for i in range(count)
    ]
    return Snapshot(assets=tables)


def test_a_place_that_is_gone_is_held_though_little_is_missing(read, otto):
    read(in_places(snowflake=200, kafka=25))
    held = read(in_places(snowflake=200))
    assert (held.state, Asset.objects.count()) == (State.HELD, 225)
    assert "Of kafka, 0 assets were found where there were 25" in held.error
    accepted = actions.accept_held_refresh(by=otto, refresh=held)
    actions.refresh(refresh_id=accepted.pk, connector_for=Shelf(in_places(snowflake=200)))
    assert Asset.objects.count() == 200


def test_a_place_that_moves_with_most_of_what_it_holds_need_not_wait(read):
    read(in_places(snowflake=200, kafka=25))
    assert read(in_places(snowflake=200, kafka=21)).state == State.SUCCEEDED


def test_a_truncated_catalog_removes_nothing_and_need_not_wait(read):
    read(many(50))
    assert read(many(30, complete=False)).state == State.SUCCEEDED
    assert Asset.objects.count() == 50


def test_a_person_may_accept_what_was_held(read, otto):
    read(many(50))
    accepted = actions.accept_held_refresh(by=otto, refresh=read(many(30)))
    actions.refresh(refresh_id=accepted.pk, connector_for=Shelf(many(30)))
    assert Asset.objects.count() == 30


def test_accepting_thirty_is_not_accepting_one(read, otto):
    read(many(50))
    accepted = actions.accept_held_refresh(by=otto, refresh=read(many(30)))
    again = actions.refresh(refresh_id=accepted.pk, connector_for=Shelf(many(1)))
    assert (again.state, Asset.objects.count()) == (State.HELD, 50)


def doubtful(count, *codes):
    doubts = [SeenFault(code, "datasets", f"{count + 5} datasets were promised, {count} came.") for code in codes]
    return replace(many(count), doubts=doubts)


def test_a_broken_promise_waits_for_a_person_though_little_is_missing(read):
    read(many(50))
    refresh = read(doubtful(49, "less"))
    assert (refresh.state, Asset.objects.count()) == (State.HELD, 50)
    assert "54 datasets were promised, 49 came" in refresh.error


def test_doubt_does_not_heal_by_being_read_again(read):
    read(many(50))
    assert [read(doubtful(49, "less")).state for _ in range(3)] == [State.HELD] * 3
    assert Asset.objects.count() == 50


def test_once_the_data_is_back_nobody_is_needed(read):
    read(many(50))
    read(doubtful(49, "less"))
    assert (read(many(51)).state, Asset.objects.count()) == (State.SUCCEEDED, 51)


def test_a_person_may_accept_what_is_doubtful(read, otto):
    read(many(50))
    accepted = actions.accept_held_refresh(by=otto, refresh=read(doubtful(49, "less")))
    actions.refresh(refresh_id=accepted.pk, connector_for=Shelf(doubtful(49, "less")))
    assert (accepted.source.refreshes.first().state, Asset.objects.count()) == (State.SUCCEEDED, 49)


def test_accepting_one_doubt_is_not_accepting_another(read, otto):
    read(many(50))
    accepted = actions.accept_held_refresh(by=otto, refresh=read(doubtful(49, "less")))
    again = actions.refresh(refresh_id=accepted.pk, connector_for=Shelf(doubtful(49, "less", "repeats")))
    assert (again.state, Asset.objects.count()) == (State.HELD, 50)


def test_where_to_go_on_is_kept_with_the_graph_and_not_without(read, warehouse):
    read(replace(many(50), cursor={"after": "7"}))
    read(replace(doubtful(50, "less"), cursor={"after": "8"}))
    read(SourceUnreadable("busy"))
    warehouse.refresh_from_db()
    assert warehouse.cursor == {"after": "7"}


def test_changes_alone_remove_nothing_and_are_no_cliff(read, warehouse):
    read(many(50))
    whole = Source.objects.get().last_whole_at
    refresh = read(replace(many(2, complete=False), changes_only=True))
    assert (refresh.state, Asset.objects.count(), refresh.summary["assets"]) == (State.SUCCEEDED, 50, 50)
    assert Source.objects.get().last_whole_at == whole


def test_what_succeeded_can_not_be_accepted(read, otto):
    with pytest.raises(NotHeld):
        actions.accept_held_refresh(by=otto, refresh=read(many(50)))


def test_what_was_overtaken_can_not_be_accepted(read, otto):
    read(many(50))
    held = read(many(30))
    read(many(50))
    with pytest.raises(NotHeld):
        actions.accept_held_refresh(by=otto, refresh=held)


def test_a_refresh_whose_message_was_lost_is_rung_for_again_once(warehouse):
    waiting = actions.request_refresh(by=None, source=warehouse)
    later = timezone.now() + timedelta(minutes=11)
    assert actions.ring_again(at=later) == [waiting.pk]
    assert actions.ring_again(at=later) == []


def test_a_refresh_that_waits_for_its_next_attempt_is_left_in_peace(warehouse):
    actions.request_refresh(by=None, source=warehouse)
    assert actions.ring_again(at=timezone.now() + timedelta(minutes=5)) == []


def test_an_unreadable_source_leaves_the_last_good_graph(read, pipeline, warehouse):
    read(pipeline)
    refresh = read(SourceUnreadable("The file is cut short at line 3."))
    assert (refresh.state, refresh.error) == (State.FAILED, "The file is cut short at line 3.")
    assert Flow.objects.count() == 3


def test_what_may_pass_is_tried_again(read, warehouse):
    with pytest.raises(SourceUnreadable):
        read(SourceUnreadable("busy", retryable=True))
    assert warehouse.refreshes.get().state == State.QUEUED


def test_what_passed_is_told_no_more_once_it_was_read_well(read, pipeline, warehouse):
    with pytest.raises(SourceUnreadable):
        read(SourceUnreadable("busy", retryable=True))
    waiting = warehouse.refreshes.get()
    actions.refresh(refresh_id=waiting.pk, connector_for=Shelf(pipeline))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error, waiting.attempts) == (State.SUCCEEDED, "", 1)


def test_a_fault_in_the_merge_leaves_the_last_good_graph(read, pipeline, monkeypatch):
    read(pipeline)
    monkeypatch.setattr(refreshing, "merge", broken)
    with pytest.raises(RuntimeError):
        read(snapshot(flow("x", "y")))
    assert Flow.objects.count() == 3
    assert Refresh.objects.first().error == refreshing.UNFORESEEN


def turns_taken():
    """How this transaction holds its turn at the graph."""
    with connection.cursor() as cursor:
        cursor.execute(MINE, [turns.GRAPH])
        return {mode for (mode,) in cursor.fetchall()}


def test_no_observation_is_worked_out_while_a_graph_is_merged(read, pipeline):
    read(pipeline)
    assert turns_taken() == {"ShareLock"}


def test_no_graph_is_merged_while_observations_are_worked_out(db):
    actions.recompute(at=NOON)
    assert turns_taken() == {"ExclusiveLock"}


def test_two_refreshes_of_one_source_never_stand_at_once(warehouse):
    actions.request_refresh(by=None, source=warehouse)
    with pytest.raises(AlreadyRunning, match="Data warehouse is being refreshed already"):
        actions.request_refresh(by=None, source=warehouse)


def test_a_task_delivered_five_times_refreshes_once(warehouse, pipeline):
    asked = actions.request_refresh(by=None, source=warehouse)
    shelf = Shelf(pipeline)
    results = [actions.refresh(refresh_id=asked.pk, connector_for=shelf) for _ in range(5)]
    assert results[1:] == [None] * 4
    warehouse.refresh_from_db()
    assert warehouse.version == 1


def test_a_runner_that_lost_its_claim_merges_nothing(warehouse, pipeline):
    asked = actions.request_refresh(by=None, source=warehouse)

    class Paused(Shelf):
        def read(self, progress):
            Refresh.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
            actions.release_lost_claims(at=timezone.now())
            return super().read(progress)

    actions.refresh(refresh_id=asked.pk, connector_for=Paused(pipeline))
    assert Asset.objects.count() == 0
    assert Refresh.objects.get().error == refreshing.STOPPED


def test_faults_are_listed_with_the_source(read, warehouse, pipeline):
    fault = refreshing.SourceFault
    read(replace(pipeline, faults=[type("F", (), {"code": "c", "pointer": "events.ndjson:3", "message": "bad"})()]))
    assert fault.objects.get().pointer == "events.ndjson:3"


def test_what_was_refused_stays_on_the_list_when_the_source_is_read(read, warehouse, pipeline):
    record_fault(warehouse, "json", "", "This is not JSON.")
    read(pipeline)
    assert [fault.code for fault in warehouse.faults.all()] == ["json"]


def test_an_auditor_may_not_refresh(ada, warehouse):
    with pytest.raises(PermissionDenied, match="Editor"):
        actions.request_refresh(by=ada, source=warehouse)


def test_who_asked_is_in_the_history(otto, warehouse):
    actions.request_refresh(by=otto, source=warehouse)
    assert HistoryEntry.objects.get().actor == otto


def test_a_source_is_stale_after_its_patience(warehouse, read, pipeline):
    read(pipeline)
    tomorrow = timezone.now() + timedelta(hours=25)
    assert queries.sources(timezone.now())[0].stale_since is None
    assert queries.sources(tomorrow)[0].stale_since is not None


def test_a_source_is_due_when_its_minutes_have_passed(warehouse, read, pipeline):
    assert queries.due(timezone.now()) == [warehouse]
    read(pipeline)
    assert queries.due(timezone.now()) == []
    assert queries.due(timezone.now() + timedelta(minutes=61)) == [warehouse]


def broken(*arguments):
    raise RuntimeError("disk on fire")


def rows_as_stored():
    """The rows with the number of the transaction that wrote each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT xmin, key FROM catalog_asset UNION ALL SELECT xmin, id::text FROM catalog_flow ORDER BY 2"
        )
        return cursor.fetchall()


def test_the_longest_times_that_may_be_said_are_reckoned_with(warehouse):
    longest = {
        "horizon_days": 36_600,
        "stale_after_hours": 87_840,
        "whole_every_hours": 87_840,
        "every_minutes": 527_040,
    }
    Source.objects.update(last_good_at=timezone.now(), **longest)
    actions.recompute(at=timezone.now())
    assert queries.sources(timezone.now())[0].stale_since is None
