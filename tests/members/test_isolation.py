"""No member sees another's choices, by whatever address (promises P-32, P-33, P-42): every address of this door."""

import re
from base64 import b64decode

import pytest
from celery import current_app
from django.urls import URLPattern, get_resolver, reverse
from redis import Redis

from tests.consent.builders import LATER, USE, Chooser
from tests.register.builders import register
from transparency.accounts.actions import deactivate, issue_token
from transparency.accounts.models import User
from transparency.consent.actions import erase
from transparency.members.urls import urlpatterns

pytestmark = pytest.mark.django_db
MIA, MAX = "1000001", "1000002"
# Addresses that are somebody's own, and those that name a receipt.
OWN = {
    "choices",
    "history",
    "history-json",
    "history-csv",
    "account",
    "letters",
    "digest",
    "sign-out",
    "privacy-signal",
    "overview",
}
RECEIPTS = {"receipt", "receipt-json"}
BY_LETTER = {"end-letters"}  # whose it is, the sealed link in a letter says; see ``test_ending_letters``
SAME_FOR_ALL = {
    "categories", "category", "features", "feature", "use", "past", "today", "changes", "changes-feed", "edition",
    "edition-document", "search", "how", "pipelines", "gpc", "policies", "policy", "clause", "compare",
    "difference", "json-patch", "changes-feed-json",
    "downloads", "edition-file", "category-data", "feature-data", "use-data", "model-card",
}  # fmt: skip
READERS = {"mia": MIA, "max": MAX, "otto": "", "amir": ""}


@pytest.fixture(autouse=True)
def _chosen(publish, time_machine, settings):
    settings.STAFF_SECOND_FACTOR = False
    publish(register())
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def receipts():
    """What Mia and Max chose, by their keys."""
    return {key: str(Chooser(key).refuses(USE).reference) for key in (MIA, MAX)}


def names():
    return {one.name for one in urlpatterns if isinstance(one, URLPattern)}


def test_every_address_of_this_door_stands_in_the_matrix():
    assert {one for one in names() if not one.startswith("ledger")} == OWN | RECEIPTS | BY_LETTER | SAME_FOR_ALL


@pytest.mark.parametrize("name", sorted(RECEIPTS))
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("whose", [MIA, MAX])
def test_a_receipt_is_for_its_member_alone(client, request, receipts, name, reader, whose):
    client.force_login(request.getfixturevalue(reader))
    answer = client.get(reverse(f"members:{name}", args=[receipts[whose]]))
    assert answer.status_code == (200 if READERS[reader] == whose else 404)


def words_of(answer):
    """All that it says, but the request's own id."""
    return answer.getvalue().replace(answer["X-Request-ID"].encode(), b"")


@pytest.mark.parametrize("name", sorted(RECEIPTS))
def test_a_receipt_that_is_not_yours_looks_like_one_that_is_not_there(client, max, receipts, name):
    client.force_login(max)
    others = client.get(reverse(f"members:{name}", args=[receipts[MIA]]))
    nobodys = client.get(reverse(f"members:{name}", args=["00000000-0000-4000-8000-000000000000"]))
    assert (others.status_code, words_of(others)) == (nobodys.status_code, words_of(nobodys))


@pytest.mark.parametrize("name", sorted(RECEIPTS))
def test_a_stranger_is_asked_to_sign_in_and_told_nothing(client, receipts, name):
    answer = client.get(reverse(f"members:{name}", args=[receipts[MIA]]))
    assert answer.status_code in (302, 401, 404)


@pytest.mark.parametrize("name", sorted(OWN))
@pytest.mark.parametrize("reader", [*READERS, None])
def test_no_page_of_ones_own_speaks_of_another(client, request, receipts, name, reader):
    if reader:
        client.force_login(request.getfixturevalue(reader))
    body = client.get(reverse(f"members:{name}")).getvalue().decode()
    strangers = {key: reference for key, reference in receipts.items() if key != READERS.get(reader)}
    assert not [one for pair in strangers.items() for one in pair if one in body]


@pytest.mark.parametrize("name", sorted(OWN - {"overview", "privacy-signal"}))
def test_what_is_somebodys_own_is_kept_by_no_cache(client, mia, name):
    client.force_login(mia)
    assert "no-store" in client.get(reverse(f"members:{name}"))["Cache-Control"]


def test_no_address_of_ours_has_a_place_for_a_member():
    parts = {part for route in routes(get_resolver()) for part in re.findall(r"[<:](\w+)>", route)}
    assert not parts & {"member", "key_of_member", "member_key", "user", "user_id"}


def routes(resolver, before=""):
    for one in resolver.url_patterns:
        here = f"{before}{one.pattern}"
        yield from ([here] if isinstance(one, URLPattern) else routes(one, here))


def test_a_switched_off_account_stops_at_the_next_request(client, mia, amir):
    client.force_login(mia)
    assert client.get("/choices/history/").status_code == 200
    deactivate(by=amir, user=mia)
    assert client.get("/choices/history/").status_code == 302


def test_a_role_that_was_taken_away_stops_at_the_next_request(client, otto, amir):
    client.force_login(otto)
    assert client.get("/staff/members/").status_code == 200
    deactivate(by=amir, user=otto)
    assert client.get("/staff/members/").status_code == 302


CANARIES = ("canary-member-4711", "canary-idempotency-4711")


def test_a_choice_by_api_leaves_no_trace_of_who_in_the_log(client, amir, caplog):
    from_page = send(client, amir, {"member": CANARIES[0], "scope": USE, "decision": "refuse"})
    assert from_page.status_code == 201
    assert said_nothing(caplog)


@pytest.mark.parametrize("wrong", [{"scope": "none"}, {"decision": "grnated"}, {"edition": 99}, {"member": None}])
def test_what_is_refused_leaves_no_trace_either(client, amir, caplog, wrong):
    answer = send(client, amir, {"member": CANARIES[0], "scope": USE, "decision": "refuse"} | wrong)
    assert answer.status_code in (400, 422)
    assert said_nothing(caplog)
    assert not any(canary in answer.getvalue().decode() for canary in CANARIES)


def test_a_fault_of_ours_leaves_no_trace_either(client, amir, caplog, monkeypatch):
    def broken(**said):
        raise RuntimeError("unforeseen")

    client.raise_request_exception = False
    monkeypatch.setattr("transparency.api.endpoints.choices.actions.choose", broken)
    monkeypatch.setattr("transparency.api.endpoints.choices.actions.settle", broken)
    answer = send(client, amir, {"member": CANARIES[0], "scope": USE, "decision": "refuse"})
    assert (answer.status_code, said_nothing(caplog)) == (500, True)
    assert not any(canary in answer.getvalue().decode() for canary in CANARIES)


def said_nothing(caplog):
    return not any(canary in caplog.text for canary in (*CANARIES, "tr_"))


def send(client, amir, body):
    _, secret = issue_token(by=amir, name="Settings page", scopes=["choices"])
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": CANARIES[1]}
    return client.post("/api/v1/choices", body, "application/json", headers=headers)


def everything_in(valkey):
    """Every value that the broker holds, whatever its kind, with the bodies of tasks as they were before packing."""
    readers = {b"list": lambda name: valkey.lrange(name, 0, -1), b"hash": valkey.hgetall, b"string": valkey.get}
    readers |= {b"zset": lambda name: valkey.zrange(name, 0, -1), b"set": valkey.smembers}
    held = repr([readers[valkey.type(name)](name) for name in valkey.scan_iter()])
    return held + repr([b64decode(body) for body in re.findall(r'"body": "([^"]*)"', held)])


def test_the_eye_sees_into_tasks(settings):
    valkey = Redis.from_url(settings.REDIS_URL)
    current_app.send_task("consent.enter_choices", args=[CANARIES[0]])
    assert CANARIES[0] in everything_in(valkey)
    valkey.flushdb()


@pytest.mark.django_db(transaction=True)
def test_no_task_names_a_member(client, amir, mia, settings):
    valkey = Redis.from_url(settings.REDIS_URL)
    valkey.flushdb()
    send(client, amir, {"member": CANARIES[0], "scope": USE, "decision": "refuse"})
    User.objects.filter(pk=mia.pk).update(member_key=CANARIES[0])
    client.force_login(mia)
    client.get("/choices/", headers={"Sec-GPC": "1"})
    erase(by=amir, member=CANARIES[0])
    current_app.send_task("consent.enter_choices")
    held = everything_in(valkey)
    assert "consent.enter_choices" in held
    assert not any(canary in held for canary in CANARIES)
    valkey.flushdb()
