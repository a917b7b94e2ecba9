"""Tandem's pipelines, judged by what they do: nothing tells the site which of them behaves."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from transparency.consent.actions import choose
from transparency.consent.models import Origin
from transparency.consent.precedence import Decision
from transparency.demo import choosing, company, training
from transparency.demo.people import MEMBER_KEYS
from transparency.enforcement.models import Acknowledgement
from transparency.enforcement.queries import effects

MIA = MEMBER_KEYS["Mia"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def tandem(settings, tmp_path):
    """The company, loaded; the secrets of its machines."""
    settings.IMPORTS_DIR = tmp_path / "imports"
    settings.PROJECTIONS_DIR = tmp_path / "projections"
    return company.load()


class Runs:
    """Lets a pipeline run as the demo does, against the live site, and says what the site thinks of the run."""

    def __init__(self, url, secrets, folder):
        self.url, self.secrets, self.folder = url, secrets, folder

    def obeying(self, one):
        training.obey(one, self.url, self.secrets[one.slug], self.folder)
        return self.verdict(one)

    def lagging(self, one):
        training.lag(one, self.url, self.secrets[one.slug], self.folder)
        return self.verdict(one)

    def ignoring(self, one):
        training.ignore(one, self.url, self.secrets[one.slug], choosing.ASKED)
        return self.verdict(one)

    def verdict(self, one):
        return Acknowledgement.objects.filter(pipeline__slug=one.slug).latest("received_at").verdict


@pytest.fixture
def runs(live_server, tandem, tmp_path):
    (tmp_path / "kept").mkdir()
    return Runs(live_server.url, tandem, tmp_path / "kept")


def max_refuses(scope, at, member=MEMBER_KEYS["Max"]):
    return choose(member=member, scope=scope, decision=Decision.REFUSE, origin=Origin.PAGE, edition=0, at=at)


def left_out():
    return Acknowledgement.objects.latest("received_at").members_left_out


def test_the_one_that_asks_trains_on_those_who_said_yes_first_and_mia_sees_since_when(runs):
    assert runs.obeying(training.JOBS) == "fine"
    assert len(training.MEMBERS) - choosing.AGREED <= left_out() < len(training.MEMBERS)
    effect = effects(MIA, datetime.now(UTC))["work.skills/job-recommendations/training"]
    assert [(one.delivered, one.since is not None, one.is_late) for one in effect.pipelines] == [(True, True, False)]


def test_the_one_that_asks_nobody_is_found_out_and_mia_sees_it(runs):
    assert runs.ignoring(training.FEED) == "ignored"
    effect = effects(MIA, datetime.now(UTC))["posts.posts/feed/training"]
    assert [(one.delivered, one.since, one.is_late) for one in effect.pipelines] == [(False, None, True)]


def test_the_one_that_is_slow_misses_a_refusal_and_mends_by_itself(runs):
    began = datetime.now(UTC)
    with time_machine.travel(began) as clock:
        found = [runs.lagging(training.COURSES)]
        max_refuses("feature:course-tips@training", began + timedelta(seconds=10))
        clock.shift(200)
        found.append(runs.lagging(training.COURSES))
        clock.shift(300)
        found.append(runs.lagging(training.COURSES))
    assert found == ["fine", "ignored", "fine"]


def test_the_one_that_is_slow_leaves_out_as_many_beside_a_member_whose_key_is_text(runs):
    began = datetime.now(UTC)
    with time_machine.travel(began) as clock:
        runs.lagging(training.COURSES)
        before = left_out()
        max_refuses("feature:course-tips@training", began, member="max-at-tandem")
        clock.shift(500)
        runs.lagging(training.COURSES)
    assert left_out() == before > 0


def test_somebody_chooses_through_the_settings_page(live_server, tandem):
    assert choosing.choose_now(live_server.url, tandem["settings_page"]) == 201
