"""Whatever catalogs show, and whenever they are read, what staff wrote and decided stands as they left it (P-16)."""

from datetime import timedelta

import msgspec
import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.catalog.builders import NOON, Shelf, flow, key, snapshot
from tests.register.builders import Press, register, use
from transparency.catalog import actions as catalog
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.models import Source
from transparency.config import grants
from transparency.config.chain import follow
from transparency.register import queries as said
from transparency.register.actions import Invalid
from transparency.review import actions, queries
from transparency.review.models import Finding, Proposal

CATALOGS = ("warehouse", "lake", "airflow")
SHOWS = {
    "what is declared": snapshot(flow("chats", "model ranker"), tags={"chats": "chat"}),
    "what nobody declared": snapshot(flow("chats", "job serve"), tags={"chats": "chat"}),
    "nothing": snapshot(),
    "a part": snapshot(flow("other", "copies"), complete=False),
    "no answer": SourceUnreadable("Nobody answers.", retryable=False),
}
READS = st.tuples(st.sampled_from(CATALOGS), st.sampled_from(sorted(SHOWS)))
ACTS = st.sampled_from(["edit", "submit", "approve", "publish", "dismiss", "propose a barrier"])


class Staff:
    """Otto and Ines, who write, decide and publish; and the last that each act left, to compare with."""

    def __init__(self, otto, ines):
        self.otto, self.ines, self.written = otto, ines, 0
        self.proposal = self._begin()

    def _begin(self):
        return actions.start_proposal(by=self.otto, title="Risks", sooner="It is only worded better.")

    def acts(self, verb):
        """Whether the act was accepted: what waits on something else is refused, and changes nothing."""
        try:
            with transaction.atomic():
                getattr(self, f"_{verb.replace(' ', '_')}")(Proposal.objects.get(pk=self.proposal.pk))
        except (PermissionDenied, Invalid):
            return

    def _edit(self, mine):
        content = msgspec.to_builtins(use(risks=f"Worded for the {self.written + 1}. time."))
        edit = actions.put_record(by=self.otto, proposal=mine, version=mine.version, kind="use", content=content)
        self.written += 1
        assert edit.after["risks"] == f"Worded for the {self.written}. time."

    def _submit(self, mine):
        actions.submit(by=self.otto, proposal=mine)

    def _approve(self, mine):
        actions.approve(by=self.ines, proposal=mine, content_digest=queries.content_digest(mine))

    def _publish(self, mine):
        edition = actions.publish(by=self.ines, proposal=mine)
        assert said.document(edition).register.uses[0].risks == f"Worded for the {self.written}. time."
        self.proposal = self._begin()

    def _dismiss(self, mine):
        actions.dismiss(by=self.otto, findings=list(Finding.objects.all()), reason="A test run.")

    def _propose_a_barrier(self, mine):
        later = timezone.now() + timedelta(days=90)
        catalog.propose_barrier(by=self.otto, key=key("chats"), reason="Totals only.", expires_at=later)


def what_people_said():
    """Every row of what people wrote, decided and set, whole; of findings who decided on them."""
    models = [apps.get_model(label) for label in sorted(grants.SAID)] + [Proposal]
    rows = {model._meta.label: list(model.objects.order_by("pk").values()) for model in models}
    decided = Finding.objects.order_by("pk").values_list("pk", "decided_by", "proposal")
    sources = Source.objects.order_by("pk").values_list("name", "location", "every_minutes", "enabled", "retired_at")
    labelled = rows.pop("contenttypes.ContentType") and rows
    return labelled, {pk: rest for pk, *rest in decided}, list(sources)


def read(slug, shows):
    asked = catalog.request_refresh(by=None, source=Source.objects.get(slug=slug))
    catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(SHOWS[shows]))
    follow(timezone.now())


def same(before, after):
    """Findings may have been added; nothing else differs."""
    return before[::2] == after[::2] and before[1].items() <= after[1].items()


@pytest.fixture
def house(db, otto, ines, time_machine):
    Press(ines)(register(), at=NOON)
    time_machine.move_to(NOON + timedelta(days=1), tick=False)
    catalog.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="chat", category="communications.messages")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("model ranker"), feature="job-ranking", stage="training")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("job serve"), feature="job-ranking", stage="inference")
    for slug in CATALOGS:
        Source.objects.create(slug=slug, name=slug.title(), connector="dbt")
    return otto, ines


def played(steps, staff):
    """The first reading that changed what people said, if there is one."""
    for step in steps:
        if isinstance(step, str):
            staff.acts(step)
            continue
        before = what_people_said()
        read(*step)
        if not same(before, what_people_said()):
            return step
    return None


@settings(
    max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(READS | ACTS, min_size=6, max_size=18))
def test_no_reading_changes_what_staff_wrote_or_decided(house, steps):
    with transaction.atomic():
        assert played(steps, Staff(*house)) is None
        transaction.set_rollback(True)
