"""What a catalog no longer shows stays on the page, with since when it was not seen; only people take it off (P-18)."""

from datetime import timedelta

import pytest

from tests.catalog.builders import NOON, Shelf, flow, key, snapshot
from tests.register.builders import Press, register, use
from transparency.accounts.models import User
from transparency.catalog import actions as catalog
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.models import Refresh, Source
from transparency.config.chain import follow
from transparency.register.models import Edition
from transparency.review.models import Proposal

USE = "/uses/communications.messages/job-ranking/training/"
SEEN = snapshot(
    flow("chats.text", "features.text"), flow("features", "model ranker"), flow("other", "copies"),
    tags={"chats.text": "chat"},
)  # fmt: skip
WITHOUT = snapshot(flow("chats", "archive"), flow("features", "model ranker"), flow("other", "copies"))


@pytest.fixture
def source(db, client, otto, ines, time_machine):
    """A catalog that showed what the edition says."""
    time_machine.move_to(NOON + timedelta(hours=20), tick=False)
    Press(ines)(register(), at=NOON)
    catalog.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="chat", category="communications.messages")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("model ranker"), feature="job-ranking", stage="training")
    one = Source.objects.create(slug="warehouse", name="Warehouse", connector="dbt")
    refreshed(one, SEEN)
    follow(NOON + timedelta(hours=20))
    assert "Verified by lineage" in client.get(USE).content.decode()
    return one


def refreshed(source, found):
    """Read; what is held is what a person then says is right."""
    asked = catalog.request_refresh(by=None, source=source)
    return catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(found))


def no_longer_there(source, otto):
    ended = refreshed(source, WITHOUT)
    if ended.state == Refresh.State.HELD:
        accepted = catalog.accept_held_refresh(by=otto, agreed_by=User.objects.get(name="Ines"), refresh=ended)
        catalog.refresh(refresh_id=accepted.pk, connector_for=Shelf(WITHOUT))


def cut_short(source, otto):
    refreshed(source, snapshot(flow("other", "copies"), complete=False))


def empty(source, otto):
    refreshed(source, snapshot())


def unreadable(source, otto):
    refreshed(source, SourceUnreadable("Nobody answers.", retryable=False))


def switched_off(source, otto):
    Source.objects.update(enabled=False)


def thrown_away(source, otto):
    source.delete()


def retired(source, otto):
    Source.objects.update(enabled=False, retired_at=NOON + timedelta(hours=21), retired_because="It is switched off.")
    refreshed(source, SEEN)


UNREAD, UNSEEN = "Catalog not read since", "Declared, not seen since"
HAPPENS = {
    no_longer_there: UNREAD, cut_short: UNREAD, empty: UNREAD, unreadable: UNREAD, switched_off: UNSEEN,
    thrown_away: UNSEEN, retired: UNSEEN,
}  # fmt: skip


@pytest.mark.parametrize("days", [0, 40, 400])
@pytest.mark.parametrize("happens", HAPPENS)
def test_the_use_stays_on_the_page(source, client, otto, time_machine, happens, days):
    happens(source, otto)
    later = NOON + timedelta(days=days, hours=21)
    time_machine.move_to(later, tick=False)
    follow(later)
    assert USE in client.get("/").content.decode()
    assert use().retention in client.get(USE).content.decode()
    assert use().why_needed in client.get("/api/v1/uses/").content.decode()
    assert (Edition.objects.count(), Proposal.objects.count()) == (1, 0)


@pytest.mark.parametrize(("happens", "says"), HAPPENS.items())
def test_and_says_how_old_what_was_seen_is(source, client, otto, time_machine, happens, says):
    happens(source, otto)
    later = NOON + timedelta(days=40, hours=21)
    time_machine.move_to(later, tick=False)
    follow(later)
    page = client.get(USE).content.decode()
    assert "Verified by lineage" not in page
    assert f'{says} <span class="since"><time datetime="2026-11-2' in page


def test_another_source_that_nobody_reads_hides_nothing(source, client):
    Source.objects.create(slug="crm", name="CRM", connector="dbt", created_at=NOON - timedelta(days=9))
    follow(NOON + timedelta(hours=20))
    assert "Verified by lineage" in client.get(USE).content.decode()
    assert "Too old since" in client.get("/how/").content.decode()
