"""Who did what: found by person, act, subject and days; kept by its address; taken away as a table."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from transparency.accounts.actions import record
from transparency.review.workflow import TRANSITIONS
from transparency.staff.acts import ACTS, KINDS, Change, changes, in_words

ROOT = Path(__file__).resolve().parents[2] / "transparency"
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "'=1"]


@pytest.fixture(autouse=True)
def _ada_looks(client, ada, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(ada)


@pytest.fixture
def week(otto, ines):
    """What happened in a week: Otto writes, Ines approves, a worker dismisses."""
    record(by=otto, verb="proposal.start", subject_kind="proposal", subject="7", at=NOON)
    record(by=otto, verb="proposal.submit", subject_kind="proposal", subject="17", at=NOON + DAY)
    record(by=ines, verb="proposal.approve", subject_kind="proposal", subject="7", at=NOON + 2 * DAY)
    record(by=None, verb="source.add", subject_kind="source", subject="lake", after={"name": "Lake"}, at=NOON + 3 * DAY)


def shown(client, **asked):
    page = client.get("/staff/history/", asked)
    return [entry.verb for entry in page.context["page"]]


def table(client, **asked):
    answer = client.get("/staff/history/export.csv", asked)
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))


def test_the_newest_stands_first_and_in_words(client, week):
    assert shown(client) == ["source.add", "proposal.approve", "proposal.submit", "proposal.start"]
    assert "<b>Ines</b> approved a proposal" in client.get("/staff/history/").content.decode()


def test_by_person(client, week, otto):
    assert shown(client, person=otto.pk) == ["proposal.submit", "proposal.start"]


def test_by_the_system(client, week):
    assert shown(client, person=0) == ["source.add"]


@pytest.mark.parametrize(("act", "found"), [("proposal.approve", 1), ("proposal", 3), ("source", 1), ("token", 0)])
def test_by_what_was_done(client, week, act, found):
    assert len(shown(client, act=act)) == found


@pytest.mark.parametrize(("subject", "found"), [("7", 2), ("LAK", 1), ("nothing", 0), ("%", 0), ("_", 0)])
def test_by_what_it_was_about(client, week, subject, found):
    assert len(shown(client, subject=subject)) == found


def test_by_days_both_included(client, week):
    assert shown(client, since="2026-03-05", until="2026-03-06") == ["proposal.approve", "proposal.submit"]


def test_all_together(client, week, ines):
    assert shown(client, person=ines.pk, act="proposal", subject="7", since="2026-03-06", until="2026-03-06") == [
        "proposal.approve"
    ]


BAD = [
    {"since": "2026-02-30"}, {"since": "yesterday"}, {"until": "10000-01-01"}, {"person": "x"}, {"person": "999999"},
    {"person": "9" * 40}, {"act": "proposal.explode"}, {"subject": "x" * 201}, {"subject": "\0"},
    {"since": "2026-03-05", "until": "2026-03-04"},
]  # fmt: skip


@pytest.mark.parametrize("asked", BAD)
@pytest.mark.parametrize("path", ["/staff/history/", "/staff/history/export.csv"])
def test_what_cannot_be_asked_is_told_by_its_field(client, week, path, asked):
    answer = client.get(path, asked)
    assert answer.status_code == 400
    assert b"approved a proposal</p>" not in answer.content


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 400, "\0"])
def test_a_page_that_is_not_there_is_another_page(client, week, page):
    assert client.get("/staff/history/", {"page": page}).status_code == 200


def test_the_next_page_keeps_what_was_asked(client, otto):
    for number in range(51):
        record(by=otto, verb="rule.add", subject_kind="rule", subject=str(number))
    page = client.get("/staff/history/", {"act": "rule", "person": otto.pk}).content.decode()
    assert f'href="?person={otto.pk}&amp;act=rule&amp;page=2"' in page
    assert len(shown(client, act="rule", person=otto.pk, page=2)) == 1


def test_the_page_asks_no_more_for_more_lines(client, otto, django_assert_max_num_queries):
    for number in range(50):
        record(by=otto, verb="rule.add", subject_kind="rule", subject=str(number))
    with django_assert_max_num_queries(9):
        client.get("/staff/history/")


def test_the_table_holds_what_is_asked_for_and_nothing_else(client, week, otto):
    rows = table(client, person=otto.pk)
    assert [(row["when"], row["who"], row["act"]) for row in rows] == [
        ("2026-03-05T12:00:00+00:00", "Otto", "proposal.submit"),
        ("2026-03-04T12:00:00+00:00", "Otto", "proposal.start"),
    ]


def test_the_table_is_a_file_for_spreadsheets(client, week):
    answer = client.get("/staff/history/export.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="history.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(client, otto, text):
    otto.name = text
    record(by=otto, verb="rule.add", subject_kind="rule", subject=text, after=text)
    answer = client.get("/staff/history/export.csv").getvalue().decode("utf-8-sig")
    for row in csv.reader(io.StringIO(answer, newline="")):
        assert not [cell for cell in row if re.match(r"[=+\-@\t\r\n＝＋－＠]", cell)]


def test_hostile_words_are_only_text(client, otto):
    record(by=otto, verb="rule.add", subject_kind="rule", subject="<script>", before={"<b>": "<i>"}, after={"<b>": "x"})
    page = client.get("/staff/history/").content.decode()
    assert "<script>" not in page.split("<main")[1]
    assert "<i>" not in page


def written_verbs():
    text = "".join(path.read_text() for path in ROOT.rglob("*.py"))
    traced = re.findall(r'_trace\(\w+, "(\w+)", (?:locked|pipeline)\b', text)
    literal = re.findall(r'\bverb="([a-z]+\.[a-z_]+)"', text)
    proposals = {f"proposal.{verb}" for _, verb in TRANSITIONS if verb != "edit"}
    return {*literal, *proposals, *(f"pipeline.{verb}" for verb in traced if verb in {"pause", "resume", "retire"})}


def test_every_act_is_put_into_words():
    assert len(written_verbs()) > 25
    assert written_verbs() <= ACTS.keys()


def test_every_act_belongs_to_a_kind():
    assert {verb.partition(".")[0] for verb in ACTS} == KINDS.keys()


def test_an_act_without_words_is_called_by_its_name():
    assert in_words("moon.land") == "moon.land"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, None, []),
        ({"a": 1}, {"a": 1}, []),
        ({"role": "editor"}, {"role": "auditor"}, [Change("role", "editor", "auditor")]),
        ({"x": None}, {"x": {"kept_for": "1 day"}}, [Change("x · kept for", "", "1 day")]),
        ({"x": {"a": "1", "b": "2"}}, {"x": {"a": "1", "b": "3"}}, [Change("x · b", "2", "3")]),
        ("a", "b", [Change("", "a", "b")]),
        ({"list": [1]}, {"list": [1, 2]}, [Change("list", "", "2")]),
        ({"list": ["a", "b"]}, {"list": ["b", "c"]}, [Change("list", "a", "c")]),
        ({"list": ["a", "b"]}, {"list": ["b", "a"]}, [Change("list", "a, b", "b, a")]),
        ({"terms": [{"default": "on"}]}, {"terms": [{"default": "off"}]}, [Change("terms 1 · default", "on", "off")]),
        ({"terms": []}, {"terms": [{"default": "off"}]}, [Change("terms 1 · default", "", "off")]),
        ({"max_age": 120}, {"max_age": 86400}, [Change("how old choices may be", "2 minutes", "1 day")]),
        (None, {"scopes": ["lineage:lake", "x:y"]}, [Change("what it may do", "", "post the lineage of lake, x:y")]),
        (
            None,
            {"ad_hoc.two_words/x/training": {"scopes": [{"refusal": "yes", "rights": []}]}},
            [Change("ad_hoc.two_words/x/training · scopes 1 · refusal", "", "yes")],
        ),
        (None, {"connector": "openlineage_http"}, [Change("read from", "", "OpenLineage events sent to us")]),
        (
            {"effective_at": ""},
            {"effective_at": "2027-01-15 00:00:00+00:00"},
            [Change("from when it holds", "", "2027-01-15 00:00 UTC")],
        ),
        ({"on": False}, {"on": True}, [Change("on", "no", "yes")]),
        (None, {"empty": ""}, []),
    ],
)
def test_what_changed_is_told_field_by_field(before, after, told):
    assert changes(before, after) == told


def test_a_long_text_is_shortened_on_the_page():
    (change,) = changes(None, {"why": "x" * 1_000})
    assert len(change.after) == 300
