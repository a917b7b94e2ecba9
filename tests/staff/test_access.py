"""Who may open which staff page: the table, role by role. A new address without a row fails."""

import pytest
from django.urls import reverse

from transparency.accounts.roles import PERMISSIONS
from transparency.staff.urls import urlpatterns

TABLE = {
    "staff.read": {
        "inbox", "finding", "proposals", "proposal", "records", "sources", "source", "progress", "tryouts", "rules",
        "bindings", "barriers", "barrier", "suggestions", "suggestion",
        "history", "assets", "asset", "explain", "looked-at", "names", "preview", "uses-csv",
        "pipelines", "pipeline", "again", "workers", "mails", "history-csv", "sensitive",
        "wish", "decide-wish", "fetch-wish",
    },
    "finding.decide": {"dismiss", "reopen"},
    "proposal.edit": {"propose", "start", "undo", "settle", "update", "edit", "table", "bring", "terms", "document"},
    "proposal.comment": {"act"},
    "source.refresh": {"refresh", "accept", "try-source"},
    "source.edit": {"add-source", "change-source", "retire-source"},
    "pipeline.pause": {"act-pipeline"},
    "pipeline.manage": {
        "add-pipeline", "change-pipeline", "retire-pipeline", "pipeline-keys", "revoke-pipeline-key",
        "webhook-secret", "tell-again", "trials",
    },
    "catalog.edit": {
        "add-rule", "change-rule", "add-binding", "remove-binding", "propose-barrier", "remove-barrier",
        "count-looking", "uncount-looking", "decide-suggestions", "accept-suggestion", "reopen-suggestion",
        "add-name-rule", "remove-name-rule", "part-names", "join-names",
    },
    "barrier.approve": {"approve-barrier", "decline-barrier"},
    "choice.on_behalf": {"members"},
    "choice.import": {"earlier-refusals", "bring-refusals"},
    "member.erase": {"erase-member"},
    "token.manage": {"tokens", "revoke"},
    "user.manage": {"people", "invite", "change-person"},
}  # fmt: skip
ROUTES = [(permission, name) for permission, names in TABLE.items() for name in sorted(names)]
EVERYTHING = [name for _, name in ROUTES]
ROLES = ["editor", "reviewer", "auditor", "administrator"]
PARTS = {
    "finding": {"pk": 9}, "reopen": {"pk": 9}, "propose": {"pk": 9}, "proposal": {"pk": 9},
    "preview": {"pk": 9, "kind": "use"},
    "table": {"pk": 9}, "bring": {"pk": 9}, "terms": {"pk": 9}, "document": {"pk": 9},
    "update": {"pk": 9},
    "undo": {"pk": 9, "edit": 9}, "settle": {"pk": 9, "edit": 9}, "edit": {"pk": 9, "kind": "use"},
    "act": {"pk": 9, "verb": "submit"},
    "pipeline": {"slug": "ghost"}, "change-pipeline": {"slug": "ghost"}, "retire-pipeline": {"slug": "ghost"},
    "pipeline-keys": {"slug": "ghost"}, "revoke-pipeline-key": {"slug": "ghost", "pk": 9},
    "webhook-secret": {"slug": "ghost"}, "tell-again": {"slug": "ghost"},
    "act-pipeline": {"slug": "ghost", "verb": "pause"}, "trials": {"verb": "start"},
    "source": {"slug": "ghost"}, "change-source": {"slug": "ghost"}, "retire-source": {"slug": "ghost"},
    "progress": {"slug": "ghost"},
    "tryouts": {"slug": "ghost"}, "try-source": {"slug": "ghost", "kind": "changes"},
    "refresh": {"slug": "ghost"}, "accept": {"slug": "ghost", "pk": 9}, "change-rule": {"pk": 9, "verb": "move"},
    "decide-wish": {"pk": 9, "verb": "agree"}, "fetch-wish": {"pk": 9}, "wish": {"pk": 9},
    "uncount-looking": {"pk": 9}, "remove-name-rule": {"pk": 9}, "join-names": {"pk": 9},
    "remove-binding": {"pk": 9}, "barrier": {"pk": 9}, "decline-barrier": {"pk": 9},
    "approve-barrier": {"pk": 9}, "remove-barrier": {"pk": 9}, "revoke": {"pk": 9},
    "suggestion": {"pk": 9}, "accept-suggestion": {"pk": 9}, "reopen-suggestion": {"pk": 9},
    "decide-suggestions": {"verb": "accept"},
}  # fmt: skip
WRITES = {
    "bring-refusals",
    "webhook-secret", "tell-again", "trials",
    "act-pipeline", "retire-pipeline", "pipeline-keys", "revoke-pipeline-key",
    "mails", "count-looking", "uncount-looking", "add-name-rule", "remove-name-rule", "join-names",
    "update", "bring", "invite", "change-person", "dismiss", "reopen", "propose", "start", "undo", "settle", "act",
    "refresh", "accept", "try-source", "add-rule",
    "change-rule", "add-binding", "remove-binding", "propose-barrier", "approve-barrier",
    "decline-barrier", "remove-barrier", "revoke", "decide-wish", "fetch-wish",
    "decide-suggestions", "accept-suggestion", "reopen-suggestion",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


def ask(client, name):
    path = reverse(f"staff:{name}", kwargs=PARTS.get(name, {}))
    return client.post(path) if name in WRITES else client.get(path)


def answers(client, names=EVERYTHING):
    """What comes of asking each of these: the status, and where one is led to."""
    found = {name: ask(client, name) for name in names}
    return {name: (answer.status_code, answer.get("Location", "")) for name, answer in found.items()}


def test_every_address_has_a_row():
    assert {pattern.name for pattern in urlpatterns} == set(EVERYTHING)


def test_each_page_asks_for_the_permission_of_its_row():
    assert {one.name: one.callback.permission for one in urlpatterns} == {name: said for said, name in ROUTES}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_refused_exactly_where_the_table_says(client, person, role):
    client.force_login(person("Sam", role))
    found = answers(client)
    refused = {name for name, (status, _) in found.items() if status == 403}
    assert refused == {name for permission, name in ROUTES if role not in PERMISSIONS[permission]}
    assert not any(place.startswith("/accounts/login/") for _, place in found.values())


@pytest.mark.django_db
def test_a_stranger_is_asked_to_sign_in_everywhere(client):
    found = answers(client)
    assert {name for name, (_, place) in found.items() if place.startswith("/accounts/login/")} == set(EVERYTHING)


def test_a_member_finds_nothing_anywhere(client, mia):
    client.force_login(mia)
    assert answers(client) == dict.fromkeys(EVERYTHING, (404, ""))


def test_looking_never_writes(client, otto):
    client.force_login(otto)
    looked = {name: client.get(reverse(f"staff:{name}", kwargs=PARTS.get(name, {}))) for name in WRITES}
    assert {name: answer.status_code for name, answer in looked.items()} == dict.fromkeys(WRITES, 405)


@pytest.mark.parametrize("role", ROLES)
def test_a_thing_that_is_not_there_is_not_found(client, person, role):
    client.force_login(person("Sam", role))
    named = set(PARTS) - {"act", "trials", "decide-suggestions"}
    may = {name for permission, name in ROUTES if name in named and role in PERMISSIONS[permission]}
    assert answers(client, may) == dict.fromkeys(may, (404, ""))


def test_staff_without_a_second_factor_are_sent_to_set_one_up(client, otto, settings):
    settings.STAFF_SECOND_FACTOR = True
    client.force_login(otto)
    assert client.get("/staff/")["Location"] == "/accounts/2fa/"


def test_a_page_of_staff_is_never_kept(client, otto):
    client.force_login(otto)
    assert "no-store" in client.get("/staff/")["Cache-Control"]


def test_whoever_presses_after_their_session_went_comes_back_to_the_page_with_the_button(client):
    stood_on = {"Referer": "http://testserver/staff/sources/lake/"}
    answer = client.post("/staff/sources/lake/refresh/", headers=stood_on)
    assert answer["Location"] == "/accounts/login/?next=/staff/sources/lake/"
