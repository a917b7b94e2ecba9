"""Working out only what merges touched gives what working out everything gives, whatever happened in between."""

from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.catalog.builders import NOON, WAREHOUSE, flow, key, snapshot
from transparency.catalog import actions
from transparency.catalog.checking import last_checked
from transparency.catalog.connectors.base import SeenAlias
from transparency.catalog.merge import merge
from transparency.catalog.models import Apart, Asset, Barrier, Flow, Label, NameRule, Observation, Source

TABLES = ("a", "b", "d", "A", "old/a", "new/A")
COLUMNS = ("x", "y")
ENDS = ("model one", "model two", "d")
JOBS = ("job j", "job k")
table = st.sampled_from(TABLES)
thing = st.one_of(table, st.builds("{}.{}".format, table, st.sampled_from(COLUMNS)))
moment = st.sampled_from((NOON, NOON - timedelta(days=20), NOON - timedelta(days=29)))
flows = st.lists(
    st.builds(flow, thing, st.one_of(thing, st.sampled_from(ENDS)), st.sampled_from(JOBS), moment, st.booleans()),
    max_size=9,
    unique_by=lambda one: (one.upstream, one.downstream, one.job, one.direct),
)
tags = st.dictionaries(st.builds("{}.{}".format, table, st.sampled_from(COLUMNS)), st.sampled_from(("pii", "place")))
renames = st.lists(st.tuples(table, table), max_size=1)
pictures = st.tuples(flows, tags, renames)
barriers = st.lists(st.tuples(thing, st.sampled_from(("", "contact.email")), st.integers(1, 12)), max_size=2)
# Each rule by itself, so that a few examples meet them all.
RULES = ("case", WAREHOUSE, ""), ("place", f"{WAREHOUSE}/old", f"{WAREHOUSE}/new"), ("left_out", "postgres*", "")
rules = st.sets(st.sampled_from(RULES[:2]), max_size=2) | st.just({RULES[2]})
apart = st.lists(st.tuples(table, table).filter(lambda two: two[0] != two[1]), max_size=1)
steps = st.lists(st.tuples(pictures, st.integers(0, 40)), min_size=2, max_size=4)
# What was only looked at lies upstream of what changes.
LOOKED = [flow("a.x", "b.y", direct=False), flow("b.y", "model one")]
CHOSEN = LOOKED, {"a.x": "pii"}, []
CHOSEN_AND_MORE = [*LOOKED, flow("c.x", "model one")], {"a.x": "pii"}, []
# What changes is written otherwise than what lies on either side of it.
CAPITAL = [flow("b", "old/a"), flow("new/A", "c"), flow("C", "model one")], {"e.x": "pii"}, []
CAPITAL_AND_MORE = [*CAPITAL[0], flow("e.x", "b.x")], {"e.x": "pii"}, []


@pytest.fixture
def said(db, otto):
    for tag, category in (("pii", "contact.email"), ("place", "profile.place")):
        actions.add_rule(by=otto, matches="tag", pattern=tag, category=category)
    for number, end in enumerate(ENDS):
        actions.add_binding(by=otto, key=key(end), feature=f"feature-{number}", stage="training")
    return Source.objects.create(slug="w", name="W", connector="dbt"), Source.objects.create(
        slug="v", name="V", connector="dbt"
    )


def read(source, picture, at):
    told, tagged, renamed = picture
    aliases = [SeenAlias(key(old), key(new), "rename", NOON) for old, new in renamed if old != new]
    seen = snapshot(*told, tags=tagged)
    seen.aliases.extend(aliases)
    merge(source, seen, at)
    Source.objects.filter(pk=source.pk).update(last_good_at=at, version=F("version") + 1)


def standing():
    shown = (
        "category",
        "feature",
        "stage",
        "direct",
        "seen",
        "by_column",
        "last_seen",
        "ended_because",
        "path",
    )
    seen, checked = Observation.objects.filter(seen=True).order_by(*shown[:4]), last_checked()
    return (
        list(seen.values_list(*shown)),
        [checked(one) for one in seen],
        sorted(Label.objects.values_list("key", "category")),
    )


class Undone(Exception):  # noqa: N818 - no error
    """Ends an example: the next one begins with an empty catalog."""


@contextmanager
def undone():
    with suppress(Undone), transaction.atomic():
        yield
        raise Undone


@pytest.mark.timeout(300)
@example(steps=[(CHOSEN, 0), (CHOSEN_AND_MORE, 1)], barriers=[], other=False, rules=set(), apart=[])
@example(steps=[(CAPITAL, 0), (CAPITAL_AND_MORE, 1)], barriers=[], other=False, rules=set(RULES[:2]), apart=[])
@given(steps, barriers, st.booleans(), rules, apart)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_it_equals_working_out_everything(said, otto, ines, steps, barriers, other, rules, apart):
    with undone():
        for name, category, days in barriers:
            until = NOON + timedelta(days=days)
            how = {"key": key(name), "category": category, "reason": "Counted only.", "expires_at": until}
            Barrier.objects.create(author=otto, approver=ines, approved_at=NOON, **how)
        for kind, namespace, same_as in rules:
            where = {"namespace": namespace, "same_as": same_as, "source": said[1] if kind == "left_out" else None}
            NameRule.objects.create(kind=kind, reason="It is so.", author=otto, **where)
        for one, two in apart:
            Apart.objects.create(key=key(one), other=key(two), reason="They are two.", author=otto)
        for number, (picture, day) in enumerate(steps):
            at = NOON + timedelta(days=day)
            read(said[number % 2 if other else 0], picture, at)
            actions.recompute(at=at)
            caught_up = standing()
            actions.recompute(at=at, whole=True)
            assert caught_up == standing()
            assert not Flow.objects.exclude(upstream__in=Asset.objects.all(), downstream__in=Asset.objects.all())
