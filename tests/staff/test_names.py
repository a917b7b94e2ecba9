"""Which names are one: the page of rules, and what an asset's page says."""

from datetime import timedelta

import pytest

from tests.catalog.builders import NOON, Shelf, flow, key, snapshot
from transparency.accounts.models import Wish
from transparency.catalog import actions as catalog
from transparency.catalog.connectors.base import SeenAlias
from transparency.catalog.models import Apart, NameRule, Source
from transparency.config.chain import follow

NAMES = "/staff/names/"
CASE = {"rule-kind": "case", "rule-namespace": "postgres://*", "rule-reason": "The database ignores <b>case</b>."}
TWO = {"key": key("features"), "other": key("store")}


@pytest.fixture(autouse=True)
def _otto_looks_at_a_pipeline(client, otto, settings, db, time_machine):
    settings.STAFF_SECOND_FACTOR = False
    time_machine.move_to(NOON + timedelta(hours=1))
    source = Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")
    catalog.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    catalog.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")
    graph = snapshot(flow("users.email", "features.email"), flow("store", "STORE"), tags={"users.email": "pii"})
    graph.flows.append(flow("store", "model ranker"))
    graph.assets.extend(snapshot(flow("store", "model ranker")).assets)
    graph.assets[:] = {one.key: one for one in graph.assets}.values()
    graph.aliases.append(SeenAlias(key("features"), key("store"), "rename", NOON))
    asked = catalog.request_refresh(by=None, source=source)
    catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(graph))
    follow(NOON)
    client.force_login(otto)


def page(client, where=NAMES, **asked):
    return client.get(where, asked).content.decode()


def test_a_rule_is_tried_before_it_is_saved(client):
    told = page(client, **CASE)
    assert "This rule joins <b>2 names into 1</b>" in told
    assert "Save this rule" in told
    assert "<b>case</b>" not in told


def test_a_rule_is_saved_and_taken_back(client):
    client.post(f"{NAMES}add/", CASE)
    assert "Capital and small letters are the same there" in page(client)
    client.post(f"{NAMES}{NameRule.objects.get().pk}/remove/")
    assert "None yet: names are one only where a catalog says so" in page(client)


def test_it_waits_for_somebody_else_where_there_is_one(client, ines):
    assert "Asked." in client.post(f"{NAMES}add/", CASE, follow=True).content.decode()
    assert "Compare names by a rule" in page(client)
    assert "<b>names of places</b> <ins>postgres://*</ins>" in page(client)
    assert not NameRule.objects.exists()


@pytest.fixture
def rule(otto):
    return catalog.add_name_rule(by=otto, kind="case", namespace="postgres://*", reason="So it is.")


@pytest.fixture
def apart(otto):
    return catalog.keep_apart(by=otto, reason="They are two.", **TWO)


def is_offered_to(client, ines):
    """Whether the page offers her to agree to what waits, or says that nobody can any more."""
    client.force_login(ines)
    told = page(client)
    offered, over = "See what it would change, and agree" in told, "Nobody can agree to this any more" in told
    assert offered != over
    return offered


def test_whoever_agrees_reads_first_what_would_be_seen_otherwise(client, ines):
    client.post(f"{NAMES}part/?{client.get('/', TWO).request['QUERY_STRING']}", {"reason": "They are two."})
    client.force_login(ines)
    told = page(client, f"/staff/sensitive/{Wish.objects.get().pk}/")
    assert "No longer seen" in told
    assert "contact.email → job-ranking, training" in told
    assert ">Agree</button>" in told


def test_a_rule_that_somebody_else_made_meanwhile_is_not_agreed_to(client, ines, otto):
    client.post(f"{NAMES}add/", CASE)
    assert is_offered_to(client, ines)
    NameRule.objects.create(kind="case", namespace="postgres://*", reason="So it is.", author=otto)
    assert not is_offered_to(client, ines)


def test_taking_back_a_rule_is_not_agreed_to_where_another_stands_in_its_place(client, rule, ines, otto):
    client.post(f"{NAMES}{rule.pk}/remove/")
    assert is_offered_to(client, ines)
    rule.delete()
    NameRule.objects.create(kind="case", namespace="postgres://*", reason="Said anew.", author=otto)
    assert not is_offered_to(client, ines)


def test_keeping_apart_is_not_agreed_to_where_the_two_are_not_one_any_more(client, ines, otto):
    client.post(f"{NAMES}part/?{client.get('/', TWO).request['QUERY_STRING']}", {"reason": "They are two."})
    assert is_offered_to(client, ines)
    Apart.objects.create(reason="They are two.", author=otto, **TWO)
    assert not is_offered_to(client, ines)


def test_letting_them_be_one_is_not_agreed_to_where_that_was_done_meanwhile(client, apart, ines):
    client.post(f"{NAMES}apart/{apart.pk}/join/")
    assert is_offered_to(client, ines)
    Apart.objects.all().delete()
    assert not is_offered_to(client, ines)


@pytest.mark.parametrize(
    "wrong", [{"rule-kind": "no"}, {"rule-namespace": ""}, {"rule-same_as": "x"}, {"rule-source": "99"}]
)
def test_a_rule_that_can_not_hold_is_shown_again_with_what_is_wrong(client, wrong):
    answer = client.post(f"{NAMES}add/", CASE | wrong)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert client.get(NAMES, CASE | wrong).status_code == 200


def test_places_say_how_they_count(client, otto):
    catalog.add_name_rule(by=otto, kind="left_out", namespace="postgres*", reason="Trials.")
    assert "What flows there does not count</span>" in page(client)
    assert "No place has that in its name." in page(client, q="snowflake")


def test_a_source_says_what_of_it_does_not_count(client, otto):
    catalog.add_name_rule(by=otto, kind="left_out", namespace="*;env=DEV", source="warehouse", reason="Trials.")
    assert "What it tells of <code>*;env=DEV</code> does not count." in page(client, "/staff/sources/warehouse/")


def test_two_names_are_kept_apart_from_the_page_of_either(client):
    asset = page(client, "/staff/assets/one/", key=key("store"))
    assert f"{NAMES}part/?key=" in asset
    told = page(client, f"{NAMES}part/", **TWO)
    assert "contact.email → job-ranking, training" in told
    client.post(f"{NAMES}part/?{client.get('/', TWO).request['QUERY_STRING']}", {"reason": "They are two."})
    assert Apart.objects.get().key == key("features")
    assert "Kept apart: They are two." in page(client, "/staff/assets/one/", key=key("store"))


def test_they_are_one_again(client, otto):
    apart = catalog.keep_apart(by=otto, reason="They are two.", **TWO)
    assert "They are two." in page(client)
    client.post(f"{NAMES}apart/{apart.pk}/join/")
    assert not Apart.objects.exists()


def test_keeping_apart_wants_a_reason(client):
    address = f"{NAMES}part/?{client.get('/', TWO).request['QUERY_STRING']}"
    assert client.post(address, {"reason": " "}).status_code == 400


@pytest.mark.parametrize("two", [{}, {"key": key("users"), "other": key("store")}, {"key": "\0", "other": "x" * 5_000}])
def test_what_is_not_one_can_not_be_parted(client, two):
    assert client.get(f"{NAMES}part/", two).status_code == 404


def test_an_auditor_sees_it_and_has_no_button(client, ada, otto):
    catalog.add_name_rule(by=otto, kind="case", namespace="postgres://*", reason="So it is.")
    client.force_login(ada)
    told = page(client, **CASE)
    assert "So it is." in told
    assert '<button class="small second"' not in told
    assert "This rule joins" not in told


def test_more_names_take_no_more_queries(client, otto, django_assert_max_num_queries):
    for number in range(20):
        catalog.add_name_rule(by=otto, kind="case", namespace=f"hive{number}://*", reason="So it is.")
    with django_assert_max_num_queries(14):
        client.get(NAMES)
