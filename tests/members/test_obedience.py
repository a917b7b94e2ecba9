"""How a refusal is checked to be obeyed: public, the same for all, in plain words."""

import pytest

from tests.consent.builders import LATER
from tests.enforcement.builders import HOUR, Runs
from transparency.enforcement import actions

PAGE = "/how/pipelines/"


@pytest.fixture(autouse=True)
def _afterwards(time_machine):
    time_machine.move_to(LATER + 99 * HOUR, tick=False)


@pytest.fixture
def reads(client):
    """The page as a stranger reads it."""

    def read():
        response = client.get(PAGE)
        assert response.status_code == 200
        return response.content.decode()

    return read


@pytest.mark.django_db
def test_before_anything_is_said_there_is_little_to_show(reads):
    assert "No program has been connected yet" in reads()


def test_what_nobody_connected_is_said_so(reads, published):
    assert "<li>Job recommendations: " in reads().partition("Not connected yet")[2]


def test_a_pipeline_that_never_asked_is_said_so(reads, pip):
    assert "It has not asked us yet." in reads()
    assert "Not connected yet" not in reads()


def test_one_that_honours_every_no_is_said_so(reads, pip, chooses):
    chooses.refuses()
    Runs(pip).given(1).ran(1, 2)
    assert "Honours every no" in reads()
    assert "It knew every choice that anybody had made." in reads()


def test_how_far_it_is_behind_is_said(reads, pip, chooses):
    chooses.refuses(at=LATER)
    Runs(pip).given(1).ran(0, 0.5)
    assert "It knew the choices made before <time" in reads()
    assert "It may be 1 hour behind" in reads()


def test_one_that_ignored_a_no_is_said_so(reads, pip, chooses):
    chooses.refuses()
    Runs(pip).given(1).ran(0, 2)
    assert "did not honour every no as it must" in reads()


def test_one_that_is_stopped_is_said_so(reads, pip, otto):
    actions.pause_pipeline(by=otto, pipeline=pip, reason="Ignored a refusal")
    assert "It gets no data for now." in reads()
    assert "Ignored a refusal" not in reads()


def test_no_contact_and_no_run_stand_there(reads, pip):
    Runs(pip).given(0).ran(0, 1, run="secret-run")
    assert "#jobs-ml" not in reads()
    assert "secret-run" not in reads()


def test_the_page_is_linked(client, published):
    assert PAGE in client.get("/how/").content.decode()


def test_it_is_for_reading_only(client, published):
    assert client.post(PAGE).status_code == 405


def test_the_number_of_queries_does_not_grow(client, amir, pip, django_assert_max_num_queries):
    for number in range(9):
        told = {"slug": f"p{number}", "name": f"P{number}", "contact": "#ml"}
        Runs(actions.register_pipeline(by=amir, assignments=[("job-ranking", "training")], **told)).ran(0)
    client.get(PAGE)
    with django_assert_max_num_queries(8):
        client.get(PAGE)
