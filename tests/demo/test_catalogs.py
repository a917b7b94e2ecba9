"""Tandem's catalogs: the sources that read them, and the page on which they go bad."""

import threading
import urllib.error
import urllib.request
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from tests.conftest import LONG_AGO
from tests.demo.running import free_port
from transparency.accounts.models import User
from transparency.catalog import actions
from transparency.catalog.connectors import connector_for
from transparency.catalog.models import Asset, Source
from transparency.demo.__main__ import imports, private_hosts
from transparency.demo.catalogs.buttons import Buttons
from transparency.demo.catalogs.faults import Fault
from transparency.demo.catalogs.server import FakeCatalog
from transparency.demo.catalogs.sources import SERVED, place
from transparency.demo.people import email, welcome

MODEL = "model:mlflow://search.tandem.example/search-training"


@pytest.fixture
def fakes(settings):
    """The catalogs, each on a port; they may be asked as often as anybody likes."""
    settings.CATALOG_REQUESTS_PER_SECOND = 10_000
    with ExitStack() as served:
        fakes = {one.slug: served.enter_context(FakeCatalog(one.shape)) for one in SERVED}
        settings.CATALOG_PRIVATE_HOSTS = [fake.host for fake in fakes.values()]
        yield fakes


@pytest.fixture
def amir(db):
    """Amir; and Anna, who agrees to what he adds."""
    told = {"role": "administrator", "role_since": LONG_AGO}
    User.objects.create_user(email("Anna"), "a long password", name="Anna", **told)
    return User.objects.create_user(email("Amir"), "a long password", name="Amir", **told)


@pytest.fixture
def buttons(fakes):
    """The address of the page with the buttons."""
    titles = {one.slug: one.name for one in SERVED}
    with Buttons(free_port(), fakes, titles, "http://localhost:8000") as served:
        threading.Thread(target=served.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def press(buttons, origin=None, path="/", **told):
    body = urlencode(told).encode()
    asked = urllib.request.Request(buttons + path, body, {"Origin": origin or buttons})
    return urllib.request.urlopen(asked, timeout=60).read().decode()


def refused(buttons, **told):
    with pytest.raises(urllib.error.HTTPError) as caught:
        press(buttons, **told)
    caught.value.close()
    return caught.value.code


@pytest.mark.parametrize(
    ("listed", "hosts"),
    [("", "127.0.0.1:1,127.0.0.1:2"), ("localhost:8080", "localhost:8080,127.0.0.1:1,127.0.0.1:2")],
)
def test_a_catalog_of_ones_own_can_be_tried_beside_them(monkeypatch, listed, hosts):
    monkeypatch.setenv("CATALOG_PRIVATE_HOSTS", listed)
    assert private_hosts([1, 2]) == hosts


def test_it_says_into_which_folder_files_go(settings, monkeypatch):
    monkeypatch.delenv("IMPORTS_DIR", raising=False)
    assert f"put them into {settings.IMPORTS_DIR}," in welcome(8000, 8001, imports())


@pytest.mark.parametrize("one", SERVED, ids=lambda one: one.slug)
def test_each_catalog_is_a_source_that_can_be_read(amir, fakes, one):
    source = place(one, fakes[one.slug].url)
    asked = actions.request_refresh(by=None, source=source)
    assert actions.refresh(refresh_id=asked.pk, connector_for=connector_for).state == "succeeded"
    assert Asset.objects.filter(key=MODEL).exists()


@pytest.mark.parametrize("one", SERVED, ids=lambda one: one.slug)
def test_the_next_reading_notices_that_a_catalog_has_gone_bad(amir, fakes, one):
    source = place(one, fakes[one.slug].url)
    first = actions.request_refresh(by=None, source=source)
    actions.refresh(refresh_id=first.pk, connector_for=connector_for)
    fakes[one.slug].fault = Fault.LESS
    second = actions.request_refresh(by=None, source=source)
    assert actions.refresh(refresh_id=second.pk, connector_for=connector_for).state == "held"


def test_all_catalogs_mean_the_same_things(amir, fakes):
    for one in SERVED:
        asked = actions.request_refresh(by=None, source=place(one, fakes[one.slug].url))
        actions.refresh(refresh_id=asked.pk, connector_for=connector_for)
    known = [set(source.assets.filter(kind="column").values_list("key", flat=True)) for source in Source.objects.all()]
    assert known[0] == known[1] == known[2]
    actions.recompute(at=timezone.now())


def test_a_catalog_that_has_moved_is_read_where_it_is(amir, fakes):
    first, second, _ = (fake.url for fake in fakes.values())
    place(SERVED[0], first)
    place(SERVED[0], second)
    assert Source.objects.get().location == second


def test_the_page_names_each_catalog_and_every_way_to_go_bad(buttons):
    shown = urllib.request.urlopen(f"{buttons}/", timeout=60).read().decode()
    assert "Search team (DataHub)" in shown
    assert shown.count("<option") == len(SERVED) * (1 + len(Fault))


def test_a_catalog_goes_bad_on_a_button_and_is_well_again(buttons, fakes):
    assert Fault.LESS.value in press(buttons, catalog="search-datahub", fault="LESS")
    assert (fakes["search-datahub"].fault, fakes["search-marquez"].fault) == (Fault.LESS, None)
    press(buttons, catalog="search-datahub", fault="")
    assert fakes["search-datahub"].fault is None


@pytest.mark.parametrize("told", [{"catalog": "other", "fault": ""}, {"catalog": "search-datahub", "fault": "x"}, {}])
def test_what_is_neither_a_catalog_nor_a_fault_changes_nothing(buttons, told):
    assert refused(buttons, **told) == 400


def test_another_page_presses_no_button(buttons, fakes):
    assert refused(buttons, origin="http://evil.example", catalog="search-datahub", fault="LESS") == 403
    assert fakes["search-datahub"].fault is None


def test_there_is_one_page(buttons):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{buttons}/other", timeout=60)
    caught.value.close()
    assert caught.value.code == 404
