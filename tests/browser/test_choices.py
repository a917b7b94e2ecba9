"""Choosing in a real browser: both answers alike, in one press, with and without scripts, for everybody."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from transparency.consent import queries
from transparency.consent.models import Choice

pytestmark = pytest.mark.browser
USE = "use-work-skills-job-recommendations-training"
# Links whose name another link has that leads elsewhere: who has them listed can't tell them apart.
SAME_NAME = """
() => {
  const links = [...document.querySelectorAll("main a")], name = (one) => one.textContent.trim().replace(/\\s+/g, " ");
  const twins = (one) => links.filter((other) => name(other) === name(one) && other.href !== one.href);
  return links.filter((one) => twins(one).length).map(name);
}
"""
STATIC = Path(__file__).resolve().parents[2] / "static/js"


@pytest.fixture
def sid(site, client, mia):
    """The cookie of Mia's session."""
    client.force_login(mia)
    return {"name": "sid", "value": client.cookies["sid"].value, "url": site}


@pytest.fixture
def here(page, sid):
    """Mia's browser."""
    page.context.add_cookies([sid])
    return page


@pytest.fixture
def plain(browser, sid):
    """Mia's browser without scripts."""
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([sid])
    yield context.new_page()
    context.close()


def question(page):
    return page.locator(f"#{USE}")


def press(page, word):
    question(page).get_by_role("button", name=re.compile(f"^{word}")).click()


def press_both(page):
    """Two answers, the second before the first is saved."""
    both = [f"#{USE} button[value^=refuse]", f"[id^=use-]:not(#{USE}) button[value^=allow]"]
    page.evaluate("both => both.map((one) => document.querySelector(one)).forEach((one) => one.click())", both)


def assert_fit_for_everybody(page):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert [(one["id"], one["nodes"][0]["html"][:150]) for one in found.response["violations"]] == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_page_for_strangers(site, page, complaints):
    page.goto(site + "/choices/")
    assert_fit_for_everybody(page)
    assert complaints == []


def test_the_pages_for_mia(site, here, complaints):
    here.goto(site + "/choices/")
    press(here, "Refuse")
    here.locator("#saved").wait_for()
    assert_fit_for_everybody(here)
    assert here.evaluate(SAME_NAME) == []
    for path in (f"/receipts/{Choice.objects.get().reference}/", "/choices/history/", "/accounts/here/", "/"):
        here.goto(site + path)
        assert_fit_for_everybody(here)
    assert complaints == []


def test_an_answer_is_saved_in_place_and_told_to_screen_readers(site, here, complaints):
    here.goto(site + "/choices/")
    question(here).scroll_into_view_if_needed()
    before = question(here).bounding_box()["y"]
    press(here, "Refuse")
    here.locator("#saved").wait_for()
    assert "You refused this on" in question(here).inner_text()
    assert abs(question(here).bounding_box()["y"] - before) < 2
    assert "Saved." in here.locator("body > .away[role=status]").inner_text()
    assert here.evaluate("document.activeElement.value").startswith("refuse")
    assert complaints == []


def test_three_answers_after_each_other_are_three_choices(site, here):
    here.goto(site + "/choices/")
    for word, words in (("Refuse", "You refused this"), ("Allow", "You allowed this"), ("Take", "until you refuse")):
        press(here, word)
        question(here).get_by_text(words).wait_for()
    assert queries.choices_of("1000001").count() == 3


def test_an_answer_that_never_comes_is_asked_for_again_and_saved_once(site, here):
    here.clock.install()
    here.goto(site + "/choices/")
    here.route("**/choices/", lambda route: route.fetch(max_redirects=0), times=1)  # saved, and nobody is told
    press(here, "Refuse")
    here.locator("[aria-busy=true]").wait_for()
    here.clock.fast_forward(15_000)
    here.locator("#saved").wait_for()
    assert "You refused this on" in question(here).inner_text()
    assert queries.choices_of("1000001").count() == 1


def test_two_answers_in_a_row_are_both_saved_and_shown_though_the_first_is_slow(site, here):
    here.goto(site + "/choices/")
    press_both(here)
    question(here).get_by_text("You refused this on").wait_for()
    here.locator("#saved", has_text="You allowed").wait_for()
    assert queries.choices_of("1000001").count() == 2


def test_where_the_first_of_two_answers_fails_none_is_lost_in_silence(site, here):
    here.goto(site + "/choices/")
    here.route("**/choices/", lambda route: route.abort())
    press_both(here)
    told = here.locator("#trouble", has_text="Perhaps not saved")
    assert [one.split()[0] for one in told.get_by_role("listitem").all_inner_texts()] == ["Refuse", "Allow"]
    assert here.evaluate("document.activeElement.textContent") == "Load this page again"
    assert here.locator("[aria-busy=true]").count() == 0
    here.unroute("**/choices/")
    here.keyboard.press("Enter")
    press(here, "Refuse")
    here.locator("#saved", has_text="You refused").wait_for()


def test_nothing_can_be_answered_on_a_page_that_is_about_to_go(site, here):
    here.goto(site + "/choices/")
    here.route("**/choices/", lambda route: route.fulfill(status=204))  # no page comes, so this one stays on its way
    press(here, "Refuse")
    here.locator("main[inert]").wait_for()


@pytest.mark.parametrize(("word", "words"), [("Refuse", "You refused this on"), ("Allow", "You allowed this on")])
def test_two_clicks_from_the_overview_without_scripts(site, plain, word, words):
    asked = []
    plain.goto(site)
    plain.on("request", lambda request: asked.append(request.method) if request.is_navigation_request() else None)
    plain.get_by_role("link", name="Your choices", exact=True).first.click()
    press(plain, word)
    assert words in question(plain).inner_text()
    assert plain.url.endswith(f"#{USE}")
    assert asked == ["GET", "POST", "GET"]


SEEN = ("color", "backgroundColor", "borderColor", "fontSize", "fontWeight", "padding", "opacity")


def look(button):
    """Everything that could make one answer weigh more than the other."""
    style = button.evaluate("(one, names) => names.map((name) => getComputedStyle(one)[name])", list(SEEN))
    box = button.bounding_box()
    return style, round(box["width"]), round(box["height"]), round(box["y"])


@pytest.mark.parametrize("width", [1280, 390])
def test_both_answers_weigh_the_same(site, here, width):
    here.set_viewport_size({"width": width, "height": 800})
    here.goto(site + "/choices/")
    allow, refuse = question(here).get_by_role("button").all()
    assert look(allow) == look(refuse)
    assert look(allow)[2] >= 44


def test_the_keyboard_alone_can_refuse(site, here):
    here.goto(f"{site}/choices/#{USE}")
    question(here).get_by_role("button", name=re.compile("^Allow")).focus()
    here.keyboard.press("Tab")
    here.keyboard.press("Enter")
    question(here).get_by_text("You refused this on").wait_for()


def test_a_session_that_ended_leads_to_sign_in_and_says_that_nothing_was_saved(site, here, mia):
    here.goto(site + "/choices/")
    here.context.clear_cookies(name="sid")
    press(here, "Refuse")
    here.wait_for_url("**/accounts/login/**")
    here.fill("[name=login]", mia.email)
    here.fill("[name=password]", "correct horse battery")
    here.click("main form button")
    here.wait_for_url("**/choices/**")
    assert "You were signed out, so your answer was not saved." in here.locator("#trouble").inner_text()


def test_what_is_printed_is_a_receipt_and_nothing_else(site, here):
    here.goto(site + "/choices/")
    press(here, "Refuse")
    here.locator("#saved").wait_for()
    here.goto(f"{site}/receipts/{Choice.objects.get().reference}/")
    here.emulate_media(media="print")
    assert not here.get_by_role("link", name="Save as a file").is_visible()
    assert here.get_by_text(str(Choice.objects.get().reference)).is_visible()


def test_our_own_scripts_are_small():
    assert sum(path.stat().st_size for path in STATIC.glob("*.js")) < 20_000
