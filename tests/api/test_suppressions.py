"""A pipeline asks for a list: what it is given, and what it is refused."""

import hashlib
import io
import json
import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.enforcement.lists.builders import FORMATS
from tests.register.builders import feature, register, use
from transparency.consent.models import Journal
from transparency.enforcement import actions
from transparency.enforcement.lists.header import signature
from transparency.enforcement.models import Delivery
from transparency.ledger.models import Entry
from transparency.register.schema import Scope

PATH = "/api/v1/suppressions"
TRAINING = {"feature": "job-ranking", "stage": "training"}
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
NOW = "2026-12-25T12:00:00+00:00"


@pytest.fixture(autouse=True)
def _christmas(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def secret(amir, pip):
    """Pip's key."""
    return actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")[1]


@pytest.fixture
def ask(client, secret):
    """Asks with Pip's key, for the training of job recommendations unless told otherwise."""

    def ask(path=PATH, headers=(), **given):
        asked = {name: value for name, value in (TRAINING | given).items() if value is not None}
        own = {"Authorization": f"Bearer {secret}", "Accept": "application/vnd.apache.parquet"} | dict(headers)
        return client.get(path, asked if path == PATH else {}, headers=own)

    return ask


def content(answer, form="parquet"):
    assert answer.status_code == 200, answer.content
    return FORMATS[form][1](io.BytesIO(answer.getvalue()))


def listed(answer, form="parquet"):
    _, rows = content(answer, form)
    return [*rows.numbers.tolist(), *rows.texts]


def changed(answer):
    _, rows = content(answer)
    sides = (rows.leave_out, rows.may_use)
    return tuple([*side.numbers.tolist(), *side.texts] for side in sides)


def problem(answer):
    assert answer["Content-Type"] == "application/problem+json"
    fault = answer.json()["errors"][0]
    return answer.status_code, fault["code"]


def test_whoever_refused_is_on_the_list(ask, chooses):
    chooses.refuses()
    chooses.refuses(member="ann")
    chooses.refuses(member="9")
    chooses.allows(member="9")
    assert listed(ask()) == [7, "ann"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_list_can_be_had_in_every_form(ask, chooses, form):
    chooses.refuses()
    assert listed(ask(format=form), form) == [7]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("application/x-ndjson", "ndjson"),
        ("application/x-roaring-bitmap", "roaring"),
        ("*/*", "parquet"),
        ("text/html, application/x-ndjson;q=0.5", "ndjson"),
    ],
)
def test_the_form_is_the_one_that_is_accepted(ask, chooses, accept, form):
    chooses.refuses()
    assert listed(ask(headers={"Accept": accept}), form) == [7]


def test_the_list_says_what_it_is(ask, chooses, secret, pip):
    chooses.refuses()
    answer = ask()
    header, _ = content(answer)
    assert (header.audience, header.sequence, header.edition, header.count) == ("pip", 1, 1, 1)
    assert header.expires - header.created == timedelta(seconds=pip.max_age)
    assert answer["Suppressions-Signature"] == signature(header.seal, secret)
    said = [answer[f"Suppressions-{name}"] for name in ("Kind", "Sequence", "Edition", "Count", "Digest", "Base")]
    assert said == ["leave_out", "1", "1", "1", header.digest, header.base]
    assert answer["Cache-Control"] == "private, no-cache"


def test_it_is_noted_how_far_the_pipeline_was_given_the_choices(ask, chooses, pip):
    chooses.refuses()
    content(ask())
    assert Delivery.objects.get(pipeline=pip).sequence == 1


def test_a_list_of_one_kind_of_data_names_it(ask, chooses):
    chooses.refuses()
    header, _ = content(ask(categories="communications.messages"))
    assert header.categories == ("communications.messages",)


def test_whoever_has_the_newest_list_is_told_so(ask, chooses, pip):
    chooses.refuses()
    etag = ask()["ETag"]
    assert ask(headers={"If-None-Match": etag}).status_code == 304
    chooses.allows()
    assert ask(headers={"If-None-Match": etag}).status_code == 200


def test_where_a_yes_comes_first_the_list_is_of_those_who_gave_it(ask, chooses, publish, published):
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(edition=2)
    answer = ask()
    assert (answer["Suppressions-Kind"], listed(answer)) == ("may_use", [7])


def test_where_a_yes_comes_first_there_is_no_list_of_whom_to_leave_out(ask, publish, published):
    publish(register(use(scopes=(ASKED,))))
    answer = ask(kind="leave_out")
    assert problem(answer) == (409, "kind")
    assert "kind=may_use" in answer.json()["detail"]


def test_where_everybody_may_be_used_there_is_no_list_of_them(ask):
    assert problem(ask(kind="may_use")) == (409, "kind")


def test_changes_tell_what_holds_now_for_whoever_chose_since(ask, chooses, publish, published):
    publish(register(use(), use(feature="feed"), features=(feature(), feature("feed", name="Feed"))))
    chooses.refuses()
    chooses.refuses(member="ann")
    header, _ = content(ask())
    chooses.allows()
    chooses.refuses(member="9")
    chooses.allows(member="9")
    chooses.refuses(member="bob")
    chooses.refuses(member="5", scope="feature:feed")
    assert changed(ask(since=2, base=header.base)) == (["bob"], [7, 9])


def test_changes_say_what_the_whole_list_comes_to(ask, chooses):
    chooses.refuses()
    header, _ = content(ask())
    chooses.refuses(member="9")
    part, _ = content(ask(since=1, base=header.base))
    whole, _ = content(ask())
    assert (part.count, part.digest, part.sequence) == (whole.count, whole.digest, whole.sequence)
    assert (part.changes.since, part.changes.count) == (1, 1)


def test_where_nothing_changed_the_changes_are_empty(ask, chooses):
    chooses.refuses()
    base = ask()["Suppressions-Base"]
    assert changed(ask(since=1, base=base)) == ([], [])


def another_journal():
    Journal.objects.update(lineage=uuid.uuid4())


def an_erasure():
    Journal.objects.update(erasures=1)


@pytest.mark.parametrize("happens", [another_journal, an_erasure])
def test_changes_of_another_journal_are_refused(ask, chooses, happens):
    chooses.refuses()
    base = ask()["Suppressions-Base"]
    happens()
    answer = ask(since=1, base=base)
    assert problem(answer) == (409, "base")
    assert "Fetch the whole list" in answer.json()["detail"]


def test_changes_over_a_change_of_terms_are_refused(ask, chooses, publish, published):
    chooses.refuses()
    base = ask()["Suppressions-Base"]
    publish(register(use(scopes=(ASKED,))))
    assert problem(ask(since=1, base=base)) == (409, "base")


def test_changes_over_an_edition_that_says_the_same_of_the_uses_are_told(ask, chooses, publish, published):
    chooses.refuses()
    base = ask()["Suppressions-Base"]
    publish(register(use(), use(feature="feed"), features=(feature(), feature("feed", name="Feed"))))
    assert changed(ask(since=0, base=base)) == ([7], [])


def test_changes_since_the_future_are_refused(ask, chooses):
    chooses.refuses()
    base = ask()["Suppressions-Base"]
    assert problem(ask(since=2, base=base)) == (409, "since.future")


def test_changes_need_the_base_of_the_list(ask):
    assert problem(ask(since=0)) == (400, "parameter")


def test_changes_have_no_bitmap(ask):
    base = ask()["Suppressions-Base"]
    assert problem(ask(since=0, base=base, format="roaring")) == (406, "roaring")


def test_textual_keys_have_no_bitmap(ask, chooses):
    chooses.refuses(member="ann")
    assert problem(ask(format="roaring")) == (406, "roaring")


def test_no_list_is_older_than_what_was_asked_for(ask, chooses):
    chooses.refuses()
    assert problem(ask(min_sequence=2)) == (409, "sequence.future")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"feature": None}, (400, "parameter")),
        ({"stage": None}, (400, "parameter")),
        ({"since": "-1"}, (400, "parameter")),
        ({"since": str(2**64)}, (400, "parameter")),
        ({"min_sequence": "x"}, (400, "parameter")),
        ({"format": "csv"}, (400, "parameter")),
        ({"kind": "everybody"}, (400, "parameter")),
        ({"surprise": "1"}, (400, "parameter")),
        ({"feature": ["job-ranking", "feed"]}, (400, "parameter")),
        ({"categories": "nothing"}, (422, "category.unknown")),
        ({"feature": "feed"}, (403, "assignment")),
        ({"feature": "writing-assistant"}, (403, "assignment")),
        ({"stage": "inference"}, (403, "assignment")),
        ({"stage": "dreaming"}, (422, "stage.unknown")),
    ],
)
def test_a_wrong_question_is_refused(ask, given, expected):
    assert problem(ask(**given)) == expected


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"feature": "feed"}, "?feature"),
        ({"stage": "inference"}, "?feature"),
        ({"stage": "dreaming"}, "?stage"),
        ({"categories": "communications.messages,nothing"}, "?categories"),
        ({"min_sequence": "99"}, "?min_sequence"),
        ({"since": "0"}, "?base"),
        ({"since": "0", "base": "another"}, "?base"),
        ({"kind": "may_use"}, "?kind"),
    ],
)
def test_what_is_wrong_is_named_as_the_parameter_that_it_is(ask, given, place):
    assert ask(**given).json()["errors"][0]["pointer"] == place


def test_what_is_accepted_must_be_one_of_the_forms(ask):
    assert problem(ask(headers={"Accept": "text/html"})) == (406, "accept")


@pytest.mark.parametrize("authorization", ["", "Bearer tr_wrong", "Basic abc"])
def test_nobody_without_a_key_is_given_a_list(ask, authorization):
    assert problem(ask(headers={"Authorization": authorization})) == (401, "token")


def test_a_paused_pipeline_is_given_no_list(ask, pip, amir):
    actions.pause_pipeline(by=amir, pipeline=pip, reason="It ignores refusals.")
    assert problem(ask()) == (403, "pipeline")


def test_lists_are_only_read(secret):
    answer = Client(enforce_csrf_checks=True).post(PATH, headers={"Authorization": f"Bearer {secret}"})
    assert (problem(answer), answer["Allow"]) == ((405, "method"), "GET, HEAD")


def test_who_posts_to_no_address_gets_a_problem_document():
    assert problem(Client(enforce_csrf_checks=True).post("/api/v1/nope")) == (404, "address")


@pytest.mark.parametrize("name", ["feature", "stage", "base"])
def test_a_parameter_with_what_no_text_can_hold_is_named(ask, name):
    answer = ask(**{name: "a\0"})
    assert (problem(answer), answer.json()["errors"][0]["pointer"]) == ((400, "parameter"), f"?{name}")


def test_a_list_takes_as_many_queries_however_long_it_is(ask, chooses, django_assert_num_queries):
    chooses.refuses()
    ask()
    with django_assert_num_queries(11):
        ask()
    for member in range(100, 130):
        chooses.refuses(member=str(member))
    ask()
    with django_assert_num_queries(11):
        ask()


def test_a_line_of_the_list_is_a_key_of_a_question(ask, chooses):
    chooses.refuses()
    lines = ask(format="ndjson").getvalue().decode().splitlines()
    assert (json.loads(lines[1]), json.loads(lines[-1])["end"]) == (7, 1)


def test_no_member_stands_in_the_header(ask, chooses):
    chooses.refuses(member="987654321")
    assert "987654321" not in str(dict(ask().headers))


def test_every_member_of_many_is_listed(ask, chooses):
    for member in range(40):
        chooses.refuses(member=str(member * 1000))
    assert listed(ask()) == np.arange(0, 40_000, 1000).tolist()


def test_the_time_of_the_list_is_when_it_was_asked_for(ask):
    header, _ = content(ask())
    assert header.created <= timezone.now()


def entries():
    return list(Entry.objects.filter(kind="list"))


def test_the_public_log_keeps_which_list_was_given_and_names_nobody(ask, chooses, pip):
    chooses.refuses()
    answer = ask()
    given = json.loads(entries()[0].body)
    salted = bytes.fromhex(answer["Suppressions-Salt"]) + bytes.fromhex(answer["Suppressions-Digest"])
    assert given["commitment"] == hashlib.sha256(salted).hexdigest()
    assert (given["subject"], given["pipeline"], given["sequence"]) == (answer["Suppressions-Entry"], "pip", 1)
    assert answer["Suppressions-Digest"] not in entries()[0].body


def test_the_same_list_is_entered_once_and_each_newer_one(ask, chooses):
    chooses.refuses()
    assert ask()["Suppressions-Entry"] == ask(format="ndjson")["Suppressions-Entry"]
    chooses.refuses(member="ann")
    ask()
    assert len(entries()) == 2


def test_a_list_that_can_not_be_entered_is_not_given(ask, chooses):
    chooses.refuses()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry ADD CONSTRAINT full_disk CHECK (kind <> 'list') NOT VALID")
    assert ask().status_code == 503


def test_what_is_known_of_a_list_is_forgotten_when_it_expires(ask, chooses, pip):
    chooses.refuses()
    ask()
    assert actions.forget_lists_given(at=timezone.now()) == 0
    assert actions.forget_lists_given(at=timezone.now() + timedelta(seconds=pip.max_age)) == 1
    assert len(entries()) == 1


def test_a_list_of_less_is_another_list_even_with_the_same_members(ask, chooses):
    chooses.refuses()
    assert ask()["Suppressions-Entry"] != ask(categories="communications.messages")["Suppressions-Entry"]
