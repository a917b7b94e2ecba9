"""The whole way: the catalog shows a use, somebody declares it, somebody else agrees, members read it."""

from datetime import timedelta

import msgspec

from tests.catalog.builders import NOON, Shelf, flow, key, snapshot
from tests.register.builders import Press, register, use
from transparency.catalog import actions as catalog
from transparency.catalog.models import Source
from transparency.config.chain import follow
from transparency.review import actions, queries
from transparency.review.models import Finding

PAGE = "/uses/communications.messages/job-ranking/inference/"


def test_an_undeclared_use_is_seen_declared_and_verified(client, otto, ines, time_machine):
    Press(ines)(register())
    time_machine.move_to(NOON + timedelta(hours=1))
    warehouse = Source.objects.create(slug="warehouse", name="Warehouse", connector="dbt")
    catalog.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="chat", category="communications.messages")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("job serve"), feature="job-ranking", stage="inference")
    graph = snapshot(flow("chats.text", "features.text"), flow("features", "job serve"), tags={"chats.text": "chat"})
    asked = catalog.request_refresh(by=None, source=warehouse)
    catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(graph))

    follow(NOON + timedelta(hours=1))
    assert "Seen, not yet declared" in client.get(PAGE).content.decode()

    proposal = actions.propose_from(by=otto, finding=Finding.objects.get(kind="undeclared_use"))
    content = msgspec.to_builtins(use(stage="inference"))
    actions.put_record(by=otto, proposal=proposal, version=proposal.version, kind="use", content=content)
    actions.submit(by=otto, proposal=proposal)
    actions.approve(by=ines, proposal=proposal, content_digest=queries.content_digest(proposal))
    actions.publish(by=ines, proposal=proposal)

    follow(NOON + timedelta(hours=2))
    page = client.get(PAGE).content.decode()
    assert "Verified by lineage" in page
    assert "chats, column text" in page
    assert Finding.objects.get(kind="undeclared_use").state == Finding.State.CLOSED
