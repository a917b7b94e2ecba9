"""Adding a source, its keys, and what its page says of its refreshes."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.catalog.builders import Shelf, snapshot
from transparency.accounts.models import ServiceToken
from transparency.catalog import actions as catalog
from transparency.catalog.models import Source
from transparency.staff.templatetags.work import what_changed


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


def test_amir_adds_a_source(client, amir):
    client.force_login(amir)
    words = {"slug": "lake", "name": "Lake", "connector": "openlineage_http", "every_minutes": 5, "horizon_days": 30}
    client.post("/staff/sources/add/", words | {"stale_after_hours": 24, "whole_every_hours": 24, "enabled": "on"})
    assert Source.objects.get().name == "Lake"


def test_namespaces_that_can_not_be_read_are_explained(client, amir):
    client.force_login(amir)
    words = {"slug": "datahub", "name": "DataHub", "connector": "datahub_file", "namespace": "snowflake://acme"}
    page = client.post("/staff/sources/add/", words | {"every_minutes": 5, "horizon_days": 30, "stale_after_hours": 24})
    assert (page.status_code, Source.objects.count()) == (400, 0)
    assert "is not like platform=namespace" in page.content.decode()


@pytest.mark.parametrize("location", ["", "..", "a/../../b", "/etc/passwd"])
def test_a_path_that_leads_out_of_the_imports_folder_is_not_asked_for(client, amir, location):
    client.force_login(amir)
    words = {"slug": "files", "name": "Files", "connector": "openlineage_file", "location": location}
    told = {"every_minutes": 5, "horizon_days": 30, "stale_after_hours": 24, "whole_every_hours": 24}
    page = client.post("/staff/sources/add/", words | told)
    assert (page.status_code, Source.objects.count()) == (400, 0)
    assert "Name a file or folder below the imports folder" in page.content.decode()


def test_a_source_without_a_name_is_explained(client, amir):
    client.force_login(amir)
    assert client.post("/staff/sources/add/", {"slug": "Ä"}).status_code == 400


def test_a_key_is_shown_once(client, amir):
    Source.objects.create(slug="lake", name="Lake", connector="openlineage_http")
    client.force_login(amir)
    page = client.post("/staff/tokens/", {"name": "Airflow", "source": "lake"})
    assert b"shown once" in page.content
    assert b"shown once" not in client.get("/staff/tokens/").content


def test_an_administrator_makes_the_key_of_the_platforms_own_settings_page(client, amir):
    client.force_login(amir)
    page = client.post("/staff/tokens/", {"name": "Settings page", "source": "choices/"})
    assert b"shown once" in page.content
    assert ServiceToken.objects.get().scopes == ["choices"]


@pytest.mark.parametrize("source", ["", "ghost", "choices", "lineage:x"])
def test_a_key_for_nothing_is_not_made(client, amir, source):
    client.force_login(amir)
    assert client.post("/staff/tokens/", {"name": "Airflow", "source": source}).status_code == 400
    assert not ServiceToken.objects.exists()


def test_a_source_page_shows_refreshes_and_faults(client, ada, amir):
    source = Source.objects.create(slug="w", name="W", connector="dbt")
    source.faults.create(code="c", pointer="/inputs/0", message="It has no name.")
    asked = catalog.request_refresh(by=None, source=source)
    catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(snapshot(tags={"users": "x"})))
    client.force_login(ada)
    assert b"1 asset is new." in client.get("/staff/sources/w/").content
    assert client.get("/staff/sources/w/progress/").status_code == 200


@pytest.mark.parametrize(("minutes", "is_told"), [(0, False), (2, True)])
def test_a_worker_that_gives_no_sign_of_life_is_told_of(client, ada, minutes, is_told):
    source = Source.objects.create(slug="w", name="W", connector="dbt")
    heard = timezone.now() - timedelta(minutes=minutes)
    source.refreshes.create(state="running", phase="reading", done=2_000, total=3_000, heartbeat_at=heard)
    client.force_login(ada)
    page = client.get("/staff/sources/w/progress/").content.decode()
    assert "Reading: 2,000 of 3,000" in page
    assert ("Nothing was heard of the worker since" in page) is is_told


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ({"added": 2, "flows_added": 1, "flows_gone": 1}, "2 assets and 1 flow are new; 1 flow is gone."),
        ({"changed": 1, "again": 1_200}, "1 asset changed; 1,200 assets were seen again."),
        ({"again": 0, "flows_again": 1}, "Nothing changed; 1 flow was seen again."),
        ({"added": 0}, "Nothing changed."),
    ],
)
def test_what_a_refresh_changed_is_said_in_words(summary, words):
    assert what_changed(summary) == words


def test_a_source_that_is_sent_events_has_no_timetable(client, ada):
    Source.objects.create(slug="lake", name="Lake", connector="openlineage_http")
    client.force_login(ada)
    assert b"when events come" in client.get("/staff/sources/").content
    page = client.get("/staff/sources/lake/").content
    assert (b"read when events come" in page, b"every 60 minutes" in page) == (True, False)


def test_a_source_that_is_switched_off_says_so_and_how_to_switch_it_on(client, ada, amir):
    Source.objects.create(slug="lake", name="Lake", connector="openlineage_http", enabled=False)
    client.force_login(ada)
    assert b"Switched off" in client.get("/staff/sources/").content
    assert b"An administrator can switch it on" in client.get("/staff/sources/lake/").content
    client.force_login(amir)
    assert b"Switch it on</a>" in client.get("/staff/sources/lake/").content


@pytest.mark.parametrize(("who", "forms"), [("otto", 3), ("ines", 3), ("amir", 3), ("ada", 0)])
def test_nobody_is_shown_a_button_that_is_not_for_them(db, client, request, who, forms):
    source = Source.objects.create(slug="lake", name="Lake", connector="dbt")
    client.force_login(request.getfixturevalue(who))
    page = client.get(f"/staff/sources/{source.slug}/").content.decode()
    assert page.partition("<main")[2].count("<form") == forms


def test_one_that_is_to_be_tried_again_says_so_and_that_the_last_good_graph_stands(client, otto):
    lake = Source.objects.create(slug="lake", name="Lake", connector="datahub", last_good_at=timezone.now())
    lake.refreshes.create(attempts=1, error="It answered with status 500.")
    client.force_login(otto)
    assert "Waits to try again" in client.get("/staff/sources/").content.decode()
    page = client.get("/staff/sources/lake/").content.decode()
    assert page.count("Waits to try again") == 2
    assert "when it was last read well, still stands" in page


def test_where_it_is_read_from_stands_on_its_page(client, ada):
    Source.objects.create(slug="lake", name="Lake", connector="datahub", location="https://hub.example", token="HUB")
    client.force_login(ada)
    page = client.get("/staff/sources/lake/").content.decode()
    assert ("<code>https://hub.example</code>" in page, "token HUB" in page) == (True, True)


@pytest.mark.parametrize(
    ("connector", "says", "not_"),
    [("datahub", "nothing is read on its schedule", "are refused"), ("openlineage_http", "are refused", "schedule.")],
)
def test_a_new_one_that_waits_to_be_tried_is_no_cause_for_alarm(client, amir, connector, says, not_):
    Source.objects.create(slug="lake", name="Lake", connector=connector, enabled=False)
    client.force_login(amir)
    told = client.get("/staff/sources/lake/").content.decode()
    line = re.search(r'<p class="([^"]+)">It is switched off: (.*?)</p>', told)
    assert (line[1], says in line[2], not_ in line[2]) == ("told told-warning", True, False)
