"""A source's page while somebody looks on, in a real browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from transparency.catalog.models import Source

pytestmark = pytest.mark.browser


@pytest.fixture
def reading(site, page, client, person, settings):
    """A refresh that runs while Otto looks on."""
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(person("Otto", "editor"))
    page.context.add_cookies([{"name": "sid", "value": client.cookies["sid"].value, "url": site}])
    source = Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")
    now = timezone.now()
    return source.refreshes.create(state="running", phase="reading", done=2, total=9, started_at=now, heartbeat_at=now)


def test_it_tells_how_far_it_is_and_at_the_end_all_that_changed(site, page, reading, complaints):
    page.goto(f"{site}/staff/sources/warehouse/")
    expect(page.get_by_role("status").first).to_have_text("Reading: 2 of 9 ")
    type(reading).objects.update(done=7)
    expect(page.get_by_role("status").first).to_have_text("Reading: 7 of 9 ")
    type(reading).objects.update(state="succeeded", finished_at=timezone.now(), summary={"added": 3})
    expect(page.get_by_role("table")).to_contain_text("3 assets are new.")
    assert complaints == []
