"""What each scope covers."""

import pytest

from tests.register.builders import category, feature, register, use
from transparency.consent.scopes import RANK, WELL_FORMED, covered, covering, kind_of
from transparency.register.schema import Recipient

GROUP = category("communications", name="Communications")
MESSAGES = category(parent="communications", aliases=("messages.old",))


def names(one, **more):
    content = register(one, categories=(GROUP, MESSAGES), **more)
    return {found.name for found in covering(one, content)}


def test_a_use_is_covered_by_everything_that_speaks_of_it():
    assert names(use(stage="inference")) == {
        "all",
        "stage:inference",
        "feature:job-ranking",
        "feature:job-ranking@inference",
        "category:communications",
        "category:communications.messages",
        "category:messages.old",
        "use:communications.messages/job-ranking/inference",
        "use:messages.old/job-ranking/inference",
        "gpc:everything",
    }


def test_what_is_said_of_training_covers_fine_tuning():
    assert {"stage:training", "feature:job-ranking@training"} <= names(use(stage="fine_tuning"))


def test_what_is_said_of_fine_tuning_does_not_cover_training():
    assert "stage:fine_tuning" not in names(use(stage="training"))


def test_a_browsers_signal_covers_what_is_shared_with_others():
    assert "gpc:sharing" in names(use(recipients=(Recipient(name="Adverts Ltd", role="third_party"),)))


def test_a_processor_is_nobody_else():
    assert "gpc:sharing" not in names(use(recipients=(Recipient(name="Hosting Ltd", role="processor"),)))


def test_a_browsers_signal_covers_advertising():
    assert "gpc:sharing" in names(use(), features=(feature(kind="advertising"),))


def test_the_most_specific_comes_first():
    ranks = [one.rank for one in covering(use(), register())]
    assert ranks == sorted(ranks, reverse=True)


def test_a_scope_tells_what_it_covers():
    content = register(use(), use(stage="inference"))
    assert [one.stage for one in covered("stage:inference", content)] == ["inference"]


@pytest.mark.parametrize(
    "name", ["", "everything", "use:a/b", "stage:", "feature:A", "all\n", "gpc:other", "use:a/b/c/d"]
)
def test_what_is_no_scope_has_no_name(name):
    assert not WELL_FORMED.fullmatch(name)


@pytest.mark.parametrize(
    "kind", ["all", "stage:x", "feature:x", "category:x", "feature:x@y", "use:a/b/c", "gpc:sharing"]
)
def test_every_kind_of_scope_has_a_rank(kind):
    assert kind_of(kind) in RANK
