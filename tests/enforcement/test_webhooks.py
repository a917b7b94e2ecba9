"""Telling pipelines that there are new choices, by a real server: what is sent, signed, tried again and given up."""

import json
import socket
import ssl
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook, WebhookVerificationError

from tests.certificates import certificate_for
from tests.enforcement.receiver import Receiver
from transparency.enforcement import actions, posting, watch
from transparency.enforcement.models import Message, Pipeline
from transparency.enforcement.queries import messages_due
from transparency.enforcement.webhooks import LONGEST_WISH, WAITS, next_try

MINUTE = timedelta(minutes=1)
EVEN = 0.5  # the chance with which waits are as long as the table says


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to("2026-12-25T12:00:00+00:00", tick=False)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def receiver(settings):
    """A receiver in the company's own network, that an operator lists."""
    with Receiver() as one:
        settings.WEBHOOK_HOSTS = [one.host]
        yield one


@pytest.fixture
def wanting(amir, pip, receiver, now, chooses):
    """Pip, who wants to be told at the receiver, with a secret; somebody has refused."""
    actions.change_pipeline(by=amir, pipeline=pip, webhook_url=receiver.url)
    chooses.refuses(at=now)
    return actions.change_webhook_secret(by=amir, pipeline=pip, at=now)


def tell(at):
    """Queue, and try what is due; returns for each whether it was taken."""
    actions.queue_messages(at=at)
    return [actions.send_message(number=number, at=at, chance=EVEN) for number in messages_due(at)]


def sent(receiver):
    return [json.loads(body)["data"]["sequence"] for _, _, body in receiver.received]


def test_a_pipeline_is_told_of_new_choices(wanting, receiver, now):
    assert tell(now) == [True]
    path, headers, body = receiver.received[0]
    assert (path, headers["Host"]) == ("/told?key=7", receiver.host)
    told = {"type": "choices.changed", "timestamp": now.isoformat(), "data": {"sequence": 1, "edition": 1}}
    assert Webhook(wanting).verify(body, headers) == told


def test_what_is_sent_is_what_the_description_says(wanting, receiver, now, client):
    tell(now)
    _, headers, body = receiver.received[0]
    told = client.get("/api/v1/schema").json()["webhooks"]["choices.changed"]["post"]
    Draft202012Validator(told["requestBody"]["content"]["application/json"]["schema"]).validate(json.loads(body))
    assert {header["name"] for header in told["parameters"]} <= headers.keys()
    assert "choices.changed" in client.get("/api/v1/docs/").content.decode()


def test_another_secret_does_not_verify(wanting, receiver, now):
    tell(now)
    _, headers, body = receiver.received[0]
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(wanting).verify(body.replace("1", "2"), headers)


def test_an_old_secret_signs_too_for_a_day(wanting, receiver, amir, pip, now, chooses):
    second = actions.change_webhook_secret(by=amir, pipeline=pip, at=now)
    tell(now)
    _, headers, body = receiver.received[0]
    assert Webhook(wanting).verify(body, headers) == Webhook(second).verify(body, headers)


def test_and_no_longer(wanting, receiver, amir, pip, now):
    second = actions.change_webhook_secret(by=amir, pipeline=pip, at=now - timedelta(days=1))
    tell(now)
    _, headers, body = receiver.received[0]
    assert Webhook(second).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(wanting).verify(body, headers)


def test_the_secret_is_sealed_in_the_database(wanting, pip):
    kept = Pipeline.objects.get()
    assert wanting.removeprefix("whsec_") not in kept.webhook_secret + kept.webhook_secret_before


def test_nobody_is_told_twice_of_the_same(wanting, receiver, now, chooses):
    tell(now)
    assert tell(now + 2 * MINUTE) == []
    chooses.refuses("all", at=now)
    assert tell(now + 4 * MINUTE) == [True]
    assert sent(receiver) == [1, 2]


def test_nobody_is_told_more_than_once_a_minute(wanting, receiver, now, chooses):
    tell(now)
    chooses.refuses("all", at=now)
    assert tell(now + 0.9 * MINUTE) == []
    assert tell(now + MINUTE) == [True]


@pytest.mark.parametrize("lacking", [{"webhook_url": ""}, {"webhook_secret": ""}, {"active": False}])
def test_who_does_not_want_to_be_told_is_not(wanting, receiver, now, lacking):
    Pipeline.objects.update(**lacking)
    assert tell(now) == []


def test_before_anybody_chose_there_is_nothing_to_tell(amir, pip, receiver, now):
    actions.change_pipeline(by=amir, pipeline=pip, webhook_url=receiver.url)
    actions.change_webhook_secret(by=amir, pipeline=pip, at=now)
    assert tell(now) == []


def test_a_message_that_fails_is_tried_again_with_the_same_id(wanting, receiver, now):
    receiver.status = 500
    assert tell(now) == [False]
    assert tell(now + timedelta(seconds=4)) == []
    receiver.status = 200
    assert tell(now + timedelta(seconds=5)) == [True]
    assert len({headers["webhook-id"] for _, headers, _ in receiver.received}) == 1


def test_two_workers_send_it_once(wanting, receiver, now):
    actions.queue_messages(at=now)
    actions.queue_messages(at=now)
    (number,) = messages_due(now)
    Message.objects.update(due_at=now + MINUTE)  # the other has it
    assert not actions.send_message(number=number, at=now, chance=EVEN)
    assert receiver.received == []


def test_after_three_days_we_give_up_and_staff_are_told(wanting, receiver, pip, now):
    receiver.status = 503
    at = now
    for wait in (timedelta(0), *WAITS):
        at += wait
        assert tell(at) == [False]
    assert timedelta(days=3) < at - now < timedelta(days=4)
    off = Pipeline.objects.get()
    assert (off.webhook_off_at, off.webhook_off_because) == (at, "It answered with status 503.")
    (fault,) = watch.faults(at, {}, MINUTE)
    assert (fault.kind, fault.subject) == ("webhook_off", "pip")
    assert tell(at + timedelta(days=9)) == []


def test_who_is_gone_is_not_asked_again(wanting, receiver, now):
    receiver.status = 410
    tell(now)
    assert Pipeline.objects.get().webhook_off_because == "It answered that nothing is there any more."


def test_amir_lets_it_be_told_again(wanting, receiver, amir, pip, now):
    receiver.status = 410
    tell(now)
    receiver.status = 200
    actions.tell_again(by=amir, pipeline=pip, at=now)
    assert tell(now + MINUTE) == [True]


def test_amir_who_mended_the_receiver_does_not_wait_for_the_next_try(wanting, receiver, amir, pip, now):
    receiver.status = 500
    tell(now)
    receiver.status = 200
    assert tell(now) == []
    actions.tell_again(by=amir, pipeline=pip, at=now)
    assert tell(now) == [True]


def test_a_receiver_that_is_tried_by_hand_while_it_is_mended_is_not_given_up_for_it(wanting, receiver, amir, pip, now):
    receiver.status = 500
    tell(now)
    for _ in WAITS:
        actions.tell_again(by=amir, pipeline=pip, at=now)
        assert tell(now) == [False]
    assert Message.objects.get().due_at <= now + 2 * WAITS[0]


def test_what_is_being_tried_is_not_tried_by_a_second_one_for_amir(wanting, receiver, amir, pip, now, monkeypatch):
    receiver.status, at, seen = 500, now + MINUTE, []
    tell(now)

    def pressed_meanwhile(*_):
        actions.tell_again(by=amir, pipeline=pip, at=at)
        seen.extend((Message.objects.get().is_being_tried(at), messages_due(at)))
        return posting.Answer(error="It answered 500.")

    monkeypatch.setattr(posting, "post", pressed_meanwhile)
    tell(at)
    message = Message.objects.get()
    assert seen == [True, []]
    assert (message.is_being_tried(at), message.due_at) == (False, at + WAITS[0])


def test_what_failed_at_one_address_is_tried_at_another_at_once(wanting, receiver, amir, pip, now):
    receiver.status = 500
    tell(now)
    receiver.status = 200
    actions.change_pipeline(by=amir, pipeline=pip, webhook_url=f"http://{receiver.host}/other")
    assert tell(now) == [True]


def test_another_address_is_told_again(wanting, receiver, amir, pip, now):
    Pipeline.objects.update(webhook_off_at=now, webhook_off_because="Gone.")
    actions.change_pipeline(by=amir, pipeline=pip, webhook_url=f"http://{receiver.host}/other")
    assert tell(now) == [True]


def test_messages_of_long_ago_are_forgotten_but_the_last(wanting, receiver, now, chooses):
    tell(now)
    chooses.refuses("all", at=now)
    tell(now + MINUTE)
    chooses.refuses("stage:training", at=now)
    actions.queue_messages(at=now + 2 * MINUTE)
    assert actions.forget_messages(at=now + timedelta(days=8)) == 1
    assert sorted(Message.objects.values_list("sequence", flat=True)) == [2, 3]
    assert tell(now + timedelta(days=8)) == [True]


def test_only_an_administrator_changes_the_secret(otto, pip, now):
    with pytest.raises(PermissionDenied):
        actions.change_webhook_secret(by=otto, pipeline=pip, at=now)


def test_a_receiver_that_asks_for_peace_has_it(wanting, receiver, now):
    receiver.status, receiver.headers = 429, {"Retry-After": "3600"}
    tell(now)
    assert tell(now + timedelta(minutes=59)) == []
    assert tell(now + timedelta(minutes=60)) == [False]


@pytest.mark.parametrize("wish", ["soon", "-1", "9" * 20, "\u0663"])
def test_a_wish_that_makes_no_sense_does_no_harm(wanting, receiver, now, wish):
    receiver.status, receiver.headers = 429, {"Retry-After": wish.encode("latin-1", "replace").decode("latin-1")}
    assert tell(now) == [False]
    assert Message.objects.get().due_at <= now + LONGEST_WISH


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_our_own_network_is_not_followed(wanting, receiver, now, status):
    with Receiver() as inner:
        receiver.status, receiver.headers = status, {"Location": inner.url}
        assert tell(now) == [False]
        assert inner.received == []
    leads_on = "It leads to another address, and no redirect is followed."
    assert Message.objects.get().error == f"It answered with status {status}. {leads_on}"


def test_a_receiver_that_says_nothing_is_left_alone(wanting, receiver, now, monkeypatch):
    monkeypatch.setattr(posting, "QUIET", posting.httpx2.Timeout(0.3))
    receiver.silent = 2
    assert tell(now) == [False]
    assert "silent" in Message.objects.get().error


def test_one_that_answers_byte_by_byte_is_too(wanting, receiver, now, monkeypatch):
    monkeypatch.setattr(posting, "AT_MOST", 0.5)
    receiver.drips = b"HTTP/1.1 200 " + b"O" * 1_000
    assert tell(now) == [False]
    assert "No answer within" in Message.objects.get().error


def test_a_receiver_that_is_away_is_tried_again(wanting, receiver, now):
    receiver.server.shutdown()
    receiver.server.server_close()
    assert tell(now) == [False]
    assert Message.objects.get().error == "Nobody takes the connection there."


def test_one_that_ends_the_connection_is_told_from_one_that_is_away(wanting, receiver, now):
    receiver.drips = b"BYE\n\n"
    assert tell(now) == [False]
    assert Message.objects.get().error.startswith("It ended the connection before it answered")


def leads_to(monkeypatch, *addresses):
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(posting.socket, "getaddrinfo", lambda *_, **__: entries)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["169.254.169.254"], []])
def test_a_name_that_leads_into_our_network_is_not_connected_to(monkeypatch, addresses):
    connected = []
    monkeypatch.setattr(posting.httpx2, "AsyncClient", lambda **_: connected.append(1))
    leads_to(monkeypatch, *addresses)
    answer = posting.post("https://hooks.example/", "{}", {}, ())
    assert (answer.error, connected) == ("The host's name leads to no place in the public network.", [])


@pytest.mark.parametrize("addresses", [["169.254.169.254"], ["10.0.0.7", "169.254.169.254"], ["224.0.0.1"], []])
def test_a_host_that_an_operator_lists_leads_nowhere_that_hands_out_passwords(monkeypatch, addresses):
    connected = []
    monkeypatch.setattr(posting.httpx2, "AsyncClient", lambda **_: connected.append(1))
    leads_to(monkeypatch, *addresses)
    answer = posting.post("http://hooks.test/", "{}", {}, ["hooks.test"])
    assert (answer.error, connected) == ("The host's name leads to an address at which nobody runs a server.", [])


@pytest.mark.parametrize(("host", "error"), [("hooks.test", ""), ("other.test", "Its certificate is not valid.")])
def test_a_certificate_must_be_that_of_the_name(monkeypatch, tmp_path, host, error):
    path = certificate_for("hooks.test", tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    monkeypatch.setattr(posting, "_context", lambda: ssl.create_default_context(cafile=path))
    leads_to(monkeypatch, "127.0.0.1")
    with Receiver(context=server) as receiver:
        port = receiver.host.partition(":")[2]
        answer = posting.post(f"https://{host}:{port}/", "{}", {}, [host])
        assert (answer.error, len(receiver.received)) == (error, int(not error))


def test_a_certificate_that_nobody_vouches_for_is_none(monkeypatch, tmp_path):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate_for("hooks.test", tmp_path))
    leads_to(monkeypatch, "127.0.0.1")
    with Receiver(context=server) as receiver:
        port = receiver.host.partition(":")[2]
        answer = posting.post(f"https://hooks.test:{port}/", "{}", {}, ["hooks.test"])
        assert (answer.error, receiver.received) == ("Its certificate is not valid.", [])


def test_proxies_of_the_environment_are_not_asked(wanting, receiver, now, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert tell(now) == [True]


def test_an_address_that_is_forbidden_is_not_saved(amir, pip):
    with pytest.raises(ValidationError, match="Only https"):
        actions.change_pipeline(by=amir, pipeline=pip, webhook_url="https://10.0.0.1:6379/")


@given(st.integers(1, len(WAITS)), st.floats(0, 1), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_wait_is_near_its_place_in_the_table(failures, chance, wish):
    wait = next_try(failures, chance=chance, wish=wish)
    least, most = WAITS[failures - 1] * 0.79, WAITS[failures - 1] * 1.21
    assert least <= wait <= max(most, LONGEST_WISH)


def test_the_table_ends():
    assert next_try(len(WAITS) + 1, chance=0) is None
