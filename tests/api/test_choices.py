"""The platform's own settings page records choices and asks what holds: what is kept, and what is refused and where."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.consent.builders import NAME, USE
from tests.consent.test_choosing import NECESSARY
from tests.register.builders import NOON, register, use
from transparency.accounts.actions import issue_token, revoke_token
from transparency.accounts.models import ServiceToken
from transparency.accounts.stored import SessionStore
from transparency.api.endpoints import choices as endpoint
from transparency.consent import queries
from transparency.consent.models import Choice, Origin

pytestmark = pytest.mark.django_db
PATH, ASK = "/api/v1/choices", "/api/v1/choices/query"
REFUSAL = {"member": 1000001, "scope": USE, "decision": "refuse"}
ALLOW = {"member": 1000001, "scope": USE, "decision": "allow", "edition": 1, "expected": 0}


@pytest.fixture(autouse=True)
def _advent(time_machine, publish):
    publish(register())
    time_machine.move_to(NOON + timedelta(days=10), tick=False)


@pytest.fixture
def secret(amir):
    return issue_token(by=amir, name="Tandem's settings page", scopes=["choices"])[1]


@pytest.fixture
def post(client, secret):
    """Sends a choice with the settings page's key, or whatever else is given."""

    def post(body, path=PATH, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json", "Idempotency-Key": "k1"}
        headers = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        return client.generic("POST", path, raw, content_type=headers["Content-Type"], headers=headers)

    return post


def fault(response):
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["errors"][0]["pointer"]


def test_a_refusal_is_recorded_and_holds_at_once(post):
    response = post(REFUSAL)
    assert (response.status_code, Choice.objects.get().origin) == (201, Origin.API)
    assert not queries.outcomes("1000001", timezone.now())[NAME].allowed


@pytest.mark.parametrize("path", [PATH, ASK])
def test_an_answer_says_how_long_it_is_and_is_no_page(post, path):
    response = post(REFUSAL, path)
    assert response["Content-Length"] == str(len(response.content))
    assert response["Content-Security-Policy"].startswith("default-src 'none'; base-uri 'none'")


@pytest.mark.parametrize("path", [PATH, ASK])
def test_a_request_to_another_host_is_refused(post, path):
    assert post(REFUSAL, path, Host="elsewhere.example").status_code == 400


def test_nobody_looks_for_a_session_not_even_for_a_signal(post, client, monkeypatch, settings):
    monkeypatch.setattr(SessionStore, "load", None)
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert post(REFUSAL, Sec_GPC="1").status_code == 201


def test_the_answer_is_what_a_receipt_is_made_of(post):
    answer, kept = post(REFUSAL).json(), Choice.objects.get()
    assert answer == {
        "reference": str(kept.reference),
        "sequence": 1,
        "scope": USE,
        "decision": "refuse",
        "origin": "api",
        "edition": 1,
        "at": "2026-12-04T12:00:00Z",
        "previous": 0,
        "salt": bytes(kept.salt).hex(),
        "digest": bytes(kept.digest).hex(),
    }


def test_the_answer_names_no_member(post):
    assert b"1000001" not in post(REFUSAL).content


def test_an_allow_takes_a_refusal_back(post):
    post(REFUSAL)
    assert post(ALLOW | {"expected": 1}, Idempotency_Key="k2").status_code == 201
    assert queries.outcomes("1000001", timezone.now())[NAME].allowed


def test_a_refusal_of_everything_leaves_no_yes_to_a_part_of_it(post):
    post(ALLOW)
    post(REFUSAL | {"scope": "all"}, Idempotency_Key="k2")
    assert not queries.outcomes("1000001", timezone.now())[NAME].allowed


def test_a_retry_takes_back_no_yes_that_was_said_meanwhile(post):
    """The settings page had no answer and sends it again, when the member has chosen elsewhere already."""
    everything = REFUSAL | {"scope": "all"}
    post(everything)
    post(ALLOW, Idempotency_Key="k2")
    post(everything)
    assert queries.outcomes("1000001", timezone.now())[NAME].allowed
    assert Choice.objects.count() == 2


def test_a_retry_gets_the_first_answer_and_records_nothing(post, time_machine):
    first = post(REFUSAL)
    time_machine.shift(timedelta(hours=1))
    again = post(REFUSAL)
    assert (again.status_code, again.json()) == (201, first.json())
    assert Choice.objects.count() == 1


def test_a_key_used_for_another_choice_is_refused(post):
    post(REFUSAL)
    assert fault(post(REFUSAL | {"scope": "all"})) == (422, "")
    assert Choice.objects.count() == 1


def test_the_same_key_of_another_member_is_another_choice(post):
    post(REFUSAL)
    assert post(REFUSAL | {"member": "1000002"}).json()["sequence"] == 2


def test_an_allow_that_rests_on_an_older_choice_is_refused(post):
    post(REFUSAL)
    assert fault(post(ALLOW, Idempotency_Key="k2")) == (409, "/expected")


def test_a_refusal_is_never_too_late(post):
    post(ALLOW)
    assert post(REFUSAL | {"expected": 0}, Idempotency_Key="k2").status_code == 201


def test_an_allow_of_what_changed_meanwhile_is_refused(post, publish):
    publish(register(use(retention="13 years")))
    assert fault(post(ALLOW)) == (409, "/edition")


def test_what_cannot_be_refused_is_refused(post, publish):
    publish(register(use(scopes=(NECESSARY,))))
    publish(register(use(scopes=(NECESSARY,), retention="14 months")))
    assert fault(post(REFUSAL | {"edition": 2})) == (422, "/scope")


@pytest.mark.parametrize("scope", ["feature:none", "use:a/b/training", "nonsense", "gpc:sharing", "all ", "ALL", "٣"])
def test_a_scope_that_speaks_of_nothing_is_refused(post, scope):
    assert fault(post(REFUSAL | {"scope": scope})) == (422, "/scope")


BAD = [
    (b"", ""),
    (b"null", ""),
    (b"[]", ""),
    (b"1", ""),
    (b'{"member":7,"scope":"all","decision":"refuse"} {}', ""),
    (b"\xef\xbb\xbf{}", ""),
    (b'{"member":"\xff"}', ""),
    (b'{"member":"\\ud800"}', "/member"),
    (b'{"member":7,"scope":"all","decision":"refuse","member":8}', "/member"),
    (b'{"member":' + b"[" * 5000, "/member"),
    (b'{"member":' + b"9" * 5000 + b"}", "/member"),
    (b'{"member":1e400}', "/member"),
    ({}, "/member"),
    (REFUSAL | {"member": None}, "/member"),
    (REFUSAL | {"member": ""}, "/member"),
    (REFUSAL | {"member": "m" * 65}, "/member"),
    (REFUSAL | {"member": "a\0"}, "/member"),
    (REFUSAL | {"member": "a\n"}, "/member"),
    (REFUSAL | {"member": -1}, "/member"),
    (REFUSAL | {"member": 2**64}, "/member"),
    (REFUSAL | {"member": 7.0}, "/member"),
    (REFUSAL | {"member": True}, "/member"),
    (REFUSAL | {"member": ["7"]}, "/member"),
    (REFUSAL | {"scope": ""}, "/scope"),
    (REFUSAL | {"scope": "a" * 201}, "/scope"),
    (REFUSAL | {"scope": 7}, "/scope"),
    (REFUSAL | {"decision": "REFUSE"}, "/decision"),
    (REFUSAL | {"decision": "grnated"}, "/decision"),
    (REFUSAL | {"decision": 0}, "/decision"),
    (REFUSAL | {"edition": "1"}, "/edition"),
    (REFUSAL | {"edition": 0}, "/edition"),
    (REFUSAL | {"edition": 2**63}, "/edition"),
    (REFUSAL | {"expected": -1}, "/expected"),
    (REFUSAL | {"expected": 10**30}, "/expected"),
    (REFUSAL | {"origin": 1}, "/origin"),
    (ALLOW | {"edition": None}, "/edition"),
    (ALLOW | {"expected": None}, "/expected"),
]


@pytest.mark.parametrize(("body", "pointer"), BAD)
def test_a_bad_body_is_refused_by_the_name_of_the_field(post, body, pointer):
    assert fault(post(body)) == (400, pointer)
    assert not Choice.objects.exists()


def test_an_edition_to_come_is_refused(post):
    assert fault(post(REFUSAL | {"edition": 2})) == (422, "/edition")


def test_a_body_of_more_than_its_share_is_refused(post):
    assert fault(post(b"{" + b" " * 20_000 + b"}")) == (413, "")


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a" * 256, "a\tb"])
def test_a_choice_without_a_good_idempotency_key_is_refused(post, key):
    assert fault(post(REFUSAL, Idempotency_Key=key)) == (400, "")
    assert not Choice.objects.exists()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-7"])
def test_what_is_not_announced_as_json_is_refused(post, kind):
    assert post(REFUSAL, Content_Type=kind).status_code == 415


@pytest.mark.parametrize("path", [PATH, ASK])
def test_only_post_is_answered(client, path):
    answers = [
        getattr(client, method)(path) for method in ("get", "head", "put", "patch", "delete", "options", "trace")
    ]
    assert {(one.status_code, one["Allow"]) for one in answers} == {(405, "POST")}


def test_whoever_asks_with_a_member_in_the_address_is_told_why_not(client):
    assert "addresses end in logs" in client.get(f"{PATH}?member=1000001").json()["detail"]


@pytest.mark.parametrize("path", [PATH, ASK])
@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer tr_wrong", "Basic dTpw"])
def test_without_a_valid_key_nothing_is_told(post, path, sent):
    assert post(REFUSAL, path, Authorization=sent).status_code == 401


@pytest.mark.parametrize("path", [PATH, ASK])
def test_the_key_of_a_pipeline_is_not_enough(post, amir, path):
    _, other = issue_token(by=amir, name="Pip", scopes=["pipeline:pip", "lineage:x"])
    assert fault(post(REFUSAL, path, Authorization=f"Bearer {other}")) == (403, "")


@pytest.mark.parametrize("path", [PATH, ASK])
def test_a_revoked_key_stops_at_the_next_request(post, amir, path):
    post(REFUSAL)
    revoke_token(by=amir, token=ServiceToken.objects.get())
    assert post(REFUSAL, path).status_code == 401


def test_a_key_that_has_run_out_stops_at_the_next_request(post, secret):
    ServiceToken.objects.update(expires_at=timezone.now())
    assert post(REFUSAL).status_code == 401


def test_a_member_who_is_signed_in_here_gains_nothing_by_it(post, client, mia):
    client.force_login(mia)
    assert post(REFUSAL, Authorization="").status_code == 401


def test_a_database_that_does_not_answer_is_said_to_be_away(post, monkeypatch):
    def away(**said):
        raise OperationalError("connection to 1000001 refused")

    monkeypatch.setattr(endpoint.actions, "choose", away)
    response = post(REFUSAL)
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert b"1000001" not in response.content


def test_no_cache_keeps_an_answer(post):
    assert "no-store" in post(REFUSAL)["Cache-Control"]


def test_what_holds_is_told_with_the_sequence_that_it_holds_at(post, chooses):
    chooses.refuses("all", member="8")
    post(REFUSAL)
    told = post({"member": "1000001"}, ASK).json()
    assert (told["edition"], told["sequence"], [one["sequence"] for one in told["choices"]]) == (1, 2, [2])
    assert told["uses"] == [
        {
            "use": NAME,
            "category": "communications.messages",
            "feature": "job-ranking",
            "stage": "training",
            "refusable": True,
            "allowed": False,
            "because": "choice",
            "by": 2,
        }
    ]


def test_of_a_member_who_never_chose_the_defaults_are_told(post):
    told = post({"member": "nobody we know"}, ASK).json()
    assert ([one["because"] for one in told["uses"]], told["choices"]) == (["default"], [])


@pytest.mark.parametrize(("body", "pointer"), [({}, "/member"), ({"member": -1}, "/member"), (REFUSAL, "/scope")])
def test_a_bad_question_is_refused_by_the_name_of_the_field(post, body, pointer):
    assert fault(post(body, ASK)) == (400, pointer)


def test_a_choice_asks_the_database_twice(post, django_assert_num_queries):
    post(REFUSAL)
    with django_assert_num_queries(2 + 3):  # who is asking, and the choice; in tests also thrice what is in force
        post(REFUSAL, Idempotency_Key="k2")


def test_both_are_described_for_machines(client):
    described = client.get("/api/v1/schema").json()
    assert {"201", "400", "401", "403", "409", "413", "415", "422", "503"} <= described["paths"][PATH]["post"][
        "responses"
    ].keys()
    assert described["paths"][ASK]["post"]["operationId"] == "choices_query"
