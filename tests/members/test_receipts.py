"""Receipts and the history: one's own, whole, verifiable, and nobody else's."""

import csv
import hashlib
import io
import json
import uuid
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.consent.builders import LATER, Chooser
from tests.enforcement.builders import HOUR, Runs
from tests.register.builders import NOON, category, correction, policy, register, use
from transparency.consent.actions import heed_signal
from transparency.consent.history import inert
from transparency.consent.models import Choice
from transparency.consent.scopes import Signal
from transparency.enforcement.actions import register_pipeline
from transparency.register.schema import Scope

pytestmark = pytest.mark.django_db
ASKED = Scope(jurisdictions=("EU",), legal_basis="consent", refusal="consent_first", default="off")
OBJECTED = Scope(jurisdictions=("*",), legal_basis="legitimate_interest", interest="To help.", rights=("Object",))
SCHEMA = json.loads(Path(__file__).with_name("receipt.schema.json").read_text())


@pytest.fixture
def site(publish, time_machine):
    publish(register(use(scopes=(OBJECTED,)), use(stage="inference", scopes=(ASKED,))))
    time_machine.move_to(NOON + timedelta(days=40), tick=False)
    return publish


@pytest.fixture
def chooses(site):
    return Chooser("1000001")


@pytest.fixture
def here(client, site, mia):
    client.force_login(mia)
    return client


def pages(choice):
    return [f"/receipts/{choice.reference}/", f"/receipts/{choice.reference}.json"]


HISTORY = ["/choices/history/", "/choices/history.json", "/choices/history.csv"]


def test_a_receipt_says_what_was_decided_and_what_happens_next(here, chooses):
    choice = chooses.refuses("stage:training")
    page = here.get(f"/receipts/{choice.reference}/").content.decode()
    assert "You refused “All training of models” on 24 December 2026 at 12:00:00 UTC." in page
    assert "whoever asks us whether they may use this data is told no" in page
    assert "Private messages in Job recommendations: training the model" in page
    assert bytes(choice.digest).hex() in page
    assert "still gives this fingerprint" in page


def test_a_receipt_that_was_overtaken_names_the_newer_one(here, chooses):
    older, newer = chooses.refuses(), chooses.allows()
    page = here.get(f"/receipts/{older.reference}/").content.decode()
    assert f'You answered this again later. <a href="/receipts/{newer.reference}/">' in page


def test_a_receipt_warns_where_the_stored_choice_does_not_give_its_fingerprint(here, chooses, monkeypatch):
    choice = chooses.refuses()
    monkeypatch.setattr("transparency.consent.receipts.canonical", lambda facts: b"something else")
    page = here.get(f"/receipts/{choice.reference}/").content.decode()
    assert "no longer gives this fingerprint" in page
    assert "the log holds something else in its place" in page


def test_a_privacy_signal_has_a_receipt_too(here):
    choice = heed_signal(member="1000001", signal=Signal.EVERYTHING, at=NOON + timedelta(days=2))
    page = here.get(f"/receipts/{choice.reference}/").content.decode()
    assert "your browser&#x27;s privacy signal" in page


def test_the_file_can_be_checked_by_anybody(here, chooses):
    choice = chooses.refuses()
    proof = here.get(f"/receipts/{choice.reference}.json").json()["proof"]
    record = proof["record"].encode()
    assert hashlib.sha256(bytes.fromhex(proof["salt"]) + record).hexdigest() == proof["digest"]
    assert json.loads(record)["reference"] == str(choice.reference)
    assert json.loads(record)["member"] == "1000001"


@pytest.mark.parametrize("scope", ["all", "stage:training", "use:communications.messages/job-ranking/training"])
def test_the_file_has_what_the_standard_demands(here, chooses, scope):
    choice = chooses.refuses(scope)
    jsonschema.validate(here.get(f"/receipts/{choice.reference}.json").json(), SCHEMA)


def states(here, choice):
    events = here.get(f"/receipts/{choice.reference}.json").json()["events"]
    return {name: event["event_state"].partition("#")[2] for event in events for name in event["processing_ids"]}


def test_refusing_what_rests_on_our_interest_is_an_objection_and_the_rest_a_refused_consent(here, chooses):
    assert states(here, chooses.refuses("all")) == {
        "communications.messages/job-ranking/training": "LegitimateInterestObjected",
        "communications.messages/job-ranking/inference": "ConsentRefused",
    }


def test_refusing_what_was_allowed_withdraws_the_consent(here, chooses):
    chooses.allows("all")
    found = states(here, chooses.refuses("all"))
    assert found["communications.messages/job-ranking/inference"] == "ConsentWithdrawn"


def test_allowing_gives_the_consent(here, chooses):
    found = states(here, chooses.allows("all"))
    assert found["communications.messages/job-ranking/inference"] == "ConsentGiven"


def test_anothers_receipt_is_not_found(here, chooses, person):
    theirs = chooses.refuses(member="1000002")
    assert [here.get(path).status_code for path in pages(theirs)] == [404, 404]


def test_a_receipt_that_does_not_exist_is_not_found(here):
    assert here.get(f"/receipts/{uuid.uuid4()}/").status_code == 404
    assert here.get(f"/receipts/{uuid.uuid4()}.json").status_code == 404


@pytest.mark.parametrize("name", ["1", "x", "00000000-0000-0000-0000-00000000000Z", f"{uuid.UUID(int=7)}0"])
def test_what_is_no_reference_is_not_found(here, name):
    assert here.get(f"/receipts/{name}/").status_code == 404


def test_a_stranger_is_led_to_sign_in(client, chooses):
    for path in (*pages(chooses.refuses()), *HISTORY):
        assert client.get(path)["Location"].startswith("/accounts/login/?next=")


def test_staff_see_nothing_of_anybody(client, chooses, otto):
    client.force_login(otto)
    for path in (*pages(chooses.refuses()), *HISTORY):
        assert client.get(path).status_code == 404


def test_nothing_but_reading_is_answered(here, chooses):
    for path in (*pages(chooses.refuses()), *HISTORY):
        assert here.post(path).status_code == 405


def test_no_cache_keeps_any_of_it(here, chooses):
    for path in (*pages(chooses.refuses()), *HISTORY):
        assert here.get(path)["Cache-Control"] == "no-store, private"


def test_the_history_lists_every_choice_the_newest_first(here, chooses):
    chooses.refuses()
    chooses.allows("all")
    lines = json.loads(here.get("/choices/history.json").getvalue())["choices"]
    assert [(line["decision"], line["about"]) for line in lines] == [
        ("allow", "Everything AI"),
        ("refuse", "Private messages in Job recommendations: training the model"),
    ]
    assert "Everything AI" in here.get("/choices/history/").content.decode()


def test_the_history_holds_nothing_of_others(here, chooses):
    chooses.refuses(member="1000002")
    assert json.loads(here.get("/choices/history.json").getvalue()) == {"choices": []}
    assert "You have not chosen anything yet" in here.get("/choices/history/").content.decode()


def test_the_table_is_named_quoted_and_read_as_utf_8(here, chooses):
    chooses.refuses("all")
    answer = here.get("/choices/history.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="your-choices.csv"'
    header, line = csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    assert dict(zip(header, line, strict=True))["about"] == "Everything AI"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(sign):
    assert inert(f"{sign}1+1") == f"'{sign}1+1"


def test_a_name_in_the_register_makes_no_formula(client, publish, mia, time_machine):
    publish(register(categories=(category(name="=1+1"),)))
    time_machine.move_to(NOON + timedelta(days=40), tick=False)
    Chooser("1000001").refuses()
    client.force_login(mia)
    assert "\"'=1+1 in" in client.get("/choices/history.csv").getvalue().decode()


def test_a_long_history_is_read_page_by_page(here, chooses):
    for number in range(60):
        chooses.refuses(request=f"press {number}")
    first = here.get("/choices/history/").content.decode()
    assert first.count("<tr>") == 51
    assert '<a href="?before=11">Older ones</a>' in first
    assert here.get("/choices/history/?before=11").content.decode().count("<tr>") == 11


@pytest.mark.parametrize("before", ["0", "-1", "x", "1e3", "9" * 19, "１", "\0"])
def test_a_page_of_the_history_that_does_not_exist_is_not_found(here, before):
    assert here.get("/choices/history/", {"before": before}).status_code == 404


@pytest.mark.parametrize("path", HISTORY)
def test_the_history_asks_no_more_for_a_hundred_choices(here, chooses, path, django_assert_max_num_queries):
    for number in range(100):
        chooses.refuses(request=f"press {number}")
    here.get(path)
    with django_assert_max_num_queries(6):
        here.get(path).getvalue()


def test_two_members_at_once_never_see_each_others_choices(site, person):
    browsers = {}
    for name, key in (("Nora", "1000003"), ("Nils", "1000004")):
        browsers[key] = Client()
        browsers[key].force_login(person(name, "member", member_key=key))
        Chooser(key).refuses("all" if key == "1000003" else "stage:training")
    own = {key: Choice.objects.get(member=int(key)).reference for key in browsers}
    assert str(own["1000004"]) not in browsers["1000003"].get("/choices/").content.decode()
    assert browsers["1000004"].get(f"/receipts/{own['1000003']}/").status_code == 404


def test_the_receipt_of_a_refusal_that_is_said_again_tells_how_it_stands_too(here, chooses, amir):
    told = {"slug": "pip", "name": "Pip", "contact": "#ml", "assignments": [("job-ranking", "training")]}
    runs = Runs(register_pipeline(by=amir, **told))
    first = chooses.refuses(at=LATER)
    runs.given(first.sequence).ran(first.sequence, 1)
    again = chooses.refuses(at=LATER + 2 * HOUR)
    for choice in (first, again):
        assert (
            "<dt>Pip</dt><dd>In effect since the run of 24 December 2026 at 13:00 UTC.</dd>"
            in here.get(pages(choice)[0]).content.decode()
        )


def test_a_refusal_that_pipelines_must_obey_leads_to_how_that_is_checked(here, chooses, amir):
    register_pipeline(by=amir, slug="pip", name="Pip", contact="#ml", assignments=[("job-ranking", "training")])
    page = here.get(pages(chooses.refuses(at=LATER))[0]).content.decode()
    assert '<a href="/how/pipelines/">how we check that each obeys</a>' in page


CITING = use(scopes=(OBJECTED,), clauses=("Privacy policy 3.2",))
FOUND = NOON + timedelta(days=60)


def mistake(slug="retention-2026", **fields):
    return correction(slug, **({"until": "2026-12-24"} | fields))


class TestWhatWasWrong:
    """Mia refuses in December; what is corrected had been said from 24 November to 24 December."""

    @pytest.fixture
    def corrects(self, publish, time_machine):
        publish(register(CITING, use(stage="inference", scopes=(ASKED,)), policies=(policy(),)))
        time_machine.move_to(NOON + timedelta(days=40), tick=False)

        def publishes(*wrong):
            content = register(CITING, policies=(policy(),), corrections=wrong)
            publish(content, at=FOUND)
            time_machine.move_to(FOUND + timedelta(days=1), tick=False)

        return publishes

    @pytest.fixture
    def mine(self, corrects, client, mia):
        """A receipt of Mia's; what its page and its file say once they are opened."""
        choice = Chooser("1000001").refuses()

        def opened():
            client.force_login(mia)
            return [client.get(path) for path in pages(choice)]

        return opened

    def test_the_receipt_says_what_was_wrong_and_that_one_may_choose_again(self, mine, corrects):
        corrects(mistake())
        page, file = (answer.content.decode() for answer in mine())
        assert "Something that we had told you when you chose was wrong." in page
        assert "From 24 November 2026 to 24 December 2026 we said of Private messages in Job recommendations" in page
        assert "about how long it is kept: “13 months”" in page
        assert "<b>What was true:</b> 24 months" in page
        assert '<a href="/choices/#use-communications-messages-job-ranking-training">see the question' in page
        (told,) = json.loads(file)["corrections"]
        assert (told["statement"], told["said"], told["was_true"]) == ("how long it is kept", "13 months", "24 months")
        assert told["sentence"].startswith("Correction. From 24 November 2026 to 24 December 2026 we said of Private")
        assert json.loads(file)["choose_again"].endswith("/choices/#use-communications-messages-job-ranking-training")

    @pytest.mark.parametrize(
        "of",
        [
            {"about": "feature", "subject": "job-ranking", "field": "team"},
            {"about": "category", "subject": "communications.messages", "field": "origin"},
            {"about": "clause", "subject": "privacy-policy/3.2", "field": "text"},
        ],
    )
    def test_the_choice_rests_on_what_was_said_of_its_feature_its_data_and_its_clause_too(self, mine, corrects, of):
        corrects(mistake(**of))
        assert "This was wrong" in mine()[0].content.decode()

    @pytest.mark.parametrize(
        "of",
        [
            {"until": "2026-12-23"},
            {"until": "2027-01-02", "since": "2026-12-25"},
            {"subject": "communications.messages/job-ranking/inference"},
            {"about": "clause", "subject": "privacy-policy/3.1", "field": "text"},
        ],
    )
    def test_what_was_right_that_day_and_what_the_choice_does_not_rest_on_is_not_told(self, mine, corrects, of):
        corrects(mistake(**of))
        page, file = mine()
        assert "was wrong" not in page.content.decode()
        assert file.json()["corrections"] == []
        assert "choose_again" not in file.json()

    def test_whoever_chose_by_the_edition_that_corrects_it_was_not_misled(self, mine, corrects, client, mia):
        corrects(mistake(until="2027-01-23"))
        client.force_login(mia)
        again = Chooser("1000001").allows(at=FOUND + timedelta(hours=1))
        assert "was wrong" not in client.get(pages(again)[0]).content.decode()

    def test_the_receipt_asks_no_more_however_much_is_corrected(self, mine, corrects, django_assert_max_num_queries):
        mine()
        with CaptureQueriesContext(connection) as before:
            mine()
        known = len(before)
        corrects(*(mistake(f"number-{one}") for one in range(30)))
        mine()
        with django_assert_max_num_queries(known):
            mine()

    def test_the_file_still_has_what_the_standard_demands(self, mine, corrects):
        corrects(mistake())
        jsonschema.validate(mine()[1].json(), SCHEMA)
