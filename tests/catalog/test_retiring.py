"""A source that is retired is read no more, and what it told stops counting."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, key, snapshot
from transparency.accounts.actions import issue_token
from transparency.accounts.agreeing import NotAlone
from transparency.accounts.models import HistoryEntry, ServiceToken
from transparency.catalog import actions, queries
from transparency.catalog.actions import AlreadyRunning, Retired
from transparency.catalog.models import Asset, Binding, ClassificationRule, Flow, LineageEvent, Observation, Source

WHY = "The old warehouse is switched off."
ENDS = ["contact.email/jobs/training"]


@pytest.fixture
def known(warehouse, read, pipeline):
    """The warehouse shows that e-mail addresses reach job recommendations."""
    ClassificationRule.objects.create(position=1, matches="tag", pattern="pii", category="contact.email")
    Binding.objects.create(key=key("model ranker"), feature="jobs", stage="training")
    read(pipeline)
    actions.recompute(at=timezone.now())
    assert [one.use for one in Observation.objects.filter(seen=True)] == ENDS
    return warehouse


@pytest.fixture
def foreseen(known, amir):
    """A worker found what would stop counting."""
    return look(known, amir)


def look(source, who):
    asked = actions.ask_to_try(by=who, source=source, kind="retirement", at=timezone.now())
    actions.try_source(tryout_id=asked.pk, asked_at=asked.asked_at, connector_for=Shelf(OSError("It is not asked.")))
    asked.refresh_from_db()
    return asked


def retire(source, by, stops=ENDS, reason=WHY, **more):
    return actions.retire_source(by=by, source=source, reason=reason, stops=stops, at=timezone.now(), **more)


def emptied():
    """What the timetable starts, a worker does: whatever the source still tells."""
    told = snapshot(flow("users.email", "model ranker"), tags={"users.email": "pii"})
    for source in queries.due(timezone.now()):
        actions.request_refresh(by=None, source=source)
    for waiting in [one.refreshes.filter(state="queued").first() for one in Source.objects.all()]:
        if waiting:
            actions.refresh(refresh_id=waiting.pk, connector_for=Shelf(told))
    actions.recompute(at=timezone.now())


def test_what_would_stop_counting_is_worked_out_and_nothing_changes(foreseen):
    assert (foreseen.state, foreseen.would_stop) == ("done", ENDS)
    assert (foreseen.found["merged"]["gone"], foreseen.found["merged"]["flows_gone"]) == (Asset.objects.count(), 3)
    assert Observation.objects.get().seen


def test_what_another_source_tells_as_well_goes_on_counting(known, amir, pipeline):
    other = Source.objects.create(slug="lake", name="Lake", connector="dbt")
    asked = actions.request_refresh(by=None, source=other)
    actions.refresh(refresh_id=asked.pk, connector_for=Shelf(pipeline))
    assert look(known, amir).would_stop == []
    retire(known, amir, stops=[])
    emptied()
    assert Observation.objects.get().seen
    assert {one.source.slug for one in Asset.objects.select_related("source")} == {"lake"}


def test_what_it_told_stops_counting(foreseen, known, amir):
    retire(known, amir)
    emptied()
    assert (Asset.objects.count(), Flow.objects.count(), Observation.objects.get().seen) == (0, 0, False)
    assert [one.source.slug for one in queries.sources(timezone.now())] == []
    assert queries.due(timezone.now() + timedelta(days=1)) == []


def test_it_is_emptied_though_the_first_worker_died(foreseen, known, amir):
    retire(known, amir)
    known.refreshes.filter(state="queued").update(state="failed", finished_at=timezone.now())
    later = timezone.now() + timedelta(hours=2)
    assert queries.due(later) == [known]


def test_who_reads_it_just_then_changes_nothing_any_more(foreseen, known, amir, pipeline):
    class Slow(Shelf):
        def read(self, progress):
            retire(known, amir)
            return super().read(progress)

    asked = actions.request_refresh(by=None, source=known)
    actions.refresh(refresh_id=asked.pk, connector_for=Slow(snapshot(flow("a", "b"))))
    asked.refresh_from_db()
    assert (asked.state, "retired meanwhile" in asked.error) == ("failed", True)
    assert not Asset.objects.filter(key=key("a")).exists()


def test_who_may_why_and_what_are_kept(foreseen, known, amir):
    retire(known, amir)
    entry = HistoryEntry.objects.get(verb="source.retire")
    assert (entry.actor_name, entry.subject) == ("Amir", "warehouse")
    assert entry.after == {"reason": WHY, "stops_counting": ENDS, "keys_ended": []}
    known.refresh_from_db()
    assert (known.enabled, known.retired_because) == (False, WHY)


def test_its_keys_end_and_those_of_others_stay(foreseen, known, amir):
    for scopes in (["lineage:warehouse"], ["lineage:lake"], ["lineage:warehouse", "lineage:lake"]):
        issue_token(by=amir, name="Airflow", scopes=scopes)
    retire(known, amir)
    assert [one.revoked_at is None for one in ServiceToken.objects.order_by("pk")] == [False, True, True]


def test_events_that_wait_are_applied_no_more(foreseen, known, amir):
    LineageEvent.objects.create(source=known, digest=b"1", event_time=timezone.now(), body="{}")
    retire(known, amir)
    emptied()
    assert LineageEvent.objects.get().applied_at
    assert queries.with_unapplied_events() == []


@pytest.mark.parametrize("reason", ["", "  ", "\t\n"])
def test_without_a_reason_nothing_is_done(foreseen, known, amir, reason):
    with pytest.raises(ValidationError, match="Say why"):
        retire(known, amir, reason=reason)
    assert not HistoryEntry.objects.filter(verb="source.retire").exists()


def test_what_nobody_worked_out_is_not_agreed_to(known, amir):
    with pytest.raises(ValidationError, match="worked out first"):
        retire(known, amir)


def test_what_was_worked_out_long_ago_counts_no_more(foreseen, known, amir):
    known.tryouts.update(finished_at=timezone.now() - timedelta(hours=25))
    with pytest.raises(ValidationError, match="worked out first"):
        retire(known, amir)


def test_what_was_read_must_be_what_would_stop(foreseen, known, amir):
    with pytest.raises(ValidationError, match="Something else"):
        retire(known, amir, stops=[])


def test_another_administrator_must_agree_where_there_is_one(foreseen, known, amir, person):
    anna = person("Anna", "administrator")
    with pytest.raises(NotAlone):
        retire(known, amir)
    assert retire(known, amir, agreed_by=anna).retired_at


@pytest.mark.parametrize("who", ["otto", "ines", "ada", "mia"])
def test_nobody_else_may(foreseen, known, request, who):
    with pytest.raises(PermissionDenied):
        retire(known, request.getfixturevalue(who))


def test_it_never_comes_back(foreseen, known, amir):
    retire(known, amir)
    with pytest.raises(ValidationError, match="retired already"):
        retire(known, amir)
    with pytest.raises(ValidationError, match="never comes back"):
        actions.change_source(by=amir, source=known, enabled=True)
    with pytest.raises(Retired):
        actions.request_refresh(by=amir, source=known)
    with pytest.raises(Retired):
        actions.ask_to_try(by=amir, source=known, kind="connection", at=timezone.now())
    with pytest.raises(AlreadyRunning):
        actions.request_refresh(by=None, source=known)
