"""What columns may hold: the list, one of it, and a wider rule, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from transparency.accounts.models import Wish
from transparency.catalog.models import Asset, Source, Suggestion

pytestmark = pytest.mark.browser
KEY = "column:postgres://warehouse.tandem.example:5432/tandem.mobile.app_sessions#searchHistory"


@pytest.fixture
def suggested(site, page, client, person, settings):
    """A suggestion that an editor looks at."""
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(person("Otto", "editor"))
    page.context.add_cookies([{"name": "sid", "value": client.cookies["sid"].value, "url": site}])
    now = timezone.now()
    source = Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")
    seen = {"first_seen": now, "last_seen": now, "as_of": now, "description": "What was searched for."}
    where = {"namespace": "postgres://warehouse.tandem.example:5432", "name": "tandem.mobile.app_sessions"}
    Asset.objects.create(source=source, key=KEY, kind="column", field="searchHistory", **where, **seen)
    reasons = ["Its name speaks of “search history”.", "14 columns labelled “Search history” have the same name."]
    reached = {"features": ["search", "feed"], "news": ["feed"]}
    words = {"key": KEY, "category": "activity.search_history", "weight": 86, "found_at": now}
    return Suggestion.objects.create(**words, reasons=reasons, **reached)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_it_fits_a_small_screen(site, page, suggested, scheme):
    page.emulate_media(color_scheme=scheme)
    one = f"/staff/suggestions/{suggested.pk}/"
    for address in ("/staff/suggestions/", one, f"{one}?pattern=*search*"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(site + address)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:150]) for one in found] == []
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_an_editor_accepts_by_keyboard_without_a_script_of_ours(site, page, suggested):
    """A reviewer has to agree then."""
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{site}/staff/suggestions/{suggested.pk}/")
    page.get_by_label("How do you know?").press("Enter")
    page.get_by_text("Asked. It happens once somebody else agrees").wait_for()
    assert Wish.objects.get().subject.endswith(suggested.category)
