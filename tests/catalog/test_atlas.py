"""The drawn graph: it explains as the database does, or not at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.catalog.builders import flow, key, snapshot
from transparency.catalog import actions, explain
from transparency.catalog.atlas import Texts, read
from transparency.catalog.models import Source

ASKED = ("contact.email", "job-ranking", "training")
STRAIGHT = (flow("users.email", "features.email", masking=True), flow("features", "model ranker"))
TWO_WAYS = (*STRAIGHT, flow("users.email", "clicks.email"), flow("clicks", "model ranker", aggregating=True))
ROUND = (*TWO_WAYS, flow("features", "users"), flow("clicks.email", "features.email", job=None))
LOOKING = (flow("users.email", "chosen.id", direct=False), flow("chosen", "model ranker"))


@pytest.fixture(autouse=True)
def _said(otto, warehouse):
    actions.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    actions.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")
    actions.add_binding(by=otto, agreed_by=None, key=key("model nobody"), feature="job-ranking", stage="training")


@pytest.fixture
def atlas(settings):
    return settings.GRAPH_DIR / "atlas"


@pytest.fixture
def drawn(read, atlas):
    """Merges those flows, works out what follows and draws it."""

    def draw(*flows):
        read(snapshot(*flows, tags={"users.email": "pii", "users.phone": "pii"}))
        at = timezone.now()
        actions.recompute(at=at)
        assert actions.draw(at=at)
        return at

    return draw


def from_the_database(atlas, at):
    atlas.rename(atlas.with_name("hidden"))
    answer = explain.explain(*ASKED, at)
    atlas.with_name("hidden").rename(atlas)
    return answer


def only_from_the_atlas(monkeypatch, at):
    monkeypatch.setattr(explain, "_Asked", None)
    return explain.explain(*ASKED, at)


@pytest.mark.parametrize("flows", [STRAIGHT, TWO_WAYS, ROUND, (flow("users", "model ranker"),)])
def test_it_explains_what_is_copied_as_the_database_does(drawn, atlas, flows, monkeypatch):
    at = drawn(*flows)
    expected = from_the_database(atlas, at)
    assert expected.ways
    assert only_from_the_atlas(monkeypatch, at) == expected


def test_it_knows_which_barrier_holds_what_back(drawn, atlas, otto, ines, monkeypatch):
    where = {"key": key("features"), "downstream_key": key("model ranker")}
    until = timezone.now() + timedelta(days=9)
    barrier = actions.propose_barrier(by=otto, reason="Counts only.", expires_at=until, **where)
    actions.approve_barrier(by=ines, barrier=barrier)
    at = drawn(*TWO_WAYS)
    expected = from_the_database(atlas, at)
    assert len(expected.ways) == 1
    assert only_from_the_atlas(monkeypatch, at) == expected


@pytest.mark.parametrize("flows", [LOOKING, (flow("users.city", "model ranker"), flow("users.email", "other"))])
def test_why_something_is_not_copied_the_database_tells(drawn, atlas, flows):
    at = drawn(*flows)
    assert explain.explain(*ASKED, at) == from_the_database(atlas, at)


def test_once_something_was_merged_it_explains_no_more(drawn, read):
    drawn(*TWO_WAYS)
    read(snapshot(*STRAIGHT, tags={"users.email": "pii"}))
    assert len(explain.explain(*ASKED, timezone.now()).ways) == 1


def test_once_something_else_was_said_it_explains_no_more(drawn, otto, ines):
    at = drawn(*STRAIGHT)
    actions.add_binding(
        by=otto, agreed_by=ines, key=key("features"), feature="job-ranking", stage="training", note="Also."
    )
    assert len(explain.explain(*ASKED, at).ways[0].steps) == 2


def test_a_barrier_that_expires_ends_it(drawn, otto, ines):
    until = timezone.now() + timedelta(days=9)
    barrier = actions.propose_barrier(by=otto, reason="Counts only.", expires_at=until, key=key("features"))
    actions.approve_barrier(by=ines, barrier=barrier)
    at = drawn(*TWO_WAYS)
    assert len(explain.explain(*ASKED, at).ways) == 1
    assert len(explain.explain(*ASKED, until + timedelta(hours=1)).ways) == 2


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "other"])
def test_a_damaged_one_is_as_good_as_none(drawn, atlas, damage):
    at = drawn(*TWO_WAYS)
    octets = atlas.read_bytes()
    broken = {
        "flipped": octets[:-1] + bytes([octets[-1] ^ 1]),
        "cut": octets[:-200],
        "empty": b"",
        "other": b"something" + octets,
    }
    atlas.write_bytes(broken[damage])
    assert read(atlas) is None
    assert len(explain.explain(*ASKED, at).ways) == 2
    assert actions.draw(at=at)
    assert read(atlas)


def test_what_stands_is_not_drawn_again(drawn):
    assert not actions.draw(at=drawn(*STRAIGHT))


def test_nothing_is_drawn_before_it_was_worked_out(drawn, atlas, read):
    read(snapshot(*STRAIGHT))
    assert not actions.draw(at=timezone.now())
    assert not atlas.exists()


def test_nothing_is_drawn_that_changed_meanwhile(read, atlas, monkeypatch):
    read(snapshot(*STRAIGHT))
    at = timezone.now()
    actions.recompute(at=at)
    load = actions.drawing.load
    again = {"version": 99}
    monkeypatch.setattr(actions.drawing, "load", lambda: load() if Source.objects.update(**again) else None)
    assert not actions.draw(at=at)
    assert not atlas.exists()


def test_a_worker_does_not_draw_all_the_time(drawn, read, monkeypatch):
    monkeypatch.setattr(actions.drawing, "REST", 1_000_000)
    drawn(*TWO_WAYS)
    read(snapshot(*STRAIGHT, tags={"users.email": "pii"}))
    at = timezone.now()
    actions.recompute(at=at)
    assert not actions.draw(at=at)


def test_names_in_every_script_come_back():
    texts = ["users", "", "größe", "数据", "\N{GRINNING FACE}"]
    assert Texts(*Texts.packed(texts))[:] == texts
