"""How long an approval counts, and what makes it void: what nobody stands by any more is not published."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.review.test_proposals import approve, approved, submitted  # noqa: F401 - fixtures
from transparency.accounts.models import User
from transparency.register import queries as said
from transparency.review import actions, policies
from transparency.review.models import Decision, Proposal

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def ivo(person):
    """Ivo, another reviewer."""
    return person("Ivo", "reviewer")


@pytest.fixture
def last_moment(approved):  # noqa: F811 - a fixture
    """The moment from which the approval counts no longer."""
    return approved.decisions.get().at + timedelta(days=14)


def page_for(client, user, proposal):
    client.force_login(user)
    return client.get(f"/staff/proposals/{proposal.pk}/").content.decode()


def test_it_counts_for_fourteen_days(approved, ines, last_moment):  # noqa: F811 - a fixture
    assert actions.publish(by=ines, proposal=approved, at=last_moment - SECOND).number == 2


def test_and_not_a_second_longer(approved, ines, last_moment):  # noqa: F811 - a fixture
    with pytest.raises(policies.Refused, match="older than 14 days"):
        actions.publish(by=ines, proposal=approved, at=last_moment)
    assert said.editions().count() == 1


def test_the_page_says_until_when(client, approved, ines):  # noqa: F811 - a fixture
    assert "The approval counts until" in page_for(client, ines, approved)


def test_then_the_page_says_so_and_offers_what_helps(client, approved, ines, last_moment, time_machine):  # noqa: F811 - a fixture
    time_machine.move_to(last_moment)
    page = page_for(client, ines, approved)
    assert "The approval by Ines is older than 14 days" in page
    assert "Approve exactly this anew" in page
    assert ">Publish<" not in page


def test_a_reviewer_approves_it_anew_and_it_is_published(approved, ines, ivo, last_moment, time_machine):  # noqa: F811 - a fixture
    time_machine.move_to(last_moment)
    approve(ivo, approved)
    assert actions.publish(by=ines, proposal=approved).approver == "Ivo"


def test_an_author_cannot_renew_it(approved, otto, last_moment, time_machine):  # noqa: F811 - a fixture
    time_machine.move_to(last_moment)
    User.objects.filter(pk=otto.pk).update(role="reviewer")
    otto.refresh_from_db()
    with pytest.raises(policies.Refused, match="somebody else"):
        approve(otto, approved)


@pytest.mark.parametrize(
    ("lost", "words"),
    [({"role": "editor"}, "is no reviewer any more"), ({"is_active": False}, "has no account here any more")],
)
def test_it_is_void_when_whoever_gave_it_may_give_none_any_more(client, approved, ines, ivo, lost, words):  # noqa: F811 - a fixture
    User.objects.filter(pk=ines.pk).update(**lost)
    with pytest.raises(policies.Refused, match=words):
        actions.publish(by=ivo, proposal=approved)
    assert words in page_for(client, ivo, approved)


def test_it_is_void_when_nobody_who_wrote_it_has_an_account_any_more(client, approved, otto, olga, ines):  # noqa: F811 - a fixture
    User.objects.filter(pk=otto.pk).update(is_active=False)
    with pytest.raises(policies.Refused, match="Nobody who wrote it"):
        actions.publish(by=ines, proposal=approved)
    assert "Nobody who wrote it has an account here any more" in page_for(client, ines, approved)
    actions.return_to_author(by=ines, proposal=approved, reason="Who stands by it?")
    actions.submit(by=olga, proposal=approved)
    approve(ines, approved)
    assert actions.publish(by=ines, proposal=approved).number == 2


def test_a_return_after_the_approval_ends_it(approved, ines, ivo):  # noqa: F811 - a fixture
    actions.return_to_author(by=ivo, proposal=approved, reason="Not yet.")
    Proposal.objects.update(state="approved")
    approved.refresh_from_db()
    with pytest.raises(policies.Refused, match="Nobody has approved"):
        actions.publish(by=ines, proposal=approved)


def test_a_proposal_that_waits_has_no_approval_to_lose(client, submitted, ines):  # noqa: F811 - a fixture
    assert Decision.objects.count() == 0
    assert "be published yet" not in page_for(client, ines, submitted)


@pytest.mark.parametrize("verb", ["approve", "publish"])
def test_whoever_became_a_reviewer_today_decides_from_tomorrow_on(approved, submitted, ivo, verb, time_machine):  # noqa: F811 - fixtures
    proposal = {"approve": submitted, "publish": approved}[verb]
    User.objects.filter(pk=ivo.pk).update(role_since=timezone.now() - timedelta(hours=23))
    ivo.refresh_from_db()
    assert not policies.may(ivo, proposal, verb)
    time_machine.shift(timedelta(hours=1))
    assert policies.may(ivo, proposal, verb)


def test_before_anything_was_published_nobody_waits(otto, ivo):
    User.objects.filter(pk=ivo.pk).update(role_since=timezone.now())
    ivo.refresh_from_db()
    first = Proposal.objects.create(state=Proposal.State.SUBMITTED, title="Our first", base=0, created_by=otto)
    assert policies.may(ivo, first, "approve")


def test_the_database_lets_nobody_approve_what_they_wrote_a_part_of(submitted, olga, otto):  # noqa: F811 - a fixture
    submitted.authors.create(user=olga)
    told = {"content_digest": "0" * 64, "reviewer": olga, "submitter": otto}
    with pytest.raises(IntegrityError, match="wrote a part"), transaction.atomic():
        submitted.decisions.create(verdict="approved", **told)
    submitted.decisions.create(verdict="returned", **told)
