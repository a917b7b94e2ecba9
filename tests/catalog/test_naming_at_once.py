"""Two who say of names at one moment what opposes the other: one of them is told."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from transparency.catalog import actions
from transparency.catalog.actions import naming
from transparency.catalog.models import NameRule

pytestmark = pytest.mark.django_db(transaction=True)
MOMENT = 0.5  # seconds that somebody gets who would not be kept waiting


def said_by(somebody, namespace, same_as):
    try:
        return actions.add_name_rule(by=somebody, kind="place", namespace=namespace, same_as=same_as, reason="Moved.")
    except ValidationError as wrong:
        return wrong.messages[0]
    finally:
        connection.close()


def test_of_two_rules_that_lead_in_a_ring_one_is_refused(otto, monkeypatch):
    record, asked = naming.record, []
    with ThreadPoolExecutor(2) as threads:

        def not_yet_committed(**what):
            monkeypatch.setattr(naming, "record", record)
            asked.append(threads.submit(said_by, otto, "s3://new*", "s3://old*"))
            wait(asked, timeout=MOMENT)
            return record(**what)

        monkeypatch.setattr(naming, "record", not_yet_committed)
        threads.submit(said_by, otto, "s3://old*", "s3://new*").result()
        assert "leads in a ring" in asked[0].result()
    assert NameRule.objects.get().namespace == "s3://old*"
