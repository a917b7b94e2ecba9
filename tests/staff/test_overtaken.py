"""Two administrators change the same thing: the second is told, and writes over nothing that they never saw."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, snapshot
from transparency.catalog import actions as catalog
from transparency.catalog.models import Source
from transparency.enforcement.models import Pipeline

SOURCE = {
    "slug": "warehouse", "name": "Data warehouse", "connector": "dbt", "location": "target", "token": "",
    "namespace": "", "every_minutes": "60", "whole_every_hours": "24", "horizon_days": "30", "stale_after_hours": "24",
}  # fmt: skip
PIPELINE = {"slug": "pip", "name": "Pip, nightly training", "contact": "#jobs-ml", "webhook_url": ""}
THINGS = {
    "source": ("/staff/sources/warehouse/change/", SOURCE, "horizon_days"),
    "pipeline": ("/staff/pipelines/pip/change/", PIPELINE, "max_age"),
}


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def source(db):
    return Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt", location="target")


@pytest.fixture(params=THINGS)
def thing(request, source, pip, client, amir):
    """The address of its form, what stands in it, and the field that two want to change."""
    client.force_login(amir)
    return THINGS[request.param]


def seen(client, path):
    return client.get(path).context["seen"]


def stored(field):
    return getattr({"horizon_days": Source, "max_age": Pipeline}[field].objects.get(), field)


def test_the_second_is_told_what_stands_and_it_stays(client, thing):
    path, told, field = thing
    mine = told | {"seen": seen(client, path)}
    client.post(path, mine | {field: "77"})
    answer = client.post(path, mine | {field: "88"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert f"{field.replace('_', ' ')} is “77”" in page
    assert 'value="88"' in page  # what was typed is not lost
    assert stored(field) == 77


def test_whoever_was_told_may_replace_it(client, thing):
    path, told, field = thing
    mine = told | {"seen": seen(client, path)}
    client.post(path, mine | {field: "77"})
    now = client.post(path, mine | {field: "88"}).context["seen"]
    assert client.post(path, mine | {field: "88", "seen": now}).status_code == 302
    assert stored(field) == 88


def test_a_form_that_does_not_say_what_it_was_made_from_changes_nothing(client, thing):
    path, told, field = thing
    before = stored(field)
    assert client.post(path, told | {field: "88"}).status_code == 409
    assert stored(field) == before


def test_a_form_with_a_fault_still_says_what_it_was_made_from(client, thing):
    path, told, field = thing
    shown = seen(client, path)
    assert client.post(path, told | {field: "none", "seen": shown}).context["seen"] == shown


def test_a_change_of_settings_takes_nothing_back_that_a_refresh_wrote(source, amir):
    """The form was opened before the refresh."""
    asked = catalog.request_refresh(by=None, source=Source.objects.get())
    catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(snapshot(flow("users", "features"))))
    catalog.change_source(by=amir, source=source, horizon_days=40)
    after = Source.objects.get()
    assert (after.version, after.horizon_days) == (1, 40)
    assert after.last_good_at > timezone.now() - timedelta(minutes=1)
