"""An approval rests on what was seen when it was given: once something else is seen, somebody looks again."""

from datetime import timedelta

import msgspec
import pytest

from tests.register.builders import NOON, use
from tests.review.test_findings import observe
from transparency.catalog.models import Observation
from transparency.register import queries as said
from transparency.review import actions, policies, queries
from transparency.review.models import Decision, Finding

FORTNIGHT = NOON + timedelta(days=15)
WAY = [{"key": "dataset:a/users", "name": "users"}, {"key": "model:b/ranker", "name": "ranker", "last_seen": "1"}]


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def unseen(published, time_machine):
    """What we say of training was not seen for two weeks."""
    time_machine.move_to(FORTNIGHT)
    observe(seen=False)
    actions.compare(at=FORTNIGHT)
    return Finding.objects.get()


@pytest.fixture
def removal(unseen, otto):
    """Otto proposes to say it no more."""
    proposal = actions.propose_from(by=otto, finding=unseen)
    other = msgspec.to_builtins(use(stage="inference"))
    actions.put_record(by=otto, proposal=proposal, version=proposal.version, kind="use", content=other)
    actions.submit(by=otto, proposal=proposal)
    return proposal


def approve(by, proposal):
    digest = queries.content_digest(proposal)
    return actions.approve(by=by, proposal=proposal, content_digest=digest)


def seen_again():
    Observation.objects.update(seen=True, last_seen=FORTNIGHT, ended_because="")
    actions.compare(at=FORTNIGHT)


def test_while_the_same_is_seen_the_approval_counts(removal, ines):
    approve(ines, removal)
    actions.compare(at=FORTNIGHT + timedelta(hours=1))
    assert actions.publish(by=ines, proposal=removal).number == 2


def test_what_is_seen_again_is_not_published_as_gone(removal, ines):
    approve(ines, removal)
    seen_again()
    with pytest.raises(policies.Refused, match="What the catalog shows has changed since Ines approved it"):
        actions.publish(by=ines, proposal=removal)
    assert said.editions().count() == 1


def test_data_that_goes_another_way_is_looked_at_again(removal, ines):
    approve(ines, removal)
    Observation.objects.update(path=WAY)
    actions.compare(at=FORTNIGHT)
    with pytest.raises(policies.Refused, match="has changed since"):
        actions.publish(by=ines, proposal=removal)


def test_that_a_flow_was_seen_once_more_changes_nothing(removal, ines):
    Observation.objects.update(path=WAY)
    actions.compare(at=FORTNIGHT)
    approve(ines, removal)
    Observation.objects.update(path=[WAY[0], WAY[1] | {"last_seen": "2"}])
    actions.compare(at=FORTNIGHT)
    assert actions.publish(by=ines, proposal=removal).number == 2


def test_whoever_looks_again_may_approve_it_anew(removal, ines):
    approve(ines, removal)
    seen_again()
    approve(ines, removal)
    assert actions.publish(by=ines, proposal=removal).number == 2


def test_an_approval_from_before_evidence_was_kept_counts(removal, ines):
    approve(ines, removal)
    Decision.objects.update(evidence_digest="")
    seen_again()
    assert actions.publish(by=ines, proposal=removal).number == 2


def test_the_page_says_what_it_rests_on_and_that_it_changed(client, removal, ines):
    approve(ines, removal)
    seen_again()
    client.force_login(ines)
    page = client.get(f"/staff/proposals/{removal.pk}/").content.decode()
    assert "What it rests on" in page
    assert "<b>No longer so:</b> It is seen again, or no longer declared." in page
    assert "Approve exactly this anew" in page


def test_nobody_approves_on_what_was_seen_before_the_page_was_opened(client, removal, ines):
    client.force_login(ines)
    path = f"/staff/proposals/{removal.pk}/"
    shown = client.get(path).context
    seen_again()
    answer = client.post(f"{path}approve/", {"digest": shown["digest"], "evidence": shown["evidence"]}, follow=True)
    assert "has changed since you opened this page" in answer.content.decode()
    removal.refresh_from_db()
    assert removal.state == "submitted"
