"""What people decide while the catalog is compared, or at once with somebody else, is neither lost nor doubled."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.db import connection

from tests.review.test_findings import LATER, observe
from transparency.review import actions, policies
from transparency.review.actions import findings
from transparency.review.models import Finding, Proposal

pytestmark = pytest.mark.django_db(transaction=True)
State = Finding.State
MOMENT = 0.5  # seconds that somebody gets who would not be kept waiting


@pytest.fixture
def found(published):
    """A use that is seen and not said, as a finding."""
    observe("inference")
    actions.compare(at=LATER)
    return Finding.objects.get()


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets somebody act, in a thread of their own, after a comparison has looked and before it writes."""
    began = []
    known = findings._new

    def compare(act):
        with ThreadPoolExecutor(1) as threads:

            def new(*row):
                began.append(threads.submit(done, act))
                wait(began, timeout=MOMENT)
                return known(*row)

            monkeypatch.setattr(findings, "_new", new)
            observe("evaluation")
            actions.compare(at=LATER)
            return began[0].result()

    return compare


def done(act):
    try:
        return act()
    finally:
        connection.close()


def test_a_dismissal_outlives_a_comparison(found, meanwhile, otto):
    meanwhile(lambda: actions.dismiss(by=otto, findings=[found], reason="A test run."))
    found.refresh_from_db()
    assert (found.state, found.reason) == (State.DISMISSED, "A test run.")


def test_a_proposal_outlives_a_comparison(found, meanwhile, otto):
    proposal = meanwhile(lambda: actions.propose_from(by=otto, finding=found))
    found.refresh_from_db()
    assert (found.state, found.proposal) == (State.IN_PROPOSAL, proposal)


def proposed_by(somebody, found):
    try:
        return actions.propose_from(by=somebody, finding=found)
    except policies.Refused as refused:
        return str(refused)


def test_two_who_propose_at_once_make_one_proposal(found, otto, olga):
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(done, lambda by=by: proposed_by(by, found)) for by in (otto, olga)]
        answers = [one.result() for one in asked]
    assert Proposal.objects.count() == 1
    assert "This finding is “In a proposal” now, so nothing was made of it." in answers
