"""Merging what changed gives the rows that merging the whole graph would give."""

import json
import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.catalog.connectors.test_openlineage_fold import events, names, source
from tests.catalog.connectors.test_openlineage_kept import cut
from tests.scenarios.openlineage import dataset, run_event
from transparency.catalog.connectors.base import Applied
from transparency.catalog.connectors.openlineage import parse_event
from transparency.catalog.connectors.openlineage_fold import Fold
from transparency.catalog.connectors.openlineage_kept import dumped, loaded
from transparency.catalog.merge import merge
from transparency.catalog.models import Source

pytestmark = pytest.mark.django_db
ROWS = """
SELECT a.key, kind, namespace, name, field, description, tags::text, facts::text, as_of, last_seen,
    '', '', false, false, null, null FROM catalog_asset a WHERE source_id = %(source)s
UNION ALL SELECT u.key, d.key, j.key, '', '', f.transformation, '', '', null, null, '', '', f.direct, f.masking,
    f.first_seen, f.last_seen
    FROM catalog_flow f JOIN catalog_asset u ON u.id = f.upstream_id JOIN catalog_asset d ON d.id = f.downstream_id
    LEFT JOIN catalog_asset j ON j.id = f.job_id WHERE f.source_id = %(source)s
UNION ALL SELECT key, canonical_key, reason, '', '', '', '', '', as_of, null, '', '', false, false, null, null
    FROM catalog_alias WHERE source_id = %(source)s
"""


def rows(one):
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"source": one.pk})
        return set(cursor.fetchall())


@transaction.atomic
def merged(handfuls, snapshot_of):
    """The rows after each handful was applied, merging what ``snapshot_of`` gives. Nothing of it stays."""
    slug = uuid.uuid4().hex
    one, folding = Source.objects.create(slug=slug, name=slug, connector="openlineage_http"), Fold()
    for told in handfuls:
        folding = loaded(dumped(folding), folding.heard)
        folding.complete = False
        for event in told:
            folding.add(parse_event(json.dumps(event)))
        merge(one, snapshot_of(folding), timezone.now())
    found = rows(one)
    transaction.set_rollback(True)
    return found, folding


def whole(folding):
    return folding.snapshot()


def changes(folding):
    snapshot = folding.changes()
    return type(snapshot)(**vars(snapshot) | {"applied": Applied([], b"")})


entries = st.builds(
    lambda to, table, masked: source(
        to, inputs=[source(table, transformations=[{"type": "DIRECT", "masking": masked}]), {"type": "JOB"}]
    ),
    names,
    names,
    st.booleans(),
)
jobs = st.builds(
    lambda name, told: {"namespace": "airflow", "name": name, "facets": {"lineage": {"entries": told}}},
    names,
    st.lists(entries, max_size=2),
)
parents = st.builds(
    lambda name: {"parent": {"run": {"runId": "p"}, "job": {"namespace": "airflow", "name": name}}}, names
)
streams = st.lists(
    st.builds(
        lambda event, job, facets: event | {"job": job, "run": event["run"] | {"facets": facets}},
        events,
        jobs,
        st.one_of(st.just({}), parents),
    ),
    max_size=8,
)


@given(streams, st.lists(st.integers(0, 50), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merging_what_changed_is_merging_the_whole(told, places):
    handfuls = cut(told, places)
    expected, all_of_it = merged(handfuls, whole)
    found, folding = merged(handfuls, changes)
    assert found == expected
    assert folding.snapshot() == all_of_it.snapshot()


def same(*told):
    """Whether each event applied by itself gives what merging the whole after each would give."""
    handfuls = [[event] for event in told]
    return merged(handfuls, changes)[0] == merged(handfuls, whole)[0]


def test_what_a_dataset_said_of_a_jobs_flow_still_counts_when_only_the_job_speaks():
    of_dataset = dataset("x", lineage={"inputs": [source("a", transformations=[{"type": "DIRECT"}])]})
    masked = source("x", inputs=[source("a", transformations=[{"type": "DIRECT", "masking": True}])])
    job = {"namespace": "airflow", "name": "rank.train", "facets": {"lineage": {"entries": [masked]}}}
    assert same(
        run_event(outputs=[of_dataset], eventTime="2026-03-05T00:00:00Z"), run_event(job=job, run={"runId": "late"})
    )


def test_a_run_that_goes_on_is_still_a_part_of_what_it_was():
    part = {"runId": "r", "facets": {"parent": {"run": {"runId": "p"}, "job": {"namespace": "airflow", "name": "all"}}}}
    assert same(run_event(run=part), run_event(run={"runId": "r"}, eventTime="2026-03-05T00:00:00Z"))


def test_a_known_table_that_is_only_named_keeps_what_was_said_of_it():
    known = dataset("a", documentation={"description": "Messages"})
    by_name = dataset("x", lineage={"inputs": [source("a")]})
    assert same(run_event([known]), run_event(outputs=[by_name], eventTime="2026-03-05T00:00:00Z", run={"runId": "s"}))
