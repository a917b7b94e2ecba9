"""Since which edition a use says materially the same."""

import pytest

from tests.register.builders import register, use
from transparency.register import queries
from transparency.register.models import Edition, EditionSince
from transparency.register.since import since

NAME = "communications.messages/job-ranking/training"


@pytest.mark.parametrize(
    ("becomes", "number"),
    [({}, 1), ({"risks": "A few."}, 1), ({"retention": "1 month"}, 1), ({"retention": "13 years"}, 2)],
)
def test_only_where_more_is_done_a_use_is_of_the_new_edition(becomes, number):
    assert since(register(use()), {NAME: 1}, register(use(**becomes)), 2) == {NAME: number}


def test_a_use_that_comes_back_is_new():
    gone = since(register(use()), {NAME: 1}, register(use(stage="inference")), 2)
    assert since(register(use(stage="inference")), gone, register(use()), 3) == {NAME: 3}


@pytest.mark.django_db
def test_it_is_kept_for_each_edition_and_worked_out_where_it_was_not(publish):
    publish(register(use()))
    publish(register(use(retention="13 years"), use(stage="inference")))
    kept = queries.since(Edition.objects.first())
    EditionSince.objects.all().delete()
    assert kept == queries.since(Edition.objects.first()) == {NAME: 2, NAME.replace("training", "inference"): 2}
