"""What a security key answers is bytes of a stranger: whatever they are, it is a wrong answer and no fault of ours."""

import base64
import json

import pytest

from tests.accounts.test_sign_in import sign_in

pytestmark = pytest.mark.django_db


def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def client_data(**said):
    usual = {"type": "webauthn.create", "challenge": b64(b"a" * 32), "origin": "https://testserver"}
    return b64(json.dumps(usual | said).encode())


def registration(**response):
    usual = {"clientDataJSON": client_data(), "attestationObject": b64(b"\xa0")}
    return {"id": b64(b"key"), "rawId": b64(b"key"), "type": "public-key", "response": usual | response}


def assertion(**response):
    usual = {"clientDataJSON": client_data(type="webauthn.get"), "signature": b64(b"s"), "userHandle": b64(b"1")}
    usual |= {"authenticatorData": b64(b"\0" * 37)}
    return {"id": b64(b"key"), "rawId": b64(b"key"), "type": "public-key", "response": usual | response}


BAD = [
    "",
    "a",
    "é",
    b64(b"\xff"),
    b64(b"\xff" * 99),
    b64(b"{}"),
    b64(b"[" * 9_000),
    b64(b"\x9f" * 9_000),
    1,
    None,
    {},
    [],
]
BAD += [b64(b"\xbf\x61"), b64(b"\xa1\x63fmt"), b64(b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x40")]
NONE = [
    "{}",
    "[]",
    "1",
    "null",
    '"a"',
    "9" * 5_000,
    "[" * 9_000,
    '{"id": "a"}',
    '{"response": 1}',
    '{"id": "\\ud800"}',
    "NaN",
]
ANSWERS = {
    "/accounts/2fa/webauthn/add/": [
        *NONE, *(json.dumps(registration(**{name: bad})) for name in registration()["response"] for bad in BAD),
        *(json.dumps(registration() | {name: bad}) for name in registration() for bad in BAD),
    ],
    "/accounts/2fa/webauthn/login/": [
        *NONE, *(json.dumps(assertion(**{name: bad})) for name in assertion()["response"] for bad in BAD),
        *(json.dumps(assertion() | {name: bad}) for name in assertion() for bad in BAD),
    ],
}  # fmt: skip
ANSWERS["/accounts/2fa/webauthn/reauthenticate/"] = ANSWERS["/accounts/2fa/webauthn/login/"]


@pytest.mark.parametrize("path", ANSWERS)
def test_whatever_a_key_answers_is_at_worst_a_wrong_answer(client, mia, path, settings):
    settings.MFA_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS = False
    client.raise_request_exception = False
    if "login" not in path:
        sign_in(client, mia.email)
    client.get(path, headers={"Accept": "application/json"})
    assert [one[:90] for one in ANSWERS[path] if client.post(path, {"credential": one}).status_code >= 500] == []
    assert not mia.authenticator_set.exists()
