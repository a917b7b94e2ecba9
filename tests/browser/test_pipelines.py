"""The pages about a pipeline that ignored a refusal, in a real browser: for staff, and for everybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from tests.consent.builders import Chooser
from tests.enforcement.builders import HOUR, said
from transparency.config.chain import follow
from transparency.enforcement import actions
from transparency.enforcement.acknowledgements import Statement
from transparency.enforcement.models import Pipeline
from transparency.review.models import Finding

pytestmark = pytest.mark.browser
FEED = {"feature": "job-recommendations", "stage": "training"}


@pytest.fixture
def ignored(site, person, client, page, settings):
    """A pipeline with a key, a dead webhook, and a run that ignored a refusal; Amir is signed in."""
    settings.STAFF_SECOND_FACTOR = False
    amir, now = person("Amir", "administrator"), timezone.now()
    told = {"slug": "pip", "name": "Pip, nightly training", "contact": "#jobs-ml", "max_age": 3600}
    pip = actions.register_pipeline(by=amir, assignments=[tuple(FEED.values())], **told)
    actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")
    actions.change_webhook_secret(by=amir, pipeline=pip, at=now)
    off = {"webhook_off_at": now, "webhook_off_because": "It was silent.", "webhook_url": "https://hooks.example/"}
    Pipeline.objects.update(**off)
    Chooser().refuses("all", at=now - 5 * HOUR)
    actions.record_delivery(pipeline=pip, sequence=1, at=now, **FEED)
    moments = {"started_at": now - HOUR, "ended_at": now - HOUR / 2}
    actions.acknowledge(pipeline=pip, statement=Statement(**said(**FEED) | moments), at=now)
    follow(now)
    client.force_login(amir)
    page.context.add_cookies([{"name": "sid", "value": client.cookies["sid"].value, "url": site}])
    return Finding.objects.get(kind="run_ignored")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_it_fits_a_small_screen(site, page, ignored, complaints, scheme):
    page.emulate_media(color_scheme=scheme)
    finding = f"/staff/findings/{ignored.pk}/"
    for path in (
        finding,
        "/staff/pipelines/",
        "/staff/pipelines/pip/",
        "/staff/pipelines/pip/change/",
        "/how/pipelines/",
    ):
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:150]) for one in violations] == []
    assert complaints == []


def test_amir_finds_the_run_pauses_the_pipeline_and_everybody_reads_so(site, page, ignored):
    page.goto(f"{site}/staff/findings/{ignored.pk}/")
    page.fill("[name=reason] >> nth=0", "It ignored a refusal.")
    page.get_by_role("button", name="Pause the pipeline").click()
    assert page.get_by_text("Paused: its next question is refused.").is_visible()
    page.goto(f"{site}/how/pipelines/")
    assert page.get_by_text("It gets no data for now.").is_visible()


def test_each_run_takes_little_of_a_small_screen_though_a_sentence_is_said_of_it(site, page, ignored):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/staff/pipelines/pip/")
    run = page.get_by_role("region", name="Runs", exact=True).locator("tbody tr")
    assert "the first made" in run.inner_text()
    assert run.bounding_box()["height"] <= 150
