"""What the catalog knows of a thing."""

import pytest

from tests.catalog.builders import NOON, Shelf, flow, key, snapshot
from transparency.catalog import actions as catalog
from transparency.catalog import cards
from transparency.catalog.models import Source
from transparency.config.chain import follow
from transparency.staff.pages import assets as pages

NASTY = 'a<b>"&?#=/%2e'


@pytest.fixture(autouse=True)
def _ada_looks_at_a_pipeline(client, ada, otto, settings, db, time_machine):
    settings.STAFF_SECOND_FACTOR = False
    source = Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")
    catalog.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    catalog.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")
    graph = snapshot(flow("users.email", f"{NASTY}"), flow(NASTY, "model ranker"), tags={"users.email": "pii"})
    asked = catalog.request_refresh(by=None, source=source)
    refresh = catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(graph))
    follow(refresh.finished_at)
    client.force_login(ada)


def card(client, name):
    return client.get("/staff/assets/one/", {"key": key(name)}).content.decode()


def test_it_is_found_by_a_part_of_its_name(client):
    assert "users#email" in client.get("/staff/assets/", {"q": "MAIL"}).content.decode()


@pytest.fixture
def evil(db):
    """Two sources know a table whose name turns what stands beside it round."""
    seen = {"kind": "dataset", "namespace": "db", "name": "x", "first_seen": NOON, "last_seen": NOON, "as_of": NOON}
    for slug in ("hub", "lake"):
        source = Source.objects.create(slug=slug, name=slug.title(), connector="marquez")
        source.assets.create(key="dataset:db/live_\u202eerols", **seen)
        source.assets.create(key="column:db/live_\u202eerols#id", **seen | {"kind": "column"})


def test_each_is_found_once_tables_first_with_all_who_told_of_it(client, evil):
    page = client.get("/staff/assets/", {"q": "erols"}).content.decode()
    assert page.count("told by Hub, Lake") == 2
    assert page.index("dataset:db/live") < page.index("column:db/live")


def test_a_name_that_turns_text_round_is_spelt_out(client, evil):
    page = client.get("/staff/assets/", {"q": "erols"}).content.decode()
    assert '<code class="wrap">dataset:db/live_[U+202E]erols</code>' in page
    assert "\u202e" not in page


def test_its_label_says_by_which_rule(client):
    assert "because of the rule “Catalog tag pii → contact.email”" in card(client, "users.email")


def test_a_model_says_of_which_feature_it_is_a_part(client):
    assert "<b>job-ranking</b>" in card(client, "model ranker")


def test_flows_lead_from_card_to_card(client):
    page = card(client, "model ranker")
    assert "dataset%3Apostgres%3A//db%3A5432/a%3Cb%3E%22%26%3F%23%3D/%252e" in page
    assert "a<b>" not in page


def test_a_table_lists_its_columns(client):
    assert ">email</a>" in card(client, "users")


def test_more_than_a_page_shows_is_said(client, monkeypatch):
    assert "There are more" not in card(client, "users")
    for module in (cards, pages):
        monkeypatch.setattr(module, "NEIGHBOURS", 0)
    assert card(client, "users").count("There are more") == 1  # columns
    assert card(client, "model ranker").count("There are more. The 0 that were seen last are shown.") == 1


@pytest.mark.parametrize("asked", ["", "dataset:nowhere", "\0", "x" * 5_000])
def test_what_no_source_knows_is_not_found(client, asked):
    assert client.get("/staff/assets/one/", {"key": asked}).status_code == 404


@pytest.mark.parametrize("asked", ["%", "\0", "_", "x" * 5_000, "<script>"])
def test_whatever_is_asked_for_is_only_text(client, asked):
    answer = client.get("/staff/assets/", {"q": asked})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()


def test_it_says_why_two_names_are_one_and_who_told(client):
    told = {"reason": "rename", "as_of": NOON}
    source = Source.objects.get()
    source.aliases.create(key=key("people"), canonical_key=key("users"), **told)
    source.aliases.create(key=key("members"), canonical_key=key("people"), **told)
    page = card(client, "users.email")
    assert "Why these names are one" in page
    assert page.count("It was renamed, told by Data warehouse") == 2


def test_a_thing_of_one_name_says_nothing_of_names(client):
    assert "Why these names are one" not in card(client, "users")


def test_what_may_be_bound_is_listed_once_whichever_sources_know_it(client, otto):
    source = Source.objects.create(slug="hub", name="Hub", connector="marquez")
    known = {"kind": "model", "namespace": "db", "name": "ranker", "first_seen": NOON, "last_seen": NOON, "as_of": NOON}
    source.assets.create(key=key("model ranker"), **known)
    client.force_login(otto)
    page = client.get("/staff/bindings/", {"q": "ranker"}).content.decode()
    assert page.count("?key=model") == 2  # found, and bound already


def test_what_is_bound_leads_to_its_card(client):
    page = client.get("/staff/bindings/").content.decode()
    assert ">ranker</a>" in page
    assert f'<code class="wrap">{key("model ranker")}</code>' in page
