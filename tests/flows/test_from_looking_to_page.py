"""What is only looked at on its way to a feature: staff see it, and it counts where and while they say so."""

from datetime import timedelta

import pytest

from tests.catalog.builders import NOON, Shelf, flow, key, snapshot
from tests.register.builders import Press, register
from transparency.accounts.models import HistoryEntry, User, Wish
from transparency.catalog import actions as catalog
from transparency.catalog.models import Counted, Source
from transparency.config.chain import follow
from transparency.review.models import Finding

PAGE = "/uses/communications.messages/job-ranking/training/"
SERVED = "/uses/communications.messages/job-ranking/inference/"
ASKED = {"category": "communications.messages", "feature": "job-ranking", "stage": "inference"}
REASON = "Whoever wrote about an illness is sorted out by it."


@pytest.fixture(autouse=True)
def _chats_choose_who_is_served(client, otto, ines, settings, time_machine):
    settings.STAFF_SECOND_FACTOR = False
    Press(ines)(register())
    time_machine.move_to(NOON + timedelta(hours=1))
    warehouse = Source.objects.create(slug="warehouse", name="Warehouse", connector="dbt")
    catalog.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="chat", category="communications.messages")
    for end, stage in (("serve", "inference"), ("train", "training")):
        catalog.add_binding(by=otto, agreed_by=ines, key=key(f"job {end}"), feature="job-ranking", stage=stage)
    chosen = flow("chats.text", "people.id", direct=False)
    graph = snapshot(chosen, flow("people", "job serve"), flow("people", "job train"), tags={"chats.text": "chat"})
    asked = catalog.request_refresh(by=None, source=warehouse)
    catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(graph))
    follow(NOON + timedelta(hours=1))
    client.force_login(otto)


def looked_at(client, **asked):
    return client.get("/staff/looked-at/", asked).content.decode()


def ines_agrees(client):
    """She does; Otto sits there again afterwards."""
    client.force_login(User.objects.get(name="Ines"))
    client.post(f"/staff/sensitive/{Wish.objects.get(outcome='').pk}/agree/")
    client.force_login(User.objects.get(name="Otto"))


def count(client, **told):
    client.post("/staff/looked-at/count/", ASKED | {"reason": REASON} | told)
    ines_agrees(client)
    follow(NOON + timedelta(hours=2))


def test_nobody_counts_it_unasked(client):
    assert not Finding.objects.filter(kind="undeclared_use").exists()
    assert client.get(SERVED).status_code == 404
    assert "Declared, never seen" in client.get(PAGE).content.decode()


def test_staff_see_it_with_the_step_that_looks(client):
    page = looked_at(client)
    assert "<b>Private messages</b> helps to choose for <b>Job recommendations</b>" in page
    assert page.count(">Only looked at<") == 2
    assert "Does not count" in page


def test_once_it_counts_it_is_a_finding_with_its_own_sentence(client):
    count(client)
    assert "the catalog shows that it is looked at" in Finding.objects.get(kind="undeclared_use").sentence
    assert "Seen, not yet declared" in client.get(SERVED).content.decode()


def test_members_read_that_it_is_not_copied(client):
    count(client, stage="training")
    page = client.get(PAGE).content.decode()
    assert "Used to filter or sort, verified by lineage" in page
    assert "Your data is not copied into this feature." in page
    assert "Only used to filter or sort." in page


def test_the_api_says_of_which_kind_it_is(client):
    count(client, stage="")
    told = client.get("/api/v1/observations/").json()["results"]
    assert [(one["stage"], one["direct"]) for one in told] == [("inference", False), ("training", False)]
    assert told[0]["steps"][1]["how"] == "only used to filter or sort"


def test_said_of_every_feature_it_counts_in_each(client):
    count(client, feature="", stage="")
    assert looked_at(client).count(">Counts<") == 2


@pytest.mark.parametrize("more", [{}, {"stage": ""}, {"feature": "", "stage": ""}])
def test_what_counts_already_is_not_asked_for_again(client, more):
    count(client, **more)
    told = client.post("/staff/looked-at/count/", ASKED | {"reason": "Once more."}, follow=True).content.decode()
    assert "It counts already: Otto said so of communications.messages in" in told
    assert Wish.objects.count() == 1


@pytest.mark.parametrize("more", [{}, {"feature": "", "stage": ""}])
def test_what_was_asked_for_is_not_offered_again(client, more):
    client.post("/staff/looked-at/count/", ASKED | {"reason": REASON} | more)
    page = looked_at(client, stage="inference")
    assert "Asked: a reviewer decides" in page
    assert "#count" not in page


def test_taken_back_it_is_as_it_was(client):
    count(client)
    client.post(f"/staff/looked-at/{Counted.objects.get().pk}/uncount/")
    ines_agrees(client)
    follow(NOON + timedelta(hours=3))
    assert Finding.objects.get(kind="undeclared_use").state == Finding.State.CLOSED
    assert client.get(SERVED).status_code == 404


def test_both_stand_in_the_history_with_the_reason(client):
    count(client)
    client.post(f"/staff/looked-at/{Counted.objects.get().pk}/uncount/")
    ines_agrees(client)
    entries = HistoryEntry.objects.filter(verb__startswith="looking.").order_by("pk")
    assert [entry.verb for entry in entries] == ["looking.count", "looking.uncount"]
    assert entries[0].after["reason"] == REASON


def test_without_a_reason_it_does_not_count(client):
    assert client.post("/staff/looked-at/count/", ASKED | {"reason": " "}).status_code == 400


def test_whoever_lets_it_count_chooses_by_name(client):
    page = looked_at(client, **ASKED)
    assert '<option value="communications.messages" selected>Private messages</option>' in page
    assert '<option value="job-ranking" selected>Job recommendations</option>' in page
    assert '<option value="">Every feature</option>' in page
    assert '<option value="" selected>Every stage</option>' not in page


@pytest.mark.parametrize("slip", [{"category": "comunications.messages"}, {"feature": "job-rankin"}])
def test_what_nobody_knows_does_not_count(client, slip):
    told = client.post("/staff/looked-at/count/", ASKED | {"reason": REASON} | slip)
    assert (told.status_code, b"is not one of the available choices" in told.content) == (400, True)
    assert not Wish.objects.exists()


def test_a_stage_of_no_feature_is_refused_in_words(client):
    told = client.post("/staff/looked-at/count/", ASKED | {"feature": "", "reason": REASON}, follow=True)
    assert "Say of which feature this stage is" in told.content.decode()


def test_what_is_declared_and_only_looked_at_is_not_simply_gone():
    Source.objects.update(last_good_at=NOON + timedelta(days=20))
    follow(NOON + timedelta(days=20))
    assert "It is only looked at now" in Finding.objects.get(kind="not_observed").sentence


def test_an_auditor_reads_it_and_counts_nothing(client, ada):
    client.force_login(ada)
    assert "Let it count" not in looked_at(client)


def test_the_list_is_narrowed_by_its_address(client):
    assert "Nothing for what you asked" in looked_at(client, category="health")
    assert "helps to choose" in looked_at(client, stage="training")


@pytest.mark.parametrize("asked", ["\0", "x" * 5_000, "<script>alert(1)</script>", "%"])
def test_whatever_is_asked_is_only_text(client, asked):
    assert "<script>alert" not in looked_at(client, category=asked, feature=asked, stage=asked, page=asked)


def test_its_queries_do_not_grow_with_what_is_seen(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        looked_at(client)
