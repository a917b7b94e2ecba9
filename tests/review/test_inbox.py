"""Finding one finding among many."""

from datetime import timedelta

import pytest

from tests.register.builders import NOON
from transparency.review.models import Finding
from transparency.review.queries import Asked, inbox

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _three_findings(db):
    told = {"evidence": {}}
    Finding.objects.create(
        kind="undeclared_use", subject="a.b/ads/training", urgency=1, sentence="Ads use b", opened_at=NOON, **told
    )
    Finding.objects.create(
        kind="unbound_model", subject="model:x", urgency=3, sentence="Model x", opened_at=NOON - 2 * WEEK, **told
    )
    Finding.objects.create(
        kind="not_observed", subject="a.c/jobs/training", urgency=2, sentence="Jobs", opened_at=NOON - WEEK, **told
    )


def subjects(**asked):
    return [finding.subject for finding in inbox(Asked(**asked), NOON)]


def test_the_most_urgent_comes_first():
    assert subjects() == ["a.b/ads/training", "a.c/jobs/training", "model:x"]


@pytest.mark.parametrize(
    ("sort", "first"), [("oldest", "model:x"), ("newest", "a.b/ads/training"), ("kind", "a.c/jobs/training")]
)
def test_it_can_be_sorted_otherwise(sort, first):
    assert subjects(sort=sort)[0] == first


def test_a_sort_that_does_not_exist_is_the_usual_one():
    assert subjects(sort="colour") == subjects()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"feature": "ads"}, ["a.b/ads/training"]),
        ({"kind": "unbound_model"}, ["model:x"]),
        ({"text": "JOB"}, ["a.c/jobs/training"]),
        ({"days": 7}, ["a.c/jobs/training", "model:x"]),
        ({"state": "dismissed"}, []),
    ],
)
def test_it_can_be_narrowed(asked, found):
    assert subjects(**asked) == found
