"""DataHub as a source, from its files or its answers to what is observed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.scenarios.datahub import (
    ELEVEN,
    FEATURES,
    MEMBERS,
    NAMESPACES,
    RANKER,
    WAREHOUSE,
    column,
    company,
    dataset,
    proposal,
    write,
)
from transparency.catalog import actions
from transparency.catalog.connectors import connector_for
from transparency.catalog.models import Alias, Asset, Observation, Source
from transparency.demo.catalogs.datahub import Gms
from transparency.demo.catalogs.faults import Fault
from transparency.demo.catalogs.server import FakeCatalog

DBT = dataset("shop.public.members", "dbt")
GROUP = "model:mlflow://models/ranker"


@pytest.fixture
def imports(settings, tmp_path):
    """The imports folder, with the company's DataHub in it."""
    settings.IMPORTS_DIR = tmp_path
    write(tmp_path / "datahub", *company())
    return tmp_path


@pytest.fixture
def datahub(db, imports):
    words = {"connector": "datahub_file", "location": "datahub", "namespace": NAMESPACES}
    return Source.objects.create(slug="datahub", name="DataHub", horizon_days=10_000, **words)


@pytest.fixture
def bound(otto):
    actions.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    actions.add_binding(by=otto, key=GROUP, feature="job-ranking", stage="training")


@pytest.fixture
def refresh(datahub):
    """Reads the source through the real connector, and works out what follows."""

    def reading():
        asked = actions.request_refresh(by=None, source=datahub)
        done = actions.refresh(refresh_id=asked.pk, connector_for=connector_for)
        actions.recompute(at=timezone.now() + timedelta(hours=1))
        return done

    return reading


def seen():
    return list(Observation.objects.filter(seen=True).values_list("category", "feature", "stage"))


def test_a_tagged_column_reaches_the_group_of_the_models_that_are_trained_on_it(bound, refresh):
    assert refresh().state == "succeeded"
    assert seen() == [("contact.email", "job-ranking", "training")]
    assert Observation.objects.get().path[0]["name"] == "public.members, column email"


def test_once_the_table_between_is_removed_nothing_is_seen_any_more(bound, refresh, imports):
    refresh()
    write(imports / "datahub", *company(), proposal(FEATURES, "status", {"removed": True}))
    refresh()
    assert (seen(), Asset.objects.filter(name="shop.public.features").exists()) == ([], False)


def test_a_file_that_was_cut_off_changes_nothing_and_says_so(bound, refresh, imports, datahub):
    refresh()
    whole = (imports / "datahub/metadata.json").read_text()
    (imports / "datahub/metadata.json").write_text(whole[: len(whole) // 2])
    with pytest.raises(Exception, match="can't be read to its end"):
        refresh()
    assert Asset.objects.filter(key=GROUP).exists()
    assert datahub.refreshes.first().state == "queued"


def test_a_tag_on_dbts_model_is_a_tag_on_the_table_that_it_builds(bound, refresh, imports):
    untagged = proposal(MEMBERS, "schemaMetadata", {"fields": [column("email")]})
    tagged = proposal(DBT, "schemaMetadata", {"fields": [column("email", "PII")]})
    paired = proposal(DBT, "siblings", {"siblings": [MEMBERS], "primary": True})
    write(imports / "datahub", *company(), untagged, tagged, paired)
    refresh()
    assert seen() == [("contact.email", "job-ranking", "training")]
    assert Alias.objects.get(reason="sibling").canonical_key == f"dataset:{WAREHOUSE}/shop.public.members"


def test_without_the_pair_they_are_two(bound, refresh, imports):
    untagged = proposal(MEMBERS, "schemaMetadata", {"fields": [column("email")]})
    write(
        imports / "datahub", *company(), untagged, proposal(DBT, "schemaMetadata", {"fields": [column("email", "PII")]})
    )
    refresh()
    assert seen() == []


def test_read_again_nothing_changes(refresh, datahub):
    refresh()
    assert refresh().summary["added"] == 0
    datahub.refresh_from_db()
    assert datahub.version == 1


@pytest.fixture
def gms():
    """What a running DataHub knows: the same company."""
    found = {}
    for one in company():
        found.setdefault(one["entityUrn"], {})[one["aspectName"]] = one["aspect"]["json"]
    return Gms(found, ELEVEN)


@pytest.fixture
def asked(datahub, gms, settings, monkeypatch):
    """The source is asked over HTTP; the fake that answers."""
    monkeypatch.setenv("CATALOG_TOKEN_DATAHUB", "s3cret")
    with FakeCatalog(gms) as fake:
        settings.CATALOG_PRIVATE_HOSTS = [fake.host]
        words = {"connector": "datahub", "location": fake.url, "token": "DATAHUB"}
        Source.objects.filter(pk=datahub.pk).update(**words)
        datahub.refresh_from_db()
        yield fake


def test_a_running_datahub_shows_the_same(bound, asked, refresh):
    assert refresh().state == "succeeded"
    assert seen() == [("contact.email", "job-ranking", "training")]
    assert set(asked.tokens) == {"Bearer s3cret"}


def test_what_changed_is_added_to_what_is_known(bound, asked, refresh, gms):
    refresh()
    gms.tell(MEMBERS, "schemaMetadata", {"fields": [column("id"), column("email", "PII"), column("phone", "PII")]})
    summary = refresh().summary
    assert (summary["added"], summary["gone"]) == (1, 0)
    assert Asset.objects.filter(field="phone").exists()
    assert seen() == [("contact.email", "job-ranking", "training")]


def test_a_removed_table_is_noticed_at_once(bound, asked, refresh, gms):
    refresh()
    gms.tell(FEATURES, "status", {"removed": True})
    refresh()
    assert (seen(), Asset.objects.filter(name="shop.public.features").exists()) == ([], False)


def test_a_column_that_is_gone_is_noticed_at_once(asked, refresh, gms):
    refresh()
    gms.entities[FEATURES]["upstreamLineage"]["fineGrainedLineages"] = []
    gms.tell(MEMBERS, "schemaMetadata", {"fields": [column("id")]})
    refresh()
    assert not Asset.objects.filter(field="email").exists()


def test_what_the_events_did_not_tell_is_noticed_when_all_is_read_again(asked, refresh, gms, datahub):
    refresh()
    del gms.entities[RANKER]
    refresh()
    assert Asset.objects.filter(name="ranker_7").exists()
    Source.objects.filter(pk=datahub.pk).update(last_whole_at=timezone.now() - timedelta(hours=25))
    datahub.refresh_from_db()
    refresh()
    assert not Asset.objects.filter(name="ranker_7").exists()


def test_a_datahub_that_sends_less_than_it_promised_waits_for_a_person(bound, asked, refresh, datahub):
    refresh()
    asked.fault = Fault.LESS
    Source.objects.filter(pk=datahub.pk).update(whole_every_hours=0)
    datahub.refresh_from_db()
    assert refresh().state == "held"
    assert seen() == [("contact.email", "job-ranking", "training")]
