"""A refusal that does not take effect is noticed within a quarter of an hour: each link is broken once, on purpose."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection
from django.middleware import csrf
from django.utils import timezone

from tests.register.builders import feature, register, use
from transparency.api.endpoints import decisions, suppressions
from transparency.config import canary
from transparency.consent.models import Choice, Origin
from transparency.consent.precedence import Decision
from transparency.consent.proofs import enter_choices
from transparency.enforcement import actions, duties, queries
from transparency.enforcement.models import Canary, Pipeline, Trial
from transparency.ledger.actions import seal
from transparency.register.schema import Scope

NECESSARY = Scope(jurisdictions=("*",), legal_basis="contract", refusal="no", why_not="It keeps the site running.")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tried(publish, amir, live_server, settings, time_machine):
    """Tries once more, four minutes later; sealed before unless a test says otherwise."""
    settings.CANARY_URL = live_server.url
    publish(register(features=(feature(),)))
    time_machine.move_to("2026-12-25T12:00:00+00:00")
    actions.start_trials(by=amir)

    def again(*, sealed=True):
        time_machine.shift(timedelta(minutes=4))
        now = timezone.now()
        if sealed:
            enter_choices(at=now)
            seal(at=now)
        return canary.try_refusing(at=now)

    return again


def outcomes():
    return [(trial.decision, trial.step) for trial in reversed(queries.latest_trials())]


def test_where_all_is_well_every_try_takes_effect(tried):
    tried(), tried(), tried()
    assert outcomes() == [("refuse", ""), ("allow", ""), ("refuse", "")]
    assert queries.refusing_fails(timezone.now()) == ""


def test_each_try_is_a_choice_like_any_other(tried):
    trial = tried()
    choice = Choice.objects.get(reference=trial.reference)
    assert (choice.decision, choice.origin) == (Decision.REFUSE, Origin.PAGE)


def test_a_page_without_its_buttons(tried, settings, tmp_path):
    (tmp_path / "members").mkdir()
    (tmp_path / "members/_buttons.html").write_text("")
    first, *rest = settings.TEMPLATES
    settings.TEMPLATES = [first | {"DIRS": [tmp_path, *map(Path, first["DIRS"])]}, *rest]
    assert tried().step == "page"


def test_a_form_that_is_refused(tried, monkeypatch):
    monkeypatch.setattr(csrf, "_does_token_match", lambda *tokens: False)
    assert "answered with status 403" in tried().fault
    assert outcomes() == [("refuse", "answer")]


def test_a_database_that_takes_no_choice(tried):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'full'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON consent_choice FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    try:
        assert tried().step == "answer"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER full_disk ON consent_choice; DROP FUNCTION full_disk")


def test_an_answer_that_does_not_heed_the_choice(tried, monkeypatch):
    honest = decisions.decide

    def open_door(*asked):
        found = honest(*asked)
        found.allowed[:] = True
        return found

    monkeypatch.setattr(decisions, "decide", open_door)
    assert tried().fault == "After “refuse” a pipeline was told [true]."


def test_a_list_that_leaves_the_choice_out(tried, monkeypatch):
    monkeypatch.setattr(suppressions, "changes", lambda pipeline, wanted, since, base: whole(pipeline, wanted))
    whole = suppressions.whole
    assert tried().step == "list"


def test_pipelines_that_are_answered_no_more(tried):
    Pipeline.objects.update(active=False)
    assert tried().step == "decision"


def test_a_log_that_is_not_sealed(tried):
    tried(sealed=False)
    assert tried(sealed=False).step == "log"


def test_a_site_that_is_away(tried, settings):
    settings.CANARY_URL = "http://127.0.0.1:9"
    assert tried().fault == "GET /choices/ got no answer: ConnectError."


def test_machines_are_told_within_a_quarter_of_an_hour(tried, client, settings):
    tried()
    assert client.get("/health/refusing").status_code == 200
    settings.CANARY_URL = "http://127.0.0.1:9"
    tried(), tried(), tried(), tried()
    assert client.get("/health/refusing").status_code == 503


def test_a_timetable_that_stands_still_is_told_too(tried, client, time_machine):
    tried()
    time_machine.shift(timedelta(minutes=14))
    assert client.get("/health/refusing").status_code == 503


def test_administrators_get_one_letter_when_it_fails_twice(tried, settings, amir):
    tried()
    settings.CANARY_URL = "http://127.0.0.1:9"
    tried()
    assert canary.tell_of_failure() == 0
    tried()
    assert canary.tell_of_failure() == 1
    tried()
    assert canary.tell_of_failure() == 0
    assert [(one.to, one.subject) for one in mail.outbox] == [([amir.email], "Refusing may not work")]


def test_nobody_tries_unless_an_administrator_wants_it(tried, amir):
    actions.stop_trials(by=amir)
    assert tried() is None
    assert queries.refusing_fails(timezone.now()) == ""
    actions.start_trials(by=amir)
    assert tried().fault == ""
    assert Canary.objects.count() == 1


def test_where_nothing_can_be_refused_nothing_is_tried(tried, publish):
    publish(register(use(scopes=(NECESSARY,)), features=(feature(),)))
    assert tried() is None
    assert not Trial.objects.exists()


def test_members_are_told_of_no_such_pipeline(tried, client, chooses):
    tried()
    assert duties.standings() == []
    assert "Our own trial" not in client.get("/how/pipelines/").content.decode()


def test_its_key_asks_for_nothing_but_what_it_tries(tried, pip):
    tried()
    assert Canary.objects.get().pipeline.assignments.count() == 1


class TestPage:
    @pytest.fixture(autouse=True)
    def _one_factor_suffices(self, settings):
        settings.STAFF_SECOND_FACTOR = False

    def test_an_administrator_switches_it_on_and_off(self, client, amir, published):
        client.force_login(amir)
        client.post("/staff/workers/trials/start/")
        assert "Every four minutes a member of our own" in client.get("/staff/workers/").content.decode()
        client.post("/staff/workers/trials/stop/")
        assert "Nobody tries" in client.get("/staff/workers/").content.decode()

    def test_an_editor_can_read_of_it_only(self, client, otto, tried):
        tried()
        client.force_login(otto)
        page = client.get("/staff/workers/").content.decode()
        assert "Took effect" in page
        assert "Try no more" not in page

    def test_a_failure_is_said_in_words(self, client, amir, tried, settings):
        settings.CANARY_URL = "http://127.0.0.1:9"
        tried(), tried(), tried(), tried()
        client.force_login(amir)
        assert "It fails</b> GET /choices/ got no answer" in client.get("/staff/workers/").content.decode()
