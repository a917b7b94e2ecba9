"""Adding a source: first what it is read from, then what that kind needs, and nothing else."""

import re

import pytest

from transparency.catalog.actions.sources import SETTINGS
from transparency.catalog.models import Source
from transparency.staff.kinds import KINDS

ALWAYS = {"slug", "name", "horizon_days", "stale_after_hours", "enabled"}
OFTEN, CHANGES = {"every_minutes"}, {"every_minutes", "whole_every_hours"}
ASKED = {
    "openlineage_http": set(),
    "openlineage_file": {"location"} | OFTEN,
    "dbt": {"location", "namespace"} | OFTEN,
    "datahub": {"location", "token", "namespace"} | CHANGES,
    "datahub_file": {"location", "namespace"} | OFTEN,
    "marquez": {"location", "token"} | OFTEN,
    "openmetadata": {"location", "token", "namespace"} | CHANGES,
}
ADD = "/staff/sources/add/"
OFFERED = r'href="[?]connector=(\w+)"'
TOLD = {"name": "Lake", "slug": "lake", "horizon_days": 30, "stale_after_hours": 24, "every_minutes": 60}


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False
    settings.CATALOG_HOSTS = ["hub.example"]


@pytest.fixture
def hub(db):
    return Source.objects.create(
        slug="hub", name="Hub", connector="datahub", location="https://hub.example", token="HUB", namespace="a=b://c"
    )


@pytest.fixture
def as_amir(client, amir):
    client.force_login(amir)
    return client


def asked(page):
    return {name for name in SETTINGS if f'id="id_{name}"' in page.content.decode()} - {"connector"}


def test_every_kind_is_offered_with_what_it_is(as_amir):
    page = as_amir.get(ADD).content.decode()
    assert re.findall(OFFERED, page) == Source.Connector.values == list(KINDS)
    assert "target folder: manifest.json" in page


@pytest.mark.parametrize("kind", Source.Connector.values)
def test_a_kind_is_asked_for_what_counts_there_and_for_nothing_else(as_amir, kind):
    page = as_amir.get(ADD, {"connector": kind})
    assert asked(page) == ALWAYS | ASKED[kind]
    assert f'name="connector" value="{kind}"' in page.content.decode()


@pytest.mark.parametrize("kind", ["", "oracle", "<b>"])
def test_a_kind_that_nobody_knows_is_chosen_anew(as_amir, kind):
    assert re.findall(OFFERED, as_amir.get(ADD, {"connector": kind}).content.decode()) == Source.Connector.values
    assert as_amir.post(ADD, TOLD | {"connector": kind}).status_code == 400
    assert not Source.objects.exists()


def test_what_a_kind_is_not_asked_for_is_not_kept(as_amir):
    as_amir.post(ADD, TOLD | {"connector": "dbt", "location": "target", "token": "HUB", "whole_every_hours": 1})
    added = Source.objects.get()
    assert (added.location, added.token, added.whole_every_hours) == ("target", "", 24)


def test_a_change_asks_for_what_its_kind_needs(as_amir, hub):
    page = as_amir.get("/staff/sources/hub/change/")
    assert asked(page) == ALWAYS | ASKED["datahub"]
    assert 'value="https://hub.example"' in page.content.decode()


def test_it_may_be_read_from_something_else_which_keeps_nothing_of_the_other(as_amir, hub):
    page = as_amir.get("/staff/sources/hub/change/?connector=").content.decode()
    assert re.findall(OFFERED, page) == Source.Connector.values
    form = as_amir.get("/staff/sources/hub/change/?connector=dbt").content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', form)[1]
    told = TOLD | {"slug": "hub", "connector": "dbt", "location": "target", "seen": seen}
    assert as_amir.post("/staff/sources/hub/change/", told).status_code == 302
    hub.refresh_from_db()
    assert (hub.connector, hub.location, hub.token, hub.namespace) == ("dbt", "target", "", "")
