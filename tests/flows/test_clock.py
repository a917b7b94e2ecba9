"""The clock jumps: back, ahead, over the hour that comes twice, a leap second and the year 2038. Order is by number."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.consent.builders import LATER, NAME
from tests.enforcement.builders import said
from tests.enforcement.test_kept_lists import WANTED, ask, secret, shelf  # noqa: F401 - fixtures
from tests.ledger.test_sealing import is_a_valid_log
from tests.register.builders import feature, register, use
from transparency.accounts.actions import issue_token
from transparency.accounts.queries import token_for
from transparency.consent import queries, receipts
from transparency.consent.proofs import enter_choices
from transparency.enforcement import actions
from transparency.enforcement.decisions import of_keys
from transparency.enforcement.projections import decide
from transparency.ledger.actions import seal
from transparency.ledger.clock import ClockBehind
from transparency.register.queries import edition_in_force

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGES = (
    "/",
    "/choices/",
    "/choices/history/",
    "/choices/history.json",
    "/choices/history.csv",
    "/changes/",
    "/ledger/",
)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONG_BEFORE = datetime(2016, 1, 1, tzinfo=UTC)

# From when to when the clock jumps between two acts.
JUMPS = {
    "an hour back": (LATER, LATER - HOUR),
    "two days ahead": (LATER, LATER + 2 * DAY),
    "a year back": (LATER, LATER - 365 * DAY),
    "nine years back": (LATER, LATER - 3_285 * DAY),
    "into summer time": (datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)),
    "through the hour that comes twice": (
        datetime(2027, 10, 31, 2, 30, tzinfo=AMSTERDAM, fold=1),
        datetime(2027, 10, 31, 2, 30, tzinfo=AMSTERDAM, fold=0),
    ),
    "over a leap second": (
        datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ),
    "past what 32 bits hold": (
        datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)
    ),
    "past what 32 unsigned bits hold": (
        datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC), datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC)
    ),
}  # fmt: skip
jumps = pytest.mark.parametrize(("before", "after"), JUMPS.values(), ids=JUMPS)


@pytest.fixture
def site(publish):
    """An edition that has been in force since long before all of it."""
    publish(register(features=(feature(), feature("writing-assistant"))), at=LONG_BEFORE)


def allowed():
    return decide("job-ranking", "training", ["communications.messages"], of_keys(["7"])).allowed.tolist() == [True]


@jumps
def test_the_last_word_stands_whatever_the_clock_says(site, chooses, time_machine, before, after):
    time_machine.move_to(before, tick=False)
    chooses.allows(at=before)
    assert allowed()
    time_machine.move_to(after, tick=False)
    chooses.refuses(at=after)
    assert not allowed()
    assert not queries.outcomes("7", after)[NAME].allowed
    assert [row.sequence for row in queries.choices_of("7")] == [2, 1]


@jumps
def test_a_yes_is_the_last_word_as_well(site, chooses, time_machine, before, after):
    time_machine.move_to(before, tick=False)
    first = chooses.refuses(at=before)
    time_machine.move_to(after, tick=False)
    chooses.allows(at=after, expected=first.sequence)
    assert allowed()


@jumps
def test_every_page_answers_and_every_receipt_holds(site, chooses, client, person, time_machine, before, after):
    time_machine.move_to(before, tick=False)
    made = [chooses.allows(at=before)]
    time_machine.move_to(after, tick=False)
    made.append(chooses.refuses(at=after))
    client.force_login(person("Nora", "member", member_key="7"))
    found = {path: client.get(path).status_code for path in (*PAGES, *(f"/receipts/{one.reference}/" for one in made))}
    assert {path: status for path, status in found.items() if status != 200} == {}
    rows = queries.choices_of("7")
    assert all(receipts.holds(queries.facts(row, "7"), bytes(row.salt), bytes(row.digest)) for row in rows)


@jumps
def test_the_log_grows_on_once_the_clock_is_right_and_takes_choices_meanwhile(
    site, chooses, time_machine, before, after
):
    for moment in (before, after):
        time_machine.move_to(moment, tick=False)
        chooses.refuses(at=moment)
        enter_choices(at=moment)
        with suppress(ClockBehind):
            seal(at=moment)
        assert is_a_valid_log()
    assert seal(at=max(before, after)).size == 3
    assert is_a_valid_log()


@jumps
def test_a_pipeline_is_answered_and_its_run_is_judged(site, pip_of_then, chooses, client, time_machine, before, after):
    time_machine.move_to(before, tick=False)
    chooses.refuses(at=before)
    time_machine.move_to(after, tick=False)
    headers = {"Authorization": f"Bearer {pip_of_then}"}
    asked = {"feature": "job-ranking", "stage": "training"}
    assert client.get("/api/v1/suppressions", asked, headers=headers).status_code == 200
    moments = {"started_at": after.isoformat(), "ended_at": after.isoformat(), "sequence": 1}
    body = json.dumps(said(**moments)).encode()
    told = client.post("/api/v1/acknowledgements", body, content_type="application/json", headers=headers)
    assert (told.status_code, told.json().get("verdict")) == (201, "fine")


@pytest.fixture
def pip_of_then(site, amir):
    """The key of Pip, a pipeline."""
    told = {"slug": "pip", "name": "Pip", "contact": "#jobs-ml", "max_age": 3600}
    pip = actions.register_pipeline(by=amir, assignments=[("job-ranking", "training")], **told)
    return actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")[1]


@pytest.mark.parametrize("field", ["started_at", "ended_at"])
@pytest.mark.parametrize("moment", ["2016-12-31T23:59:60Z", "2026-12-24T24:00:00Z", "2026-02-29T12:00:00Z", 2**31])
def test_a_moment_that_no_calendar_has_is_named(pip_of_then, client, field, moment):
    body = json.dumps(said(**{field: moment})).encode()
    headers = {"Authorization": f"Bearer {pip_of_then}"}
    told = client.post("/api/v1/acknowledgements", body, content_type="application/json", headers=headers)
    assert told.status_code in (400, 422)
    assert field in told.content.decode()


def test_a_list_made_before_the_clock_went_ahead_is_given_to_nobody(ask, pip, chooses, time_machine):  # noqa: F811
    time_machine.move_to(LATER, tick=False)
    for member in ("7", "8", "9"):
        chooses.refuses(member=member)
    location = ask()["Location"]
    row, _ = actions.order_list(pipeline=pip, wanted=WANTED, form="parquet", at=LATER)
    actions.make_list(list_id=row.pk)
    assert ask(location).status_code == 200
    time_machine.move_to(LATER + 2 * DAY, tick=False)
    assert ask(location).status_code == 410


@pytest.mark.parametrize("passed", [HOUR, 2 * DAY])
def test_a_key_that_ended_stays_ended_as_the_clock_goes_ahead(amir, time_machine, passed):
    time_machine.move_to(LATER, tick=False)
    _, key = issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"], expires_at=LATER + HOUR)
    assert token_for(key, LATER) is not None
    assert token_for(key, LATER + passed) is None


def test_an_edition_that_is_not_in_force_yet_is_not_shown_when_the_clock_goes_back(site, publish, time_machine):
    publish(register(use(retention="2 years")), at=LATER, effective_at=LATER + DAY)
    time_machine.move_to(LATER + 2 * DAY, tick=False)
    assert edition_in_force(LATER + 2 * DAY).number == 2
    time_machine.move_to(LATER, tick=False)
    assert edition_in_force(LATER).number == 1
    assert queries.offers(LATER).edition == 1
