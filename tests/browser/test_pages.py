"""Each page in a real browser: readable for everybody, at any width, in the dark, without a complaint."""

import pytest
from axe_playwright_python.sync_playwright import Axe

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
    "/search/?q=job",
    "/how/",
    "/accounts/login/",
]
BUDGET = {"/": 60_000}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(site, page, complaints, path, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(site + path)
    found = Axe().run(page)
    assert [(one["id"], one["nodes"][0]["html"][:150]) for one in found.response["violations"]] == []
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_it_fits_a_small_screen(site, page, path):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(site + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", PAGES)
def test_it_is_light(site, page, path):
    sizes = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(site + path, wait_until="networkidle")
    assert sum(sizes) <= BUDGET.get(path, 40_000)


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


@pytest.mark.parametrize(
    "path", ["", "proposals/", "records/", "sources/", "rules/", "bindings/", "barriers/", "history/"]
)
def test_axe_finds_nothing_on_staff_pages(site, page, client, person, settings, path):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(person("Otto", "editor"))
    cookie = client.cookies["sid"].value
    page.context.add_cookies([{"name": "sid", "value": cookie, "url": site}])
    page.goto(f"{site}/staff/{path}")
    found = Axe().run(page)
    assert [(one["id"], one["nodes"][0]["html"][:150]) for one in found.response["violations"]] == []
