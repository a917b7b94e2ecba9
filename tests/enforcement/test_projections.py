"""Every projection equals the rule of precedence over a replay of the choices, wherever it is cut."""

import uuid

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transparency.consent.models import Choice, Journal, MemberKey, Origin, Scope
from transparency.consent.precedence import Decision, Said, Terms, outcome
from transparency.consent.queries import head
from transparency.consent.scopes import Covering
from transparency.enforcement import folds, projections
from transparency.enforcement.decisions import of_keys
from transparency.enforcement.keeping import Projection
from transparency.enforcement.places import Space
from transparency.enforcement.planes import recipe

pytestmark = pytest.mark.django_db
BOUND = 2**15
RANKS = {
    "gpc:everything": -1,
    "gpc:sharing": -1,
    "all": 0,
    "stage:training": 1,
    "feature:a": 2,
    "category:x": 3,
    "category:x.y": 3,
    "feature:a@training": 4,
    "use:x/a/training": 5,
    "use:old/a/training": 5,
}
SMALL = ("0", "7", "8", "32767")
KEYS = (*SMALL, "32768", str(2**40), str(2**63 - 1), str(2**63), "mia", "007")

TERMS = st.builds(
    Terms, refusable=st.sampled_from([True, True, True, False]), default=st.booleans(), since=st.integers(1, 3)
)
COVERING = st.sets(st.sampled_from(sorted(RANKS))).map(
    lambda names: tuple(Covering(name, RANKS[name]) for name in names)
)
USES = st.lists(st.tuples(TERMS, COVERING), min_size=1, max_size=3)
CHOICE = st.tuples(st.sampled_from(KEYS), st.sampled_from(sorted(RANKS)), st.sampled_from(Decision), st.integers(0, 3))
ROUNDS = st.lists(st.tuples(st.lists(CHOICE, max_size=12), USES, st.integers(0, 1)), min_size=1, max_size=4)


def append(choices, scopes):
    """Put choices into the journal as they are, past every check; ``scopes`` has the rows of all by their names."""
    Journal.objects.get_or_create(pk=1, defaults={"lineage": uuid.uuid4()})
    last = head().sequence
    members = {key: member(key) for key in dict.fromkeys(key for key, _, _, _ in choices)}
    Choice.objects.bulk_create(
        Choice(
            sequence=sequence, reference=uuid.uuid4(), member=members[key], scope=scopes[name], decision=decision,
            origin=Origin.PAGE, edition=edition, at=timezone.now(), previous=0, digest=uuid.uuid4().bytes * 2,
        )
        for sequence, (key, name, decision, edition) in enumerate(choices, last + 1)
    )  # fmt: skip


def member(key):
    numbers = of_keys([key])
    return -MemberKey.objects.get_or_create(key=key)[0].pk if numbers.texts else int(numbers.numbers[0])


def replayed(choices, key, uses):
    """What the rule says of a member after these choices."""
    latest = {
        name: Said(name, RANKS[name], decision, edition, sequence)
        for sequence, (whose, name, decision, edition) in enumerate(choices)
        if whose == key
    }
    return all(
        outcome(terms, [latest[one.name] for one in covering if one.name in latest]).allowed for terms, covering in uses
    )


def answered(projection, uses):
    recipes = [recipe(terms, covering) for terms, covering in uses]
    planes = list(dict.fromkeys(plane for one in recipes for plane in one.planes))
    with projection.view(head(), planes, planes, head) as view:
        assert view.sequence == head().sequence
        decided = projections._decided(view, recipes, of_keys(KEYS)).tolist()
        # From a fold, which the next round brings up to date.
        assert projections._decided(view, recipes, of_keys(SMALL)).tolist() == decided[: len(SMALL)]
        wanted = not all(one.for_nobody for one in recipes)
        positions = projections._positions(view, recipes, allowed=wanted)
        numbers, texts = projections._keys(view.generation.space, view.generation.large, positions)
    return decided, wanted, [*map(str, numbers.tolist()), *texts]


@pytest.fixture
def scopes():
    return {name: Scope.objects.create(name=name) for name in RANKS}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(rounds=ROUNDS)
def test_every_answer_equals_the_rule_over_a_replay(scopes, tmp_path_factory, monkeypatch, rounds):
    monkeypatch.setattr(folds, "WORTH_IT", 1)
    folder = tmp_path_factory.mktemp("projections")
    processes = [Projection(folder, Space(BOUND)), Projection(folder, Space(BOUND))]
    said = []
    with transaction.atomic():
        for choices, uses, process in rounds:
            append(choices, scopes)
            said += choices
            decided, wanted, listed = answered(processes[process], uses)
            expected = [replayed(said, key, uses) for key in KEYS]
            assert decided == expected
            assert {key for key in KEYS if key in listed} == {
                key for key, allowed in zip(KEYS, expected, strict=True) if allowed is wanted
            } - ({key for key in KEYS if key not in {whose for whose, *_ in said}})
        transaction.set_rollback(True)
