"""Exactly what was approved is published: however it is written to, and however close somebody else comes."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from tests.register.builders import PRIVACY, use
from tests.review.test_proposals import SHORTER, approve, approved, submitted  # noqa: F401 - fixtures
from transparency.accounts.actions import issue_token
from transparency.register import queries as said
from transparency.register.exports.uses import write_uses
from transparency.review import actions, queries
from transparency.review.actions import Conflict, proposals
from transparency.review.models import Decision, Edit, Proposal

MOMENT = 0.5  # seconds that somebody gets who would not be kept waiting
LONGER = SHORTER | {"retention": "13 years"}


def put(by, one):
    return actions.put_record(by=by, proposal=one, version=one.version, kind="use", content=LONGER)


def remove(by, one):
    name = "communications.messages"
    actions.remove_record(by=by, proposal=one, version=one.version, kind="category", subject=name)


def undo(by, one):
    actions.undo_edit(by=by, proposal=one, version=one.version, edit=one.edits.get())


def terms(by, one):
    words = {"notice": "", "sooner": "It can't wait.", "effective_at": None}
    actions.change_terms(by=by, proposal=one, version=one.version, **words)


def rebase(by, one):
    actions.bring_up_to_date(by=by, proposal=one, version=one.version)


def table(by, one):
    brought = actions.Brought(write_uses([use(retention="13 years")]).encode())
    actions.import_file(by=by, proposal=one, version=one.version, brought=brought)


def document(by, one):
    brought = actions.BroughtPolicy("privacy-policy", "Privacy policy", "privacy", "1", PRIVACY)
    actions.bring_policy(by=by, proposal=one, version=one.version, brought=brought)


@pytest.mark.parametrize("write", [put, remove, undo, terms, rebase, table, document])
def test_whatever_is_written_leaves_the_approval_behind(approved, otto, ines, write):  # noqa: F811 - a fixture
    write(otto, approved)
    assert approved.state == "draft"
    with pytest.raises(PermissionDenied):
        actions.publish(by=ines, proposal=approved)
    assert said.editions().count() == 1


@pytest.mark.parametrize("write", [put, remove, undo, terms, table, document])
def test_the_approval_alone_would_refuse_it_too(approved, otto, ines, write):  # noqa: F811 - a fixture
    write(otto, approved)
    Proposal.objects.update(state="approved")  # as if the workflow had forgotten to
    with pytest.raises(PermissionDenied, match="exactly this content"):
        actions.publish(by=ines, proposal=approved)


def test_a_click_that_is_sent_again_approves_nothing_new(approved, otto, ines):  # noqa: F811 - a fixture
    seen = approved.decisions.get().content_digest
    put(otto, approved)
    actions.submit(by=otto, proposal=approved)
    with pytest.raises(Conflict):
        actions.approve(by=ines, proposal=approved, content_digest=seen)


def test_no_key_of_a_machine_approves(client, submitted, amir):  # noqa: F811 - a fixture
    _, secret = issue_token(by=amir, name="Settings page", scopes=["choices"])
    digest = {"digest": queries.content_digest(submitted), "evidence": queries.evidence_digest(submitted)}
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.post(f"/staff/proposals/{submitted.pk}/approve/", digest, headers=headers)
    assert answer["Location"].startswith("/accounts/login/")
    assert Decision.objects.count() == 0


def done(act):
    try:
        return act()
    except (PermissionDenied, Conflict) as refused:
        return refused
    finally:
        connection.close()


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets somebody act in a thread of their own, the first time that ``name`` is asked for in the actions."""
    threads, began = ThreadPoolExecutor(1), []

    def when(name, act):
        known = getattr(queries, name)

        def asked(proposal, *at):
            answer = known(proposal, *at)
            if not began:
                began.append(threads.submit(done, act))
                wait(began, timeout=MOMENT)
            return answer

        monkeypatch.setattr(proposals.queries, name, asked)
        return began

    yield when
    threads.shutdown()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Otto writes at the very moment at which Ines decides."""

    def test_what_is_written_while_it_is_published_is_not_published(self, approved, otto, ines, meanwhile):  # noqa: F811 - a fixture
        began = meanwhile("content_digest", lambda: put(otto, Proposal.objects.get()))
        edition = actions.publish(by=ines, proposal=approved)
        assert said.document(edition).register.uses[0].retention == "6 months"
        assert isinstance(began[0].result(), PermissionDenied)

    def test_what_is_written_while_it_is_approved_is_not_approved(self, submitted, otto, ines, meanwhile):  # noqa: F811 - a fixture
        seen = queries.content_digest(submitted)
        began = meanwhile("content_digest", lambda: put(otto, Proposal.objects.get()))
        actions.approve(by=ines, proposal=submitted, content_digest=seen)
        assert isinstance(began[0].result(), Edit)
        assert (Decision.objects.get().content_digest, Proposal.objects.get().state) == (seen, "draft")

    def test_two_who_publish_at_once_make_one_edition(self, approved, ines, person):  # noqa: F811 - a fixture
        ivo = person("Ivo", "reviewer")
        with ThreadPoolExecutor(2) as threads:
            asked = [
                threads.submit(done, lambda by=by: actions.publish(by=by, proposal=Proposal.objects.get()))
                for by in (ines, ivo)
            ]
        assert sum(isinstance(one.result(), PermissionDenied) for one in asked) == 1
        assert said.editions().count() == 2
