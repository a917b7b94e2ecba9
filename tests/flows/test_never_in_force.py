"""Edition 2 waits for 1 March; 3 is urgent, and 4 takes the place of 2. Wherever one gets 2, one is told."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from tests.register.builders import NOON, register, use
from transparency.register import files, queries
from transparency.register.exports.formats import BY_KEY, FORMATS

pytestmark = pytest.mark.django_db

MARCH = datetime(2027, 3, 1, tzinfo=UTC)
SENTENCE = "Edition 2 was overtaken before it came into force, and never holds: edition 4 does instead."
LINK = '</editions/4/>; rel="successor-version"; title="Never in force: edition 4 is instead"'
USE = use().id
SERVED = use(stage="inference")
EACH = pytest.mark.parametrize("form", FORMATS, ids=lambda one: one.key)
TAKEN = [one for one in FORMATS if one.negotiable]
PARTS = [
    f"/editions/2/uses/{USE}.jsonld",
    "/editions/2/categories/communications.messages.jsonld",
    "/editions/2/features/job-ranking.jsonld",
    "/editions/2/features/job-ranking.md",
]
LISTS = ("uses", "categories", "features", "policies", "corrections")


@pytest.fixture(autouse=True)
def _overtaken(publish, time_machine):
    publish(register())
    publish(register(use(), SERVED), effective_at=MARCH)
    publish(register(use(risks="Few.")), base=1, anew={2: register(use(risks="Few."), SERVED)})
    time_machine.move_to(MARCH + timedelta(days=9), tick=False)


@EACH
def test_each_file_names_the_edition_that_holds_instead(client, form):
    assert client.get(form.address(2))["Link"] == LINK


@EACH
def test_files_of_what_holds_name_no_other(client, form):
    assert not client.get(form.address(4)).has_header("Link")


@pytest.mark.parametrize("form", FORMATS[1:], ids=lambda one: one.key)
def test_each_file_is_saved_under_a_name_that_says_so(client, form):
    assert 'filename="edition-2-never-in-force-' in client.get(form.address(2))["Content-Disposition"]


@pytest.mark.parametrize("path", PARTS)
def test_a_part_of_it_names_the_edition_that_holds_instead(client, path):
    answer = client.get(path)
    assert answer["Link"] == LINK
    assert SENTENCE in answer.content.decode()


@pytest.mark.parametrize("form", TAKEN, ids=lambda one: one.key)
def test_whoever_prefers_data_to_its_page_is_told_the_same(client, form):
    answer = client.get("/editions/2/", headers={"Accept": form.media_type})
    assert (answer["Content-Location"], answer["Link"]) == (form.address(2), LINK)


@EACH
def test_the_command_says_it_beside_the_file(form, tmp_path, capsys):
    call_command("export", form.key, "--edition=2", f"--output={tmp_path / 'it'}")
    assert SENTENCE in capsys.readouterr().err
    assert (tmp_path / "it").read_bytes() == files.whole(queries.edition(2), form).body


def test_the_command_says_nothing_of_the_kind_of_what_holds(tmp_path, capsys):
    call_command("export", "csv", "--edition=4", f"--output={tmp_path / 'it'}")
    assert "overtaken" not in capsys.readouterr().err


@pytest.mark.parametrize("form", [one for one in TAKEN if one.key != "edition"], ids=lambda one: one.key)
def test_the_api_gives_it_in_other_forms_with_the_same_words(client, form):
    answer = client.get("/api/v1/register/?edition=2", headers={"Accept": form.media_type})
    assert answer["Link"] == '</api/v1/editions/4/>; rel="successor-version"'
    assert SENTENCE in answer.content.decode()


@pytest.mark.parametrize("name", ["register", *LISTS])
def test_the_api_says_which_edition_holds_instead(client, name):
    asked = [client.get(f"/api/v1/{name}/?edition={number}").json()["overtaken_by"] for number in (1, 2, 3, 4)]
    assert asked == [None, 4, None, None]


@pytest.mark.parametrize("moment", [NOON, MARCH - timedelta(seconds=1), MARCH, MARCH + timedelta(days=8)])
@pytest.mark.parametrize("form", TAKEN, ids=lambda one: one.key)
def test_no_moment_is_answered_with_it(client, moment, form):
    at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    told = client.get(f"/api/v1/register/?at={at}", headers={"Accept": form.media_type})
    assert (told.status_code, SENTENCE in told.content.decode()) == (200, False)
    assert client.get(f"/api/v1/register/?at={at}").json()["edition"] in (1, 3, 4)
    day = client.get(f"/on/{moment.date()}/downloads/").content.decode()
    assert 'href="/editions/2/uses.csv"' not in day


def test_a_file_that_was_taken_while_it_waited_is_written_anew(publish):
    form, waits = BY_KEY["training-summary"], datetime(2027, 6, 1, tzinfo=UTC)
    five = publish(register(use(risks="Few.")), effective_at=waits, at=MARCH + timedelta(days=1), base=4)
    assert b"in force from 2027-06-01" in files.whole(five, form).body
    publish(register(use(risks="Some.")), effective_at=waits, at=MARCH + timedelta(days=2), base=5)
    assert b"Edition 5 was overtaken before it came into force" in files.whole(five, form).body


def test_its_exact_text_may_be_kept_for_ever_once_nothing_can_overtake_it(client, time_machine):
    assert "immutable" in client.get("/editions/4.json")["Cache-Control"]
    time_machine.move_to(MARCH - timedelta(days=9), tick=False)
    assert client.get("/editions/4.json")["Cache-Control"] == "public, no-cache"
    assert "immutable" in client.get("/editions/3.json")["Cache-Control"]
