"""From labels along flows to features: what is observed, and why it ends."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.catalog.builders import NOON, flow, key, snapshot
from tests.catalog.observing import SOON, barrier_at_features, observe, seen
from transparency.accounts.models import User
from transparency.catalog import actions, queries
from transparency.catalog.actions import recomputing
from transparency.catalog.models import Barrier, Observation, Recomputation, Source


def a_reviewer():
    return User.objects.filter(role="reviewer").first()


def refreshed(warehouse, otto):
    Source.objects.filter(pk=warehouse.pk).update(last_good_at=timezone.now())


def told_of_another_rule(warehouse, otto):
    actions.add_rule(by=otto, agreed_by=a_reviewer(), matches="tag", pattern="other", category="other")


def told_of_another_binding(warehouse, otto):
    actions.add_binding(by=otto, agreed_by=a_reviewer(), key=key("model other"), feature="other", stage="training")


def without_a_barrier(warehouse, otto):
    actions.remove_barrier(by=otto, agreed_by=a_reviewer(), barrier=Barrier.objects.get())


def test_a_labelled_column_reaches_the_model(bound, read, pipeline):
    read(pipeline)
    found = observe()
    assert list(found) == ["contact.email"]
    assert [step["name"] for step in found["contact.email"].path] == [
        "users, column email",
        "features, column email",
        "ranker",
    ]


def test_a_column_flow_says_it_is_known_by_column(bound, read, pipeline):
    read(pipeline)
    assert observe()["contact.email"].by_column


def test_a_table_poured_into_a_table_carries_all_its_columns(bound, read):
    read(
        snapshot(
            flow("users", "copy"), flow("copy", "model ranker"), tags={"users.email": "pii", "users.city": "place"}
        )
    )
    found = observe()
    assert sorted(found) == ["contact.email", "profile.place"]
    assert not found["profile.place"].by_column


def test_what_came_in_as_a_whole_may_be_in_any_column(bound, read):
    read(
        snapshot(
            flow("users", "copy"),
            flow("copy.a", "features.a"),
            flow("features", "model ranker"),
            tags={"users.email": "pii"},
        )
    )
    assert "contact.email" in observe()


def test_a_labelled_column_does_not_label_its_neighbours(bound, read):
    read(snapshot(flow("users.city", "features.city"), flow("features", "model ranker"), tags={"users.email": "pii"}))
    assert observe() == {}


def test_columns_told_of_no_job_speak_for_the_jobs_of_their_source(bound, read):
    """DataHub tells a table's columns of the table, and of its jobs only which tables they read and write."""
    tags = {"users.email": "pii", "users.city": "place"}
    columns = flow("users.city", "copy.city", job=None)
    read(snapshot(columns, flow("users", "copy"), flow("copy", "model ranker"), tags=tags))
    assert list(observe()) == ["profile.place"]


def test_a_job_whose_columns_are_told_speaks_for_tables_that_are_told_of_no_job(bound, read):
    tags = {"users.email": "pii", "users.city": "place"}
    tables = flow("users", "copy", job=None)
    read(snapshot(flow("users.city", "copy.city"), tables, flow("copy", "model ranker"), tags=tags))
    assert list(observe()) == ["profile.place"]


def test_what_another_job_moves_is_not_told_by_the_columns_of_the_first(bound, read):
    tags = {"users.email": "pii", "users.city": "place"}
    other = flow("users", "copy", job="job other")
    read(snapshot(flow("users.city", "copy.city"), other, flow("copy", "model ranker"), tags=tags))
    assert sorted(observe()) == ["contact.email", "profile.place"]


def test_columns_of_one_source_do_not_speak_for_another(bound, read, warehouse):
    tags = {"users.email": "pii", "users.city": "place"}
    columns = flow("users.city", "copy.city", job=None)
    read(snapshot(columns, flow("users", "copy"), flow("copy", "model ranker"), tags=tags))
    other = Source.objects.create(slug="other", name="Other", connector="dbt")
    warehouse.flows.filter(upstream__key=key("users.city")).update(source=other)
    assert sorted(observe()) == ["contact.email", "profile.place"]


def test_a_flow_unseen_for_longer_than_the_horizon_stops_counting(bound, read, warehouse, pipeline):
    read(pipeline)
    observe()
    Source.objects.filter(pk=warehouse.pk).update(last_good_at=NOON + timedelta(days=31))
    assert observe(at=NOON + timedelta(days=31)) == {}
    assert "longer than the source's horizon" in Observation.objects.get().ended_because


def test_a_catalog_that_cannot_be_asked_forgets_nothing(bound, read, pipeline):
    read(pipeline)
    assert "contact.email" in observe(at=NOON + timedelta(days=90))


def test_what_is_seen_is_as_old_as_the_source_that_showed_it(bound, read, warehouse, pipeline):
    read(pipeline)
    Source.objects.filter(pk=warehouse.pk).update(last_good_at=NOON - timedelta(days=2))
    Source.objects.create(slug="other", name="Other", connector="dbt", last_good_at=NOON)
    observe()
    assert [one.checked_at for one in queries.counting()] == [NOON - timedelta(days=2)]


def test_a_source_that_is_read_again_is_news_of_what_it_told_of_and_none_of_it_is_written(
    bound, read, warehouse, pipeline
):
    read(pipeline)
    for moment in (NOON, SOON):
        Source.objects.filter(pk=warehouse.pk).update(last_good_at=moment)
        with CaptureQueriesContext(connection) as asked:
            observe(at=moment + timedelta(minutes=1))
    assert [one.checked_at for one in queries.counting()] == [SOON]
    written = [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE"))]
    assert not [sql for sql in written if "checked_at" in sql]


def test_what_is_no_longer_seen_was_checked_when_it_still_was(bound, read, warehouse, pipeline):
    read(pipeline)
    for day in (1, 2, 31, 32):
        Source.objects.filter(pk=warehouse.pk).update(last_good_at=NOON + timedelta(days=day))
        observe(at=NOON + timedelta(days=day))
    assert [(one.seen, one.checked_at) for one in queries.counting()] == [(False, NOON + timedelta(days=2))]


def test_working_it_out_again_writes_nothing(bound, read, pipeline):
    read(pipeline)
    observe()
    Recomputation.objects.all().delete()
    with CaptureQueriesContext(connection) as asked:
        actions.recompute(at=SOON + timedelta(minutes=5))
    written = [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE"))]
    assert not [sql for sql in written if "catalog_recomputation" not in sql]


def test_where_nothing_changed_nothing_is_worked_out(bound, read, warehouse, pipeline, monkeypatch):
    read(pipeline)
    Source.objects.filter(pk=warehouse.pk).update(last_good_at=NOON)
    observe()
    monkeypatch.setattr(recomputing, "load", None)
    assert actions.recompute(at=SOON + timedelta(days=300)) == 1


@pytest.mark.parametrize("change", [refreshed, told_of_another_rule, told_of_another_binding, without_a_barrier])
def test_whatever_it_follows_from_counts_at_once(bound, read, warehouse, pipeline, otto, ines, monkeypatch, change):
    read(pipeline)
    actions.approve_barrier(by=ines, barrier=barrier_at_features(otto, category="none"))
    observe(at=timezone.now())
    change(warehouse, otto)
    worked_out = []
    for way in ("_work_out", "follow"):
        monkeypatch.setattr(recomputing, way, lambda *given: worked_out.append(1) or True)
    actions.recompute(at=timezone.now())
    assert worked_out


def test_a_dataset_renamed_there_and_back_keeps_its_labels(bound, read, warehouse):
    read(snapshot(flow("people.email", "model ranker"), tags={"users.email": "pii"}))
    warehouse.aliases.create(key=key("people"), canonical_key=key("users"), reason="rename", as_of=NOON)
    warehouse.aliases.create(key=key("users"), canonical_key=key("people"), reason="rename", as_of=SOON)
    assert "contact.email" in observe()


def test_recomputing_keeps_first_seen(bound, read, pipeline, otto):
    read(pipeline)
    first = observe()["contact.email"].first_seen
    told_of_another_rule(None, otto)
    assert observe(at=SOON + timedelta(hours=3))["contact.email"].first_seen == first


def test_a_renamed_dataset_is_followed(bound, read, warehouse):
    read(snapshot(flow("people.email", "model ranker"), tags={"users.email": "pii"}))
    warehouse.aliases.create(key=key("people"), canonical_key=key("users"), reason="rename", as_of=NOON)
    assert "contact.email" in observe()


def test_a_filter_alone_does_not_carry_a_category(bound, read, pipeline, warehouse):
    read(pipeline)
    warehouse.flows.filter(downstream__kind="column").update(direct=False)
    assert observe() == {}
    assert [step.get("direct") for step in seen(direct=False)["contact.email"].path] == [None, False, True]


def test_what_was_chosen_by_it_is_followed_to_the_end(bound, read):
    chosen = flow("users.email", "chosen", direct=False)
    read(
        snapshot(chosen, flow("chosen.a", "features.a"), flow("features", "model ranker"), tags={"users.email": "pii"})
    )
    assert observe() == {}
    assert list(seen(direct=False)) == ["contact.email"]


def test_where_one_way_copies_it_looking_is_no_news(bound, read):
    ways = flow("users.email", "features.email", direct=False), flow("users.email", "other.email")
    read(snapshot(*ways, flow("features", "model ranker"), flow("other", "model ranker"), tags={"users.email": "pii"}))
    assert "contact.email" in observe()
    assert seen(direct=False) == {}


def test_one_job_after_another_is_no_look_at_data(bound, read):
    after = flow("job prepare", "job train", job="job train", direct=False)
    into = flow("users.email", "job prepare"), flow("job train", "model ranker", job="job train")
    read(snapshot(*into, after, tags={"users.email": "pii"}))
    assert observe() == {}
    assert seen(direct=False) == {}


def test_what_is_copied_no_more_says_that_it_is_still_looked_at(bound, read, pipeline, warehouse):
    read(pipeline)
    observe()
    warehouse.flows.filter(downstream__kind="column").update(direct=False)
    Recomputation.objects.all().delete()
    observe()
    assert "only looked at now" in Observation.objects.get(direct=True).ended_because


def test_once_it_is_copied_the_weaker_kind_ends(bound, read, pipeline, warehouse):
    read(pipeline)
    flows = warehouse.flows.filter(downstream__kind="column")
    flows.update(direct=False)
    observe()
    flows.update(direct=True)
    Recomputation.objects.all().delete()
    assert "contact.email" in observe()
    assert Observation.objects.get(direct=False).ended_because == "It is copied now."


def test_a_rule_is_tried_before_it_is_saved(read, pipeline):
    read(pipeline)
    preview = queries.rule_preview("column", "E*L")
    assert (preview.columns, preview.datasets) == (2, 2)


def test_the_first_rule_that_matches_wins(bound, read, pipeline, otto):
    actions.add_rule(by=otto, matches="column", pattern="*", category="misc")
    read(pipeline)
    assert "contact.email" in observe()


def test_a_model_of_no_feature_is_a_loose_end(read, pipeline):
    read(pipeline)
    assert queries.loose_ends(SOON).unbound == [key("model ranker")]


def test_a_version_of_a_model_whose_group_is_bound_is_part_of_the_feature(otto, read):
    actions.add_binding(by=otto, key=key("model group"), feature="job-ranking", stage="training")
    read(snapshot(flow("model ranker_4", "model group", job=""), flow("users.email", "model ranker_4")))
    assert queries.loose_ends(SOON).unbound == []


def test_unlabelled_data_that_feeds_a_model_is_a_loose_end(read, otto, pipeline):
    actions.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")
    read(pipeline)
    observe()
    assert queries.loose_ends(SOON).unclassified == [(key("features"), "job-ranking")]


def told():
    return {one.feature: sources for one, sources in queries.told_by(queries.counting())}


def test_those_who_told_of_the_flows_are_named(bound, read, pipeline):
    Source.objects.create(slug="crm", name="CRM", connector="dbt")
    read(pipeline)
    observe()
    assert told() == {"job-ranking": ["warehouse"]}


def test_where_what_is_bound_holds_the_data_itself_those_who_know_it_are_named(bound, otto, read, pipeline):
    Source.objects.create(slug="crm", name="CRM", connector="dbt")
    actions.add_binding(by=otto, key=key("users.email"), feature="letters", stage="inference")
    read(pipeline)
    observe()
    assert (told()["letters"], Observation.objects.get(feature="letters").sources) == (["warehouse"], [])
