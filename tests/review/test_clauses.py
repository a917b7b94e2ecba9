"""Findings about policies: somebody looks where what is done and what the documents say come apart."""

from datetime import timedelta

import msgspec
import pytest

from tests.register.builders import NOON, PRIVACY, Press, policy, register, use
from transparency.review import actions, queries
from transparency.review.actions import BroughtPolicy
from transparency.review.models import Finding, Proposal

CITING = use(clauses=("Privacy policy 3.2",))
CHANGED = PRIVACY.replace("Models learn", "Models may learn")
LATER = NOON + timedelta(days=3)


def found():
    actions.compare(at=LATER)
    open_ones = Finding.objects.filter(state="open")
    return sorted((one.kind, one.subject) for one in open_ones if one.kind != "not_observed")


@pytest.fixture
def press(ines):
    return Press(ines)


def test_a_use_that_no_clause_covers(press):
    press(register(policies=(policy(),)))
    assert found() == [("uncovered_use", "communications.messages/job-ranking/training")]


def test_a_purpose_that_nobody_has(press):
    press(register(use(purpose="search", clauses=CITING.clauses), policies=(policy(),)))
    assert found() == [("idle_purpose", "privacy-policy/3.2 personalised_recommendations")]


def test_a_clause_that_changed_under_a_use(press):
    press(register(CITING, policies=(policy(),)))
    press(register(CITING, policies=(policy(CHANGED),)))
    assert found() == [("clause_changed", "privacy-policy/3.2")]
    assert Finding.objects.get(kind="clause_changed").sentence == (
        "Privacy policy 3.2 changed under 1 use that nobody has written anew since."
    )


def test_it_closes_when_the_use_is_written_anew(press):
    press(register(CITING, policies=(policy(),)))
    press(register(CITING, policies=(policy(CHANGED),)))
    found()
    press(register(use(clauses=CITING.clauses, risks="None."), policies=(policy(CHANGED),)))
    assert found() == []


def test_set_aside_it_comes_back_when_the_clause_changes_again(press, ines):
    press(register(CITING, policies=(policy(),)))
    press(register(CITING, policies=(policy(CHANGED),)))
    found()
    actions.dismiss(by=ines, findings=[Finding.objects.get(kind="clause_changed")], reason="It still covers them.")
    assert found() == []
    press(register(CITING, policies=(policy(CHANGED.replace("may learn", "will learn")),)), at=LATER)
    assert found() == [("clause_changed", "privacy-policy/3.2")]


def test_where_all_agree_there_is_nothing_to_do(press):
    press(register(CITING, policies=(policy(),)))
    assert found() == []


def test_where_no_document_is_kept_there_is_nothing_to_say(press):
    press(register())
    assert found() == []


def brought(source=PRIVACY, **said):
    return BroughtPolicy(
        **{"slug": "privacy-policy", "title": "Privacy policy", "kind": "privacy", "version": ""} | said, source=source
    )


def test_a_document_is_brought_and_published_by_two(draft, otto, ines):
    actions.bring_policy(by=otto, proposal=draft, version=draft.version, brought=brought())
    actions.submit(by=otto, proposal=draft)
    actions.approve(by=ines, proposal=draft, content_digest=queries.content_digest(draft))
    actions.publish(by=ines, proposal=draft)
    assert [one.number for one in queries.draft_register(draft).policies[0].clauses] == ["3", "3.1", "3.2"]
    assert Proposal.objects.get().edition == 2


@pytest.mark.parametrize("source", ["", "No numbers.", "## 2 B\n\n## 1 A", "## 1 A\n\nPurposes: world peace"])
def test_a_document_with_faults_changes_nothing(draft, otto, source):
    with pytest.raises(actions.proposals.Invalid):
        actions.bring_policy(by=otto, proposal=draft, version=draft.version, brought=brought(source))
    assert not draft.edits.exists()


def test_both_sides_show_the_clauses_that_differ(press, otto):
    press(register(CITING, policies=(policy(),)))
    draft = actions.start_proposal(by=otto, title="Plainer words")
    actions.bring_policy(by=otto, proposal=draft, version=draft.version, brought=brought(CHANGED))
    (side,) = queries.sides(draft)
    assert [line.field for line in side.lines] == ["clause 3.2"]


def test_the_reviewer_sees_which_uses_rest_on_a_clause_that_changes(press, otto):
    press(register(CITING, policies=(policy(),)))
    draft = actions.start_proposal(by=otto, title="Plainer words")
    actions.bring_policy(by=otto, proposal=draft, version=draft.version, brought=brought(CHANGED))
    ((cover, uses),) = queries.policies_and(draft).moved
    told = "Private messages in Job recommendations: Training the model"
    assert (cover.name, uses) == ("privacy-policy/3.2", [told])
    content = msgspec.to_builtins(use(clauses=CITING.clauses, risks="None."))
    actions.put_record(by=otto, proposal=draft, version=draft.version, kind="use", content=content)
    assert queries.policies_and(draft).moved == []


def test_the_reviewer_reads_what_the_proposal_leaves_open_and_not_what_was_open_before(press, otto):
    press(register(use(purpose="search"), policies=(policy(),)))
    draft = actions.start_proposal(by=otto, title="One use more")
    assert queries.policies_and(draft) == queries.Standing([], [], [])
    content = msgspec.to_builtins(use(purpose="search", stage="inference"))
    actions.put_record(by=otto, proposal=draft, version=draft.version, kind="use", content=content)
    told = ["Private messages in Job recommendations: While you are on the site"]
    assert queries.policies_and(draft) == queries.Standing(told, [], [])


def test_a_finding_becomes_a_proposal_for_its_use(press, otto):
    press(register(policies=(policy(),)))
    found()
    proposal = actions.propose_from(by=otto, finding=Finding.objects.get(kind="uncovered_use"))
    assert not proposal.edits.exists()
    assert proposal.findings.get().state == "in_proposal"


def test_submission_says_at_once_that_members_need_time(draft, otto, settings):
    settings.NOTICE_DAYS = 30
    content = msgspec.to_builtins(use(retention="2 years"))
    actions.put_record(by=otto, proposal=draft, version=draft.version, kind="use", content=content)
    with pytest.raises(actions.proposals.Invalid, match="30 days before"):
        actions.submit(by=otto, proposal=draft)
    said = {"notice": "By mail", "sooner": "A court has ordered it.", "effective_at": None}
    actions.change_terms(by=otto, proposal=draft, version=draft.version, **said)
    actions.submit(by=otto, proposal=draft)
    assert draft.state == "submitted"


def test_another_day_leaves_an_approval_behind(draft, otto, ines):
    actions.bring_policy(by=otto, proposal=draft, version=draft.version, brought=brought())
    actions.submit(by=otto, proposal=draft)
    actions.approve(by=ines, proposal=draft, content_digest=queries.content_digest(draft))
    actions.change_terms(by=otto, proposal=draft, version=draft.version, notice="", sooner="x", effective_at=None)
    assert draft.state == "draft"


def test_a_reason_is_part_of_what_is_approved(draft, otto):
    before = queries.content_digest(draft)
    actions.change_terms(by=otto, proposal=draft, version=draft.version, notice="", sooner="x", effective_at=None)
    assert queries.content_digest(draft) != before
