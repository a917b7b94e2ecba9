"""Letters to whom a step of a proposal concerns."""

import msgspec
import pytest
from kombu.exceptions import OperationalError

from tests.register.builders import Press, register, use
from transparency.config.celery import app
from transparency.review import actions, notices, queries


@pytest.fixture
def proposal(otto, ines):
    """Otto's, handed in."""
    Press(ines)(register())
    one = actions.start_proposal(by=otto, title="Shorter\nretention", why="The team needs less.")
    content = msgspec.to_builtins(use(retention="6 months"))
    actions.put_record(by=otto, proposal=one, version=1, kind="use", content=content)
    actions.submit(by=otto, proposal=one)
    return one


def written_to(mailoutbox):
    return [letter.to for letter in mailoutbox]


def test_whoever_may_review_is_told_that_something_waits(proposal, otto, ines, ada, mailoutbox):
    notices.send(proposal=proposal, verb="submit", by=otto.pk)
    assert written_to(mailoutbox) == [[ines.email]]
    assert "The team needs less." in mailoutbox[0].body
    assert f"/staff/proposals/{proposal.pk}/" in mailoutbox[0].body


def test_a_title_of_two_lines_is_one_line_of_a_letter(proposal, otto, mailoutbox):
    notices.send(proposal=proposal, verb="submit", by=otto.pk)
    assert mailoutbox[0].subject == "“Shorter retention” waits for your review"


def test_the_author_is_told_what_should_change(proposal, otto, ines, mailoutbox):
    actions.return_to_author(by=ines, proposal=proposal, reason="Say since when & why.")
    notices.send(proposal=proposal, verb="return", by=ines.pk)
    assert written_to(mailoutbox) == [[otto.email]]
    assert "Say since when & why." in mailoutbox[0].body


def test_nobody_is_told_of_what_they_did_themselves(proposal, otto, mailoutbox):
    notices.send(proposal=proposal, verb="publish", by=otto.pk)
    assert written_to(mailoutbox) == []


def test_whoever_left_gets_no_letters(proposal, otto, ines, mailoutbox):
    ines.is_active = False
    ines.save()
    notices.send(proposal=proposal, verb="submit", by=otto.pk)
    assert written_to(mailoutbox) == []


def test_the_bell_rings_once_the_step_is_committed(proposal, ines, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(app, "send_task", lambda *name, **how: rung.append((*name, how["args"])))
    with django_capture_on_commit_callbacks(execute=True):
        actions.approve(by=ines, proposal=proposal, content_digest=queries.content_digest(proposal))
        assert rung == []
    assert rung == [(notices.TASK, (proposal.pk, "approve", ines.pk))]


def test_the_bell_is_one_that_a_worker_hears():
    app.loader.import_default_modules()
    assert notices.TASK in app.tasks


def test_a_broker_that_is_down_fails_no_step(proposal, ines, monkeypatch, django_capture_on_commit_callbacks):
    def down(*name, **how):
        raise OperationalError

    monkeypatch.setattr(app, "send_task", down)
    with django_capture_on_commit_callbacks(execute=True):
        actions.approve(by=ines, proposal=proposal, content_digest=queries.content_digest(proposal))
    assert proposal.state == "approved"
