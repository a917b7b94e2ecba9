"""Each page in a real browser: readable for everybody, at any width, in the dark, without a complaint."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from msgspec import structs, to_builtins

from tests.register.builders import Press, register_of
from transparency.catalog.models import Source
from transparency.register import queries as said
from transparency.register.exports.uses import write_uses
from transparency.review import actions as review
from transparency.review.models import Finding

pytestmark = pytest.mark.browser
PAGES = [
    "/",
    "/categories/",
    "/categories/work.skills/",
    "/features/",
    "/features/job-recommendations/",
    "/uses/work.skills/job-recommendations/training/",
    "/changes/",
    "/editions/1/",
    "/downloads/",
    "/search/?q=job",
    "/how/",
    "/how/pipelines/",
    "/nowhere/",
    "/api/v1/docs/",
    "/accounts/login/",
]
BUDGET = {"/": 60_000}


def violations(page, scheme, address):
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    return [(one["id"], one["nodes"][0]["html"][:150]) for one in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_by_day_and_in_the_dark(site, page, complaints, path):
    assert violations(page, "light", site + path) == []
    assert violations(page, "dark", site + path) == []
    assert [one for one in complaints if "404" not in one] == []


@pytest.mark.parametrize("path", PAGES)
def test_it_is_light_and_fits_a_small_screen(site, page, transferred, path):
    page.goto(site + path, wait_until="networkidle")
    assert sum(transferred) <= BUDGET.get(path, 40_000)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_overview_of_a_large_company_is_light_and_fits_too(live_server, ines, page, transferred):
    Press(ines)(register_of(40, 60, 1000), at=timezone.now() - timedelta(hours=1))
    page.goto(live_server.url, wait_until="networkidle")
    assert sum(transferred) <= BUDGET["/"]
    assert Axe().run(page).violations_count == 0
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_on_paper_the_table_of_a_large_company_is_not_cut_off(live_server, ines, page):
    Press(ines)(register_of(40, 60, 1000), at=timezone.now() - timedelta(hours=1))
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 without its margins
    page.goto(live_server.url)
    assert page.locator(".matrix").evaluate("table => table.getBoundingClientRect().right") <= 718


def test_on_paper_moments_are_dates_and_nothing_can_be_pressed(site, page):
    page.emulate_media(media="print")
    page.goto(site)
    assert not page.get_by_role("button", name="Search").is_visible()
    page.goto(f"{site}/editions/1/")
    when = page.locator("main time").first
    assert "ago" in when.text_content()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert when.text_content().endswith("UTC")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert "ago" in when.text_content()


def test_on_paper_everything_is_open(live_server, ines, page):
    press = Press(ines)
    for uses, hours in ((1, 2), (9, 1)):
        press(register_of(5, 5, uses), at=timezone.now() - timedelta(hours=hours))
    page.goto(f"{live_server.url}/editions/1/to/2/")
    shut = [page.locator("details table").last.is_visible()]
    page.emulate_media(media="print")
    assert [*shut, page.locator("details table").last.is_visible()] == [False, True]


def test_without_scripts_a_member_finds_the_use(site, browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(site)
    page.get_by_role("link", name="Your data", exact=True).first.click()
    page.get_by_role("link", name="Skills", exact=True).click()
    page.get_by_role("link", name="Job recommendations").first.click()
    assert "Can you refuse?" in page.content()


def test_the_first_tab_skips_to_the_content(site, page):
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_otto_signs_in_with_a_real_form(site, page, person, settings, complaints):
    settings.STAFF_SECOND_FACTOR = False
    person("Otto", "editor")
    page.goto(site + "/accounts/login/")
    page.fill("[name=login]", "otto@tandem.example")
    page.fill("[name=password]", "correct horse battery")
    page.click("main button")
    page.get_by_role("link", name="Work for compliance").click()
    assert page.get_by_role("heading", name="What needs you today").is_visible()
    assert complaints == []


STAFF_PAGES = {
    "editor": [
        *(
            "",
            "?urgency=1",
            "proposals/",
            "records/",
            "sources/",
            "assets/?q=a",
            "rules/",
            "bindings/",
            "barriers/",
            "suggestions/",
            "pipelines/",
        ),
        *("history/", "workers/", "sensitive/", "explain/"),
    ],
    "administrator": ["people/", "tokens/", "sources/add/", "sources/add/?connector=datahub", "pipelines/add/"],
}


@pytest.fixture
def signed_in(site, page, client, person, settings):
    """Signs somebody with a role in, in the browser."""

    def sign_in(role):
        settings.STAFF_SECOND_FACTOR = False
        somebody = person("Sam", role)
        client.force_login(somebody)
        page.context.add_cookies([{"name": "sid", "value": client.cookies["sid"].value, "url": site}])
        return somebody

    return sign_in


@pytest.mark.parametrize(("role", "path"), [(role, path) for role, paths in STAFF_PAGES.items() for path in paths])
def test_axe_finds_nothing_on_staff_pages(site, page, signed_in, role, path):
    signed_in(role)
    page.goto(f"{site}/staff/{path}")
    found = Axe().run(page)
    assert [(one["id"], one["nodes"][0]["html"][:150]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture
def proposal(signed_in, otto):
    """Otto's proposal, which waits for Sam, the reviewer, who is signed in."""
    signed_in("reviewer")
    draft = review.start_proposal(by=otto, title="Shorter retention")
    used = said.newest_register()[1].uses[0]
    content = to_builtins(structs.replace(used, retention="6 months"))
    review.put_record(by=otto, proposal=draft, version=draft.version, kind="use", content=content)
    review.comment(by=otto, proposal=draft, text="Looks right.")
    review.submit(by=otto, proposal=draft)
    return draft


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_proposal_and_a_finding(site, page, proposal, scheme):
    path = [{"key": f"dataset:{name}", "kind": "dataset", "name": name} for name in ("raw.posts", "b", "ranker")]
    words = {"kind": "undeclared_use", "subject": "work.skills/feed/training", "sentence": "Skills in Feed: seen."}
    found = Finding.objects.create(**words, urgency=1, evidence={"path": path})
    page.emulate_media(color_scheme=scheme)
    for address in (f"proposals/{proposal.pk}/", f"findings/{found.pk}/", "", "proposals/"):
        page.goto(f"{site}/staff/{address}")
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:150]) for one in violations] == []
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_sam_proves_that_it_is_sam_and_approves(site, page, client, proposal, complaints):
    session = client.session
    session["account_authentication_methods"] = []
    session.save()
    page.goto(f"{site}/staff/proposals/{proposal.pk}/")
    page.get_by_role("button", name="Approve exactly this").click()
    assert page.get_by_role("heading", name="Is it you?").is_visible()
    page.fill("[name=password]", "correct horse battery")
    page.get_by_role("button", name="It is me").click()
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name="Yes, approve this proposal").click()
    assert page.get_by_role("button", name="Publish").is_visible()
    assert complaints == []


def test_otto_brings_a_table_back_in_a_real_browser(site, page, signed_in, complaints, tmp_path):
    otto = signed_in("editor")
    proposal = review.start_proposal(by=otto, title="Shorter retention")
    table = tmp_path / "uses.csv"
    uses = [structs.replace(one, retention="6 months") for one in said.newest_register()[1].uses[:1]]
    table.write_text(write_uses(uses), encoding="utf-8")
    page.goto(f"{site}/staff/proposals/{proposal.pk}/table/")
    page.set_input_files("input[type=file]", table)
    page.get_by_role("button", name="See what it would change").click()
    assert page.get_by_text("is now “6 months”").is_visible()
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name="Put 1 record into the proposal").click()
    assert page.get_by_text("All of the file is in the proposal.").is_visible()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_a_source_is_retired(site, page, complaints, signed_in, scheme):
    signed_in("administrator")
    ends = {"category": "work.skills", "feature": "feed", "stage": "training", "because": "No way is left."}
    none, many = {"count": 0, "first": []}, {"gone": 3, "flows_gone": 1_200}
    found = {"ended": {"count": 1, "first": [ends]}, "new": none, "other_way": none, "same": 2, "seconds": 0.4}
    lake = Source.objects.create(slug="lake", name="Lake", connector="openlineage_http")
    told = {"kind": "retirement", "state": "done", "found": found | {"merged": many}, "finished_at": timezone.now()}
    lake.tryouts.create(**told)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site}/staff/sources/lake/retire/")
    assert page.get_by_role("button", name="Retire it for ever").is_visible()
    assert Axe().run(page).violations_count == 0
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert complaints == []


def test_on_a_phone_the_menu_of_staff_shows_where_one_is(site, page, signed_in):
    signed_in("editor")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site}/staff/workers/")
    here = page.locator(".rooms [aria-current]").bounding_box()
    assert 0 <= here["x"] <= here["x"] + here["width"] <= 390
