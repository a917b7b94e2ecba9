"""From a run that ignored a refusal to the inbox of compliance, and out of it again."""

from datetime import timedelta

import pytest

from tests.consent.builders import LATER
from tests.enforcement.builders import HOUR, Runs
from tests.register.builders import NOON
from transparency.catalog.models import Asset, Binding, Flow, Source
from transparency.config.chain import follow
from transparency.enforcement.models import Pipeline
from transparency.review import actions
from transparency.review.models import Finding

State = Finding.State
MODEL = "model:mlflow://models/ranker"


@pytest.fixture
def runs(pip, chooses):
    """What Pip runs after Mia's refusal."""
    Pipeline.objects.update(created_at=NOON)
    chooses.refuses()
    return Runs(pip).given(1)


def standing():
    """The findings about pipelines that are not closed."""
    found = Finding.objects.exclude(state=State.CLOSED).filter(kind__startswith="run_")
    return [(one.kind, one.state) for one in found]


def test_a_run_that_ignores_a_refusal_is_in_the_inbox_until_a_later_one_honours_it(runs, otto):
    runs.ran(0, 2)
    follow(LATER + 3 * HOUR)
    assert standing() == [("run_ignored", "open")]
    runs.ran(1, 4)
    follow(LATER + 5 * HOUR)
    assert standing() == []
    assert Finding.objects.get(kind="run_ignored").reason.startswith("A later run honoured the choices")


def test_what_was_dismissed_opens_again_with_the_next_run(runs, otto):
    runs.ran(0, 2)
    follow(LATER + 3 * HOUR)
    actions.dismiss(by=otto, findings=list(Finding.objects.filter(kind="run_ignored")), reason="A test run.")
    follow(LATER + 3 * HOUR)
    assert standing() == [("run_ignored", "dismissed")]
    runs.ran(0, 4)
    follow(LATER + 5 * HOUR)
    assert standing() == [("run_ignored", "open")]


def test_a_run_that_lineage_shows_and_nobody_acknowledged_is_in_the_inbox(runs):
    source = Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http", last_good_at=LATER)
    seen = {"first_seen": LATER, "last_seen": LATER + HOUR}
    ends = {"source": source, "namespace": "n", "as_of": LATER, **seen}
    table = Asset.objects.create(key="dataset:n/a", kind="dataset", name="a", **ends)
    model = Asset.objects.create(key=MODEL, kind="model", name="ranker", **ends)
    Flow.objects.create(source=source, upstream=table, downstream=model, **seen)
    Binding.objects.create(key=MODEL, feature="job-ranking", stage="training")
    follow(LATER + 2 * HOUR)
    assert standing() == []
    follow(LATER + HOUR + timedelta(hours=6, minutes=1))
    assert standing() == [("run_unasked", "open")]
    assert ["Seen at", MODEL] in Finding.objects.get(kind="run_unasked").evidence["facts"]


def test_otto_reads_what_happened_and_pauses_the_pipeline(runs, otto, client, settings):
    settings.STAFF_SECOND_FACTOR = False
    runs.ran(0, 2)
    follow(LATER + 3 * HOUR)
    client.force_login(otto)
    page = client.get(f"/staff/findings/{Finding.objects.get(kind='run_ignored').pk}/").content.decode()
    assert "Ask the team: <b>#jobs-ml</b>" in page
    assert "Refusals that it had to honour and did not" in page
    client.post("/staff/pipelines/pip/pause/", {"reason": "Ignored a refusal"})
    assert not Pipeline.objects.get().active
