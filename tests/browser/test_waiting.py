"""What is urgent while an edition waits, in a real browser: on the pages of staff, and on those of members."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from msgspec import structs, to_builtins

from tests.browser.test_pages import signed_in  # noqa: F401 - a fixture
from tests.register.builders import Press
from transparency.accounts.models import User
from transparency.register import queries as said
from transparency.review import actions, queries

pytestmark = pytest.mark.browser


def with_first_use(**fields):
    number, register = said.newest_register()
    first, *others = register.uses
    return number, structs.replace(register, uses=(structs.replace(first, **fields), *others))


@pytest.fixture
def one_waits(site, otto):
    """An edition that holds in a month waits."""
    number, content = with_first_use(retention="2 years", why_needed="It tells what you look for.")
    now = timezone.now()
    Press(otto, number)(content, at=now, effective_at=now + timedelta(days=31))


@pytest.fixture
def draft(site, otto, one_waits):
    """Otto's urgent proposal: it and what waits change how long the same data is kept, and each something else too."""
    one = actions.start_proposal(by=otto, title="What we got wrong", sooner="A mistake, found today.")
    uses = queries.base_register(one).uses
    for use, fields in (
        (uses[0], {"retention": "6 months", "risks": "Few people read it."}),
        (uses[1], {"risks": "A."}),
    ):
        content = to_builtins(structs.replace(use, **fields))
        actions.put_record(by=otto, proposal=one, version=one.version, kind="use", content=content)
    return one


def faults(page, address):
    """What axe finds there, and whether a small screen is too small for it."""
    page.goto(address)
    found = [(one["id"], one["nodes"][0]["html"][:150]) for one in Axe().run(page).response["violations"]]
    page.set_viewport_size({"width": 320, "height": 640})
    return found, page.evaluate("document.documentElement.scrollWidth") > 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_otto_decides_with_one_click_and_axe_finds_nothing(site, page, signed_in, draft, complaints, scheme):  # noqa: F811 - a fixture
    signed_in("editor")
    page.emulate_media(color_scheme=scheme)
    assert faults(page, f"{site}/staff/proposals/{draft.pk}/") == ([], False)
    page.get_by_role("button", name="what is scheduled holds from").click()
    assert page.get_by_text("holds what is scheduled").is_visible()
    assert faults(page, f"{site}/staff/proposals/{draft.pk}/terms/") == ([], False)
    assert complaints == []


def test_members_read_what_was_overtaken_and_axe_finds_nothing(site, page, draft, otto, complaints):
    ines = User.objects.get(name="Ines")
    (edit, _) = draft.edits.order_by("pk")
    actions.settle(by=otto, proposal=draft, version=draft.version, edit=edit, decided="this")
    actions.submit(by=otto, proposal=draft)
    actions.approve(by=ines, proposal=draft, content_digest=queries.content_digest(draft))
    actions.publish(by=ines, proposal=draft)
    for address in ("changes/", "editions/2/", "editions/4/"):
        assert faults(page, f"{site}/{address}") == ([], False)
    assert complaints == []
