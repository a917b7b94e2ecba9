"""Nobody publishes alone, and nothing is published that nobody looked at."""

from dataclasses import dataclass

import msgspec
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from tests.register.builders import use
from transparency.accounts.models import HistoryEntry, User
from transparency.register import queries as said
from transparency.register.actions import Invalid
from transparency.review import actions, policies, queries
from transparency.review.actions import Conflict
from transparency.review.models import Decision, Proposal
from transparency.review.workflow import TRANSITIONS, diagram

State = Proposal.State
SHORTER = msgspec.to_builtins(use(retention="6 months"))


def edit(by, proposal, content=SHORTER, version=None):
    return actions.put_record(
        by=by, proposal=proposal, version=version or proposal.version, kind="use", content=content
    )


def approve(by, proposal):
    return actions.approve(by=by, proposal=proposal, content_digest=queries.content_digest(proposal))


@pytest.fixture
def submitted(draft, otto):
    edit(otto, draft)
    actions.submit(by=otto, proposal=draft)
    return draft


@pytest.fixture
def approved(submitted, ines):
    approve(ines, submitted)
    return submitted


def test_what_two_people_agreed_on_is_published(approved, ines):
    edition = actions.publish(by=ines, proposal=approved)
    assert (edition.number, edition.authors, edition.approver) == (2, ["Otto"], "Ines")
    assert said.document(edition).register.uses[0].retention == "6 months"


def test_what_would_change_is_told_in_a_sentence(submitted):
    (change,) = queries.changes_of(submitted)
    assert "was “13 months” and is now “6 months”" in change.sentence


def test_both_sides_show_only_what_differs(submitted):
    (side,) = queries.sides(submitted)
    told = [("how long it is kept", "13 months", "6 months")]
    assert [(line.field, line.before, line.after) for line in side.lines] == told


def test_an_author_with_a_second_role_still_cannot_approve(submitted, otto):
    User.objects.filter(pk=otto.pk).update(role="reviewer")
    otto.refresh_from_db()
    with pytest.raises(policies.Refused, match="somebody else"):
        approve(otto, submitted)


def test_even_an_undone_edit_makes_an_author(draft, otto, olga):
    actions.undo_edit(by=olga, proposal=draft, version=2, edit=edit(otto, draft))
    edit(otto, draft)
    actions.submit(by=otto, proposal=draft)
    User.objects.filter(pk=olga.pk).update(role="reviewer")
    olga.refresh_from_db()
    with pytest.raises(policies.Refused):
        approve(olga, draft)


def test_an_editor_cannot_approve(submitted, olga):
    with pytest.raises(PermissionDenied, match="It is for: Reviewer"):
        approve(olga, submitted)


def test_an_edit_after_the_approval_kills_it(approved, otto, ines):
    edit(otto, approved, msgspec.to_builtins(use(retention="13 years")))
    assert approved.state == State.DRAFT
    with pytest.raises(policies.Refused):
        actions.publish(by=ines, proposal=approved)


def test_content_changed_behind_the_workflow_is_not_published(approved, ines):
    approved.edits.update(after=msgspec.to_builtins(use(retention="13 years")))
    with pytest.raises(policies.Refused, match="exactly this content"):
        actions.publish(by=ines, proposal=approved)


def test_an_approval_is_of_what_the_reviewer_saw(submitted, ines):
    seen = queries.content_digest(submitted)
    submitted.edits.update(after=msgspec.to_builtins(use(retention="13 years")))
    with pytest.raises(Conflict):
        actions.approve(by=ines, proposal=submitted, content_digest=seen)


def test_an_approver_who_lost_the_role_has_approved_nothing(approved, ines, person):
    User.objects.filter(pk=ines.pk).update(role="auditor")
    with pytest.raises(PermissionDenied):
        actions.publish(by=person("Ivo", "reviewer"), proposal=approved)


def test_the_database_refuses_a_decision_on_ones_own(submitted, otto):
    words = {"verdict": "approved", "content_digest": "0" * 64, "reviewer": otto, "submitter": otto}
    with pytest.raises(IntegrityError, match="Nobody approves what they wrote a part of"), transaction.atomic():
        Decision.objects.create(proposal=submitted, **words)


def test_without_the_workflow_the_register_still_sees_that_author_and_approver_are_one(approved, ines):
    approved.authors.create(user=ines)
    with pytest.raises(PermissionDenied):
        actions.publish(by=ines, proposal=approved)


def test_two_editors_get_told_and_nothing_is_lost(draft, otto, olga):
    edit(otto, draft, version=1)
    with pytest.raises(Conflict) as conflict:
        edit(olga, draft, msgspec.to_builtins(use(retention="1 day")), version=1)
    assert conflict.value.stored["retention"] == "6 months"
    assert draft.edits.get().after["retention"] == "6 months"


def test_what_was_written_against_an_older_edition_is_not_published(approved, ines, otto):
    other = actions.start_proposal(by=otto, title="Another")
    edit(otto, other, msgspec.to_builtins(use(stage="inference")))
    actions.submit(by=otto, proposal=other)
    approve(ines, other)
    actions.publish(by=ines, proposal=other)
    with pytest.raises(Exception, match="but edition 2 is the newest"):
        actions.publish(by=ines, proposal=approved)
    approved.refresh_from_db()
    assert approved.state == State.APPROVED


def test_an_incomplete_draft_is_kept_and_cannot_be_submitted(draft, otto):
    edit(otto, draft, SHORTER | {"retention": ""})
    with pytest.raises(Invalid, match="how long it is kept"):
        actions.submit(by=otto, proposal=draft)
    assert draft.edits.count() == 1


def test_an_empty_proposal_cannot_be_submitted(draft, otto):
    with pytest.raises(Invalid, match="nothing in this proposal"):
        actions.submit(by=otto, proposal=draft)


@pytest.mark.parametrize(
    ("field", "value"), [("stage", "dreaming"), ("category", "Up Case"), ("retention", 13), ("retention", "x" * 201)]
)
def test_an_ill_formed_record_is_refused_by_its_field(draft, otto, field, value):
    with pytest.raises(Invalid) as invalid:
        edit(otto, draft, SHORTER | {field: value})
    assert invalid.value.faults[0].field == field


def test_an_unknown_field_is_refused(draft, otto):
    with pytest.raises(Invalid, match="unknown field"):
        edit(otto, draft, SHORTER | {"__proto__": 1})


def test_a_removal_takes_the_use_out(draft, otto, ines):
    edit(otto, draft, msgspec.to_builtins(use(stage="inference")))
    name = "communications.messages/job-ranking/training"
    actions.remove_record(by=otto, proposal=draft, version=draft.version, kind="use", subject=name)
    assert [one.stage for one in queries.draft_register(draft).uses] == ["inference"]


def test_a_reviewer_returns_it_with_a_reason(submitted, ines):
    actions.return_to_author(by=ines, proposal=submitted, reason="Six months is too long.")
    assert submitted.state == State.RETURNED


def test_returning_without_a_reason_is_refused(submitted, ines):
    with pytest.raises(Invalid, match="what should change"):
        actions.return_to_author(by=ines, proposal=submitted, reason=" ")


def test_who_did_what_stands_in_the_history(approved):
    verbs = HistoryEntry.objects.filter(subject_kind="proposal").values_list("verb", "actor_name")
    assert list(verbs)[:3] == [("proposal.approve", "Ines"), ("proposal.submit", "Otto"), ("proposal.edit", "Otto")]


def test_the_reviewer_is_told_what_waits(submitted, ines, otto):
    assert list(queries.waiting_for(ines)) == [submitted]
    assert list(queries.waiting_for(otto)) == []


VERBS = sorted({verb for _, verb in TRANSITIONS})


@dataclass(frozen=True)
class Asked:
    state: str
    verb: str
    role: str


EVERYTHING = [
    Asked(state, verb, role) for state in State.values for verb in VERBS for role in ("editor", "reviewer", "auditor")
]


@pytest.mark.parametrize("asked", EVERYTHING, ids=str)
def test_a_step_is_allowed_exactly_by_the_table(asked, draft, person):
    Proposal.objects.update(state=asked.state)
    draft.refresh_from_db()
    somebody = person("Sam", asked.role)
    allowed = {"proposal.edit": "editor", "proposal.decide": "reviewer"}
    step = TRANSITIONS.get((asked.state, asked.verb))
    assert policies.may(somebody, draft, asked.verb) == bool(step and allowed[step.permission] == asked.role)


def test_every_state_is_left_or_final():
    left = {state for state, _ in TRANSITIONS}
    assert set(State.values) - left == {"published", "withdrawn"}


def test_the_diagram_is_printed_from_the_table():
    assert "approved --> published: publish" in diagram()
