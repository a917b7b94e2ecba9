"""What is said of the catalog, and what is in doubt: Otto asks, Ines reads what would follow, and agrees (P-23)."""

import pytest
from msgspec import to_builtins

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.register.builders import feature as a_feature
from transparency.accounts.models import Wish
from transparency.catalog import actions
from transparency.catalog.actions.refreshing import refresh
from transparency.catalog.models import Binding, ClassificationRule, Refresh, Source
from transparency.config.chain import follow
from transparency.review import actions as review

GRAPH = snapshot(
    flow("users.email", "model ranker"), flow("users.phone", "model ranker"), tags={"users.email": "pii"}
)  # fmt: skip


@pytest.fixture
def read(db):
    """Reads the warehouse once."""
    source = Source.objects.create(slug="warehouse", name="Warehouse", connector="dbt")

    def once(graph):
        asked = actions.request_refresh(by=None, source=source)
        return refresh(refresh_id=asked.pk, connector_for=Shelf(graph))

    return once


@pytest.fixture
def seen(read, otto, ines, settings):
    settings.STAFF_SECOND_FACTOR = False
    actions.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="pii", category="contact.email")
    actions.add_rule(by=otto, agreed_by=ines, matches="column", pattern="*", category="misc")
    actions.add_binding(by=otto, agreed_by=ines, key=key("model ranker"), feature="job-ranking", stage="training")
    follow(read(GRAPH).finished_at)


@pytest.fixture
def asks(client, otto, ines, seen):
    """Otto sends a form; returns what Ines reads of it, once nothing of it is done."""

    def send(path, **told):
        client.force_login(otto)
        client.post(f"/staff/{path}", told)
        client.force_login(ines)
        return client.get(f"/staff/sensitive/{Wish.objects.get(outcome='').pk}/").content.decode()

    return send


def agree(client):
    client.post(f"/staff/sensitive/{Wish.objects.get(outcome='').pk}/agree/")


def rule(pattern):
    return ClassificationRule.objects.get(pattern=pattern)


def test_a_rule_is_removed_only_once_ines_read_what_is_seen_no_more(client, asks):
    page = asks(f"rules/{rule('pii').pk}/remove/")
    assert "<b>looks at</b> <del>tag</del>" in page
    assert "<b>1 asset</b>: <del>contact.email</del> → <ins>misc</ins>" in page
    assert "<b>contact.email</b> reaches <b>job-ranking</b> (training the model): members would read no more" in page
    assert ClassificationRule.objects.count() == 2
    agree(client)
    assert ClassificationRule.objects.count() == 1


def test_a_rule_that_is_moved_before_another_hides_what_that_found(client, asks):
    page = asks(f"rules/{rule('*').pk}/move/", place="1")
    assert "<b>1 asset</b>: <del>contact.email</del> → <ins>misc</ins>" in page
    assert ClassificationRule.objects.first() == rule("pii")
    agree(client)
    assert ClassificationRule.objects.first() == rule("*")


def test_a_binding_is_removed_only_once_ines_agrees(client, asks):
    page = asks(f"bindings/{Binding.objects.get().pk}/remove/")
    assert "<b>misc</b> reaches <b>job-ranking</b> (training the model): members would read no more" in page
    assert Binding.objects.exists()
    agree(client)
    assert not Binding.objects.exists()


def test_a_new_one_says_what_would_be_seen(client, asks):
    page = asks("bindings/add/", key=key("model ranker"), feature="ads", stage="training")
    assert "<b>misc</b> reaches <b>ads</b> (training the model): members would read that it is seen" in page
    agree(client)
    assert Binding.objects.filter(feature="ads").exists()


SPELT = "Is it spelt as it should be?"


def test_ines_reads_that_the_register_knows_no_such_feature(asks, published):
    page = asks("bindings/add/", key=key("model ranker"), feature="job-rankin", stage="training")
    assert f"The register knows no AI feature “job-rankin”, and no open proposal adds it. {SPELT}" in page


def test_ines_reads_that_the_register_knows_no_such_kind_of_data(asks, published):
    told = {"matches": "tag", "pattern": "x", "category": "contact.emial", "note": ""}
    page = asks("rules/add/", **{f"rule-{name}": value for name, value in told.items()})
    assert f"The register knows no kind of data “contact.emial”, and no open proposal adds it. {SPELT}" in page


@pytest.mark.parametrize("feature", ["job-ranking", "course-tips"])
def test_what_an_edition_or_a_proposal_names_is_heard_of(asks, published, otto, feature):
    proposal = review.start_proposal(by=otto, title="Course tips")
    content = to_builtins(a_feature("course-tips"))
    review.put_record(by=otto, proposal=proposal, version=proposal.version, kind="feature", content=content)
    assert SPELT not in asks("bindings/add/", key=key("model ranker"), feature=feature, stage="inference")


def test_what_was_removed_meanwhile_is_told_and_not_agreed_to(client, asks, otto, ines):
    asks(f"rules/{rule('pii').pk}/remove/")
    actions.remove_rule(by=otto, agreed_by=ines, rule=rule("pii"))
    page = client.get(f"/staff/sensitive/{Wish.objects.get().pk}/", follow=True).content.decode()
    assert "It was changed since Otto asked" in page
    assert "agree/" not in page


@pytest.mark.parametrize("place", ["0", "3", "1", "x", "9" * 30, ""])
def test_no_rule_stands_at_a_place_that_is_none(client, otto, seen, place):
    client.force_login(otto)
    page = client.post(f"/staff/rules/{rule('pii').pk}/move/", {"place": place}, follow=True).content.decode()
    assert "Choose another place, from 1 to 2" in page
    assert not Wish.objects.exists()


class TestDoubt:
    @pytest.fixture
    def held(self, client, otto, seen, read):
        """Half of what was there is gone. Otto says that it is right."""
        held = read(snapshot(flow("users.email", "model ranker")))
        client.force_login(otto)
        client.post(f"/staff/sources/warehouse/accept/{held.pk}/")
        return held

    def test_nothing_is_taken_before_somebody_else_read_what_the_doubt_is(self, client, held, ines):
        client.force_login(ines)
        page = client.get("/staff/sources/warehouse/").content.decode()
        assert "<b>what is in doubt</b>" in page
        assert not Refresh.objects.exclude(accepts=None).exists()
        agree(client)
        assert Refresh.objects.get(accepts=held).state == "queued"

    def test_what_was_asked_for_is_not_offered_once_more(self, client, held, person):
        client.force_login(person("Olga", "editor"))
        page = client.get("/staff/sources/warehouse/").content.decode()
        assert "Waits for a person" in page
        assert "This is right" not in page

    def test_the_same_doubt_again_leaves_the_wish_waiting(self, client, held, read, ines):
        read(snapshot(flow("users.email", "model ranker")))
        client.force_login(ines)
        agree(client)
        assert Refresh.objects.filter(accepts=held).exists()

    def test_once_it_is_read_without_a_doubt_nothing_waits_any_more(self, client, held, read, ines):
        read(GRAPH)
        client.force_login(ines)
        assert "Nothing waits." in client.get("/staff/sensitive/").content.decode()
        agree(client)
        assert not Refresh.objects.exclude(accepts=None).exists()
