"""A table brought into a proposal, and the member's page before anybody sees it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.register.builders import NOON, Press, register, use
from transparency.register import queries as said
from transparency.register.exports.uses import write_uses
from transparency.review import actions as review
from transparency.review.models import Edit

NAME = "communications.messages/job-ranking/training"


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def draft(ines, otto, client, time_machine):
    """Otto's proposal on top of the first edition; Otto is signed in."""
    Press(ines)(register())
    time_machine.move_to(NOON + timedelta(days=1))
    client.force_login(otto)
    return review.start_proposal(by=otto, title="Shorter retention")


def choose(client, draft, text):
    file = SimpleUploadedFile("uses.csv", text.encode())
    return client.post(f"/staff/proposals/{draft.pk}/table/", {"table": file})


def bring(client, draft, text, version=1):
    return client.post(f"/staff/proposals/{draft.pk}/table/import/", {"version": version, "text": text}, follow=True)


def test_otto_takes_the_uses_away(client, draft):
    answer = client.get("/staff/records/uses.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="uses.csv"'
    assert "communications.messages" in answer.content.decode()


def test_he_sees_first_what_would_change(client, draft):
    page = choose(client, draft, write_uses([use(retention="6 months")])).content.decode()
    assert "Put 1 use into the proposal" in page
    assert not Edit.objects.exists()


def test_then_he_brings_it_in(client, draft):
    bring(client, draft, write_uses([use(retention="6 months")]))
    assert Edit.objects.get().after["retention"] == "6 months"


def test_a_fault_is_shown_by_row_and_column_and_nothing_changes(client, draft):
    answer = choose(client, draft, write_uses([use(retention="6 months"), use(category="no.such")]))
    assert answer.status_code == 400
    assert '<th scope="row">3</th><td>category</td>' in answer.content.decode()


def test_all_or_nothing(client, draft):
    bring(client, draft, write_uses([use(retention="6 months"), use(category="no.such")]))
    assert not Edit.objects.exists()


def test_a_proposal_that_changed_meanwhile_is_not_overwritten(client, draft):
    page = bring(client, draft, write_uses([use(retention="6 months")]), version=7)
    assert "Somebody changed this proposal" in page.content.decode()
    assert not Edit.objects.exists()


def test_a_table_that_says_the_same_changes_nothing(client, draft):
    assert "nothing to import" in choose(client, draft, write_uses([use()])).content.decode()


@pytest.mark.parametrize("text", ["", "\ufeff", "category", "<script>alert(1)</script>"])
def test_what_is_no_table_is_a_form_error(client, draft, text):
    answer = choose(client, draft, text)
    assert answer.status_code == 400
    assert "<script>alert" not in answer.content.decode()


def test_without_a_file_it_says_so(client, draft):
    assert client.post(f"/staff/proposals/{draft.pk}/table/").status_code == 400


def test_the_members_page_is_seen_before_anybody_else_sees_it(client, draft, otto):
    content = {"retention": "6 months, then gone"}
    standing = said.newest_register()[1].uses[0]
    told = {name: getattr(standing, name) for name in ("category", "feature", "stage", "purpose")}
    told |= {"purpose_text": "x", "why_needed": "y", "scopes": [{"jurisdictions": ["*"], "legal_basis": "contract"}]}
    review.put_record(by=otto, proposal=draft, version=1, kind="use", content=told | content)
    page = client.get(f"/staff/proposals/{draft.pk}/preview/use/?subject={NAME}").content.decode()
    assert "6 months, then gone" in page
    assert "only staff can see" in page
    assert "Two people checked" not in page
    assert "6 months, then gone" not in client.get(f"/uses/{NAME}/").content.decode()


def test_a_draft_that_is_not_whole_is_not_shown_yet(client, draft, otto):
    review.remove_record(by=otto, proposal=draft, version=1, kind="category", subject="communications.messages")
    answer = client.get(f"/staff/proposals/{draft.pk}/preview/use/?subject={NAME}", follow=True)
    assert "shown yet" in answer.content.decode().replace("can&#x27;t be ", "")
