"""Who may ask which address of the API: a row for each (P-32); and what nobody should send there (P-41)."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from tests.enforcement.builders import said
from tests.flows.settled import MAX, MIA, settle
from tests.scenarios.hostile import BODIES, JSON
from tests.scenarios.openlineage import run_event
from transparency.accounts.actions import issue_token
from transparency.accounts.models import User
from transparency.api.urls import urlpatterns
from transparency.enforcement import actions

# Open to all, and the same for all.
OPEN = {
    "index", "register", "uses", "categories", "features", "policies", "corrections", "differences", "editions",
    "edition", "observations", "sources", "schema", "schema-yaml", "documentation",
}  # fmt: skip
# For the holder of a key: the kind of key, and a body that it would send.
OWN = {
    "lineage": ("lineage", run_event()),
    "lineage-batch": ("lineage", [run_event()]),
    "decisions": ("pipeline", {"feature": "job-ranking", "stage": "training", "members": ["7"]}),
    "acknowledgements": ("pipeline", said()),
    "suppressions": ("pipeline", None),
    "suppressions-kept": ("pipeline", None),
    "choices": ("choices", {"member": "7", "scope": "all", "decision": "refuse", "edition": 1}),
    "choices-query": ("choices", {"member": "7"}),
}
FIELDS = [(name, field) for name, (_, body) in OWN.items() if isinstance(body, dict) for field in body]


@pytest.fixture
def there(publish, amir, otto, time_machine, settings):
    settings.STAFF_SECOND_FACTOR = False
    time_machine.move_to("2026-12-01T12:00:00+00:00")
    return settle(publish, amir, otto)


@pytest.fixture
def anna(there):
    """Anna, the other administrator."""
    return User.objects.get(name="Anna")


def path_of(name, there):
    parts = {"edition": {"number": 1}}
    parts["suppressions-kept"] = {"reference": there.of["api:suppressions-kept", "reference"]}
    return reverse(f"api:{name}", kwargs=parts.get(name, {}))


def ask(name, there, secret="", client=None, body=None):
    client = client or Client(raise_request_exception=False)
    headers = {"Idempotency-Key": "one"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    path, usual = path_of(name, there), OWN.get(name, ("", None))[1]
    if usual is None:
        return client.get(
            path, {"feature": "job-ranking", "stage": "training"} if name == "suppressions" else {}, headers=headers
        )
    raw = body if isinstance(body, bytes) else json.dumps(usual if body is None else body).encode()
    return client.generic("POST", path, raw, content_type="application/json", headers=headers)


def test_every_address_has_a_row():
    assert {one.name for one in urlpatterns if one.name} == OPEN | set(OWN)


def test_what_is_open_is_the_same_for_all_and_names_no_member(there, client, mia, amir):
    strangers = {name: ask(name, there).getvalue() for name in OPEN}
    client.force_login(mia)
    assert {name: ask(name, there, client=client).getvalue() for name in OPEN} == strangers
    assert [name for name, text in strangers.items() if MIA.encode() in text or MAX.encode() in text] == []


@pytest.mark.parametrize("name", OWN)
def test_only_the_key_of_its_row_opens_it(there, client, amir, name):
    client.force_login(amir)
    found = {kind: ask(name, there, secret).status_code for kind, secret in there.keys.items()}
    wanted = OWN[name][0]
    assert ask(name, there).status_code == ask(name, there, client=client).status_code == 401
    assert {kind for kind, status in found.items() if status not in (401, 403, 404)} == {wanted}


def test_a_list_of_another_pipeline_is_not_there(there, amir, anna):
    told = {"slug": "pop", "name": "Pop", "contact": "#ads", "max_age": 3600, "webhook_url": ""}
    pop = actions.register_pipeline(by=amir, assignments=[("job-ranking", "training")], agreed_by=anna, **told)
    _, secret = actions.issue_pipeline_key(by=amir, pipeline=pop, name="Pop", agreed_by=anna)
    assert ask("suppressions-kept", there, secret).status_code == 404


def test_the_key_of_another_source_writes_nothing_there(there, amir, anna):
    _, secret = issue_token(by=amir, name="Other", scopes=["lineage:other"], agreed_by=anna)
    assert ask("lineage", there, secret).status_code in (401, 403)


@pytest.mark.parametrize("name", sorted({name for name, _ in FIELDS}))
def test_a_wrong_field_is_named_by_a_problem_document(there, name):
    kind, usual = OWN[name]
    wrong = []
    for field in usual:
        for bad in JSON:
            answer = ask(name, there, there.keys[kind], body=usual | {field: bad})
            if answer.status_code >= 400 and not names_a_field(answer):
                wrong.append(f"{field}={bad!r:.40}: {answer.status_code} {answer.getvalue()[:300]}")
    assert wrong == []


@pytest.mark.parametrize("name", sorted({name for name, _ in FIELDS} | {"lineage-batch"}))
def test_a_body_that_is_none_is_a_problem_document(there, name):
    bodies = [body.replace(b"{}", b"member") for body in BODIES]
    answers = [ask(name, there, there.keys[OWN[name][0]], body=body) for body in bodies]
    told = [one for one in answers if one.status_code >= 400]
    assert {one["Content-Type"] for one in told} == {"application/problem+json"}
    assert [one.getvalue() for one in told if one.status_code >= 500] == []


def names_a_field(answer):
    """Half a character can stand in no text at all: such a body can't be read, and has no fields."""
    if answer.status_code >= 500 or answer["Content-Type"] != "application/problem+json":
        return False
    fault = answer.json()["errors"][0]
    return fault["pointer"].startswith("/") or fault["message"].startswith("This is not")
