"""Another edition is published while a proposal waits: nothing is lost, and everybody is told."""

from datetime import timedelta

import msgspec
import pytest

from tests.register.builders import NOON, Press, feature, register, use
from transparency.review import actions, queries
from transparency.review.actions import Conflict

USE = "communications.messages/job-ranking/training"


@pytest.fixture
def press(ines, time_machine):
    one = Press(ines)
    one(register())
    time_machine.move_to(NOON + timedelta(days=9))
    return one


@pytest.fixture
def proposal(press, otto):
    """Otto wants six months."""
    one = actions.start_proposal(by=otto, title="Shorter retention")
    content = msgspec.to_builtins(use(retention="6 months"))
    actions.put_record(by=otto, proposal=one, version=1, kind="use", content=content)
    return one


def update(proposal, by):
    return actions.bring_up_to_date(by=by, proposal=proposal, version=proposal.version)


def test_it_can_be_published_once_it_is_up_to_date(press, proposal, otto, ines):
    press(register(features=(feature(), feature("feed", name="Feed"))))
    assert update(proposal, otto) == []
    actions.submit(by=otto, proposal=proposal)
    actions.approve(by=ines, proposal=proposal, content_digest=queries.content_digest(proposal))
    assert actions.publish(by=ines, proposal=proposal).number == 3
    assert len(queries.draft_register(proposal).features) == 2


def test_what_was_published_otherwise_is_named_and_what_was_written_stays(press, proposal, otto):
    press(register(use(retention="2 years")))
    assert update(proposal, otto) == [USE]
    (edit,) = proposal.edits.all()
    assert (edit.before["retention"], edit.after["retention"]) == ("2 years", "6 months")


def test_what_the_newest_edition_says_already_goes(press, proposal, otto):
    press(register(use(retention="6 months")))
    update(proposal, otto)
    assert not proposal.edits.exists()


def test_an_approval_of_what_it_was_counts_no_more(press, proposal, otto, ines):
    actions.submit(by=otto, proposal=proposal)
    actions.approve(by=ines, proposal=proposal, content_digest=queries.content_digest(proposal))
    press(register(use(retention="2 years")))
    update(proposal, otto)
    assert proposal.state == "draft"


def test_somebody_elses_change_in_between_is_not_overwritten(press, proposal, otto):
    press(register(use(retention="2 years")))
    with pytest.raises(Conflict):
        actions.bring_up_to_date(by=otto, proposal=proposal, version=proposal.version - 1)


def test_otto_is_told_and_does_it_with_one_click(press, proposal, otto, client, settings):
    settings.STAFF_SECOND_FACTOR = False
    press(register(use(retention="2 years")))
    client.force_login(otto)
    assert "Bring it up to date" in client.get(f"/staff/proposals/{proposal.pk}/").content.decode()
    told = client.post(f"/staff/proposals/{proposal.pk}/update/", {"version": proposal.version}, follow=True)
    assert "look again" in told.content.decode()


def test_what_nobody_touched_of_the_same_record_is_as_the_newest_edition_has_it(press, proposal, otto):
    press(register(use(risks="A few.")))
    assert update(proposal, otto) == [USE]
    (edit,) = proposal.edits.all()
    assert (edit.after["retention"], edit.after["risks"]) == ("6 months", "A few.")
