"""Every state, every step, everybody: who can take it is written down here, and tried by taking it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from tests.review.test_proposals import approve, approved, submitted  # noqa: F401 - fixtures
from transparency.accounts.models import User
from transparency.review import actions
from transparency.review.models import Proposal
from transparency.review.workflow import TRANSITIONS

EDITORS = {"Otto, its author", "Olga, another editor"}
REVIEWERS = {"Ines, a reviewer", "Ivo, another reviewer"}
# Whoever is not named can't; a step that is not named can't be taken in that state by anybody.
WHO = {
    ("draft", "edit"): EDITORS,
    ("draft", "submit"): EDITORS,
    ("draft", "withdraw"): EDITORS,
    ("returned", "edit"): EDITORS,
    ("returned", "submit"): EDITORS,
    ("returned", "withdraw"): EDITORS,
    ("submitted", "edit"): EDITORS,
    ("submitted", "withdraw"): EDITORS,
    ("submitted", "approve"): REVIEWERS,
    # Whoever is new may say no: only the yes takes somebody who has been here for a day.
    ("submitted", "return"): REVIEWERS | {"Nora, a reviewer since today"},
    ("approved", "edit"): EDITORS,
    ("approved", "withdraw"): EDITORS,
    ("approved", "approve"): REVIEWERS,
    ("approved", "return"): REVIEWERS | {"Nora, a reviewer since today"},
    ("approved", "publish"): REVIEWERS,
}
STEPS = {
    "edit": lambda by, one: actions.remove_record(
        by=by, proposal=one, version=one.version, kind="category", subject="communications.messages"
    ),
    "submit": lambda by, one: actions.submit(by=by, proposal=one),
    "withdraw": lambda by, one: actions.withdraw(by=by, proposal=one),
    "approve": approve,
    "return": lambda by, one: actions.return_to_author(by=by, proposal=one, reason="Not yet."),
    "publish": lambda by, one: actions.publish(by=by, proposal=one),
}


@pytest.fixture
def everybody(person, otto, olga, ines, ada, amir, mia):
    """Everybody there is, by what they are to the proposal."""
    uta = person("Uta", "reviewer")
    return {
        "Otto, its author": otto,
        "Olga, another editor": olga,
        "Uta, an author who is a reviewer now": uta,
        "Ines, a reviewer": ines,
        "Ivo, another reviewer": person("Ivo", "reviewer"),
        "Nora, a reviewer since today": person("Nora", "reviewer", role_since=timezone.now() - timedelta(hours=1)),
        "Rolf, a reviewer who was switched off": person("Rolf", "reviewer", is_active=False),
        "Ada, the auditor": ada,
        "Amir, the administrator": amir,
        "Mia, a member": mia,
    }


@pytest.fixture
def proposal(approved, everybody):  # noqa: F811 - a fixture
    """Otto's and Uta's, submitted and approved by Ines."""
    approved.authors.create(user=everybody["Uta, an author who is a reviewer now"])
    return approved


def in_state(proposal, state):
    Proposal.objects.filter(pk=proposal.pk).update(state=state)
    proposal.refresh_from_db()


def can(somebody, proposal, step):
    """Takes the step, sees what comes of it, and takes it back."""
    try:
        with transaction.atomic():
            STEPS[step](User.objects.get(pk=somebody.pk), Proposal.objects.get(pk=proposal.pk))
            transaction.set_rollback(True)
    except PermissionDenied:
        return False
    return True


def test_every_state_and_every_step_is_tried():
    assert {state for state, _ in TRANSITIONS} <= set(Proposal.State.values)
    assert {step for _, step in TRANSITIONS} == STEPS.keys()
    assert WHO.keys() == TRANSITIONS.keys()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", Proposal.State.values)
def test_exactly_those_can(proposal, everybody, state, step):
    in_state(proposal, state)
    assert {name for name, who in everybody.items() if can(who, proposal, step)} == WHO.get((state, step), set())
