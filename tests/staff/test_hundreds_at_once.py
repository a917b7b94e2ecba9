"""Two people change the same thing at the same moment, over and over: whatever was accepted is there (P-24).

In each round both read what stands, wait for each other, and send one step from it with the mark of what they read. One
of them is accepted; a step that was, and can't be found in the end, was written over.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from msgspec import structs, to_builtins

from tests.conftest import Browser
from tests.register.builders import use
from transparency.accounts.models import HistoryEntry
from transparency.catalog.actions.sources import stamp_of as stamp_of_source
from transparency.catalog.models import Source
from transparency.enforcement.actions.pipelines import stamp_of as stamp_of_pipeline
from transparency.enforcement.models import Pipeline
from transparency.review import actions as review
from transparency.review.models import Proposal

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
EDITS, FORMS = 100, 12
ACCEPTED, OVERTAKEN = 302, 409
SOURCE = {
    "slug": "warehouse", "name": "Data warehouse", "connector": "dbt", "location": "target", "token": "",
    "namespace": "", "every_minutes": "60", "whole_every_hours": "24", "horizon_days": "30", "enabled": "on",
}  # fmt: skip
PIPELINE = {
    "slug": "pip", "name": "Pip, nightly training", "contact": "#jobs-ml", "webhook_url": "",
    "assignments": ["job-ranking@training"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def anna(person):
    """Anna, another administrator."""
    return person("Anna", "administrator")


@pytest.fixture
def draft(published, otto, olga):
    return review.start_proposal(by=otto, title="Risks")


@pytest.fixture
def source(published):
    told = {"connector": "dbt", "location": "target", "stale_after_hours": 1000}
    return Source.objects.create(slug="warehouse", name="Data warehouse", **told)


def accepted(people, rounds, reads, writes):
    """The marks of all steps that ``writes`` said were accepted, in ``rounds`` rounds of one step each."""
    together = Barrier(len(people), timeout=60)

    def of(person):
        found = []
        try:
            for mark in (f"{person.name}{number}" for number in range(rounds)):
                seen = reads()
                together.wait()
                found += [mark] if writes(person, mark, seen) else []
                together.wait()
        finally:
            connection.close()
        return found

    with ThreadPoolExecutor(len(people)) as threads:
        return [mark for found in threads.map(of, people) for mark in found]


def posts(path, usual):
    """Sends the form as that person; whether it was accepted."""
    browsers = {}

    def sends(person, mark, seen):
        if person not in browsers:
            browsers[person] = Browser()
            browsers[person].force_login(person)
        status = browsers[person].post(path, usual | seen).status_code
        assert status in (ACCEPTED, OVERTAKEN)
        return status == ACCEPTED

    return sends


def test_every_accepted_change_of_a_record_is_in_the_proposal(draft, otto, olga):
    def reads():
        version = Proposal.objects.get().version
        return version, " ".join(draft.edits.values_list("after__risks", flat=True))

    def writes(person, mark, seen):
        version, said = seen
        content = to_builtins(structs.replace(use(), risks=f"{said} {mark}"))
        mine = Proposal.objects.get()
        try:
            review.put_record(by=person, proposal=mine, version=version, kind="use", content=content)
        except review.Conflict:
            return False
        return True

    marks = accepted([otto, olga], EDITS, reads, writes)
    assert Proposal.objects.get().version == 1 + len(marks)
    assert sorted(draft.edits.get().after["risks"].split()) == sorted(marks)
    assert HistoryEntry.objects.filter(verb="proposal.edit").count() == len(marks) == EDITS


def test_every_accepted_change_of_a_source_counts(source, amir, anna):
    def reads():
        stands = Source.objects.get()
        return {"seen": stamp_of_source(stands), "stale_after_hours": stands.stale_after_hours - 1}

    marks = accepted([amir, anna], FORMS, reads, posts("/staff/sources/warehouse/change/", SOURCE))
    assert Source.objects.get().stale_after_hours == 1000 - len(marks)
    assert HistoryEntry.objects.filter(verb="source.change").count() == len(marks) == FORMS


def test_every_accepted_change_of_a_pipeline_counts(pip, amir, anna):
    def reads():
        stands = Pipeline.objects.get()
        return {"seen": stamp_of_pipeline(stands), "max_age": stands.max_age - 1}

    marks = accepted([amir, anna], FORMS, reads, posts("/staff/pipelines/pip/change/", PIPELINE))
    assert Pipeline.objects.get().max_age == 3600 - len(marks)
    assert HistoryEntry.objects.filter(verb="pipeline.change").count() == len(marks) == FORMS
