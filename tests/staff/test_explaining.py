"""Why a category is seen to reach a feature, or why not."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.register.builders import NOON as REGISTERED
from tests.register.builders import Press, register
from transparency.catalog import actions as catalog
from transparency.catalog.models import Source
from transparency.config.chain import follow
from transparency.review.actions import start_proposal
from transparency.review.models import Finding

ASKED = {"category": "contact.email", "feature": "job-ranking", "stage": "training"}
TWO_WAYS = (
    flow("users.email", "features.email"),
    flow("features", "model ranker"),
    flow("users.email", "clicks.email"),
    flow("clicks", "sessions"),
    flow("sessions", "model ranker"),
)


@pytest.fixture(autouse=True)
def _ada_looks(client, ada, otto, settings, db):
    settings.STAFF_SECOND_FACTOR = False
    Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")
    catalog.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    catalog.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")
    client.force_login(ada)


@pytest.fixture
def shows(client):
    def read(*flows):
        asked = catalog.request_refresh(by=None, source=Source.objects.get())
        done = catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(snapshot(*flows, tags={"users.email": "pii"})))
        follow(done.finished_at)

    return read


def page(client, **asked):
    return client.get("/staff/explain/", ASKED | asked).content.decode()


def stopped(otto, ines, **where):
    until = timezone.now() + timedelta(days=9)
    barrier = catalog.propose_barrier(by=otto, reason="Counts only.", expires_at=until, **where)
    catalog.approve_barrier(by=ines, barrier=barrier)


def test_every_way_is_told_that_begins_or_ends_differently(client, shows):
    shows(*TWO_WAYS)
    told = page(client)
    assert "The shortest way: 2 flows" in told
    assert "Another last step: 3 flows" in told


def test_with_two_ways_no_single_flow_stops_it(client, shows):
    shows(*TWO_WAYS)
    assert "No single flow" in page(client)


def test_with_one_way_each_flow_stops_it(client, shows):
    shows(*TWO_WAYS[:2])
    told = page(client)
    assert "Take away any one" in told
    assert told.count("without it nothing would come") == 2


def test_what_would_stop_it_is_told_by_names_that_people_know(client, shows):
    shows(*TWO_WAYS[:2])
    told = page(client).partition("Take away any one")[2].partition("</ul>")[0]
    ends = re.findall(r'<a href="/staff/assets/one/\?key=[^"]+" title="[^"]+">([^<]+)</a>', told)
    assert ends == ["users, column email", "features, column email", "features, column email", "ranker"]


def barrier_forms(told):
    """The links to the form for a barrier, in their order."""
    return [unescape(one) for one in re.findall(r'<a href="(/staff/barriers/\?[^"]+)"', told)]


def test_an_editor_is_led_to_the_form_for_a_barrier_at_each_flow(client, shows, otto):
    shows(*TWO_WAYS[:2])
    client.force_login(otto)
    first, second = barrier_forms(page(client))
    assert dict(parse_qsl(urlsplit(first).query)) == {
        "key": key("users.email"),
        "downstream_key": key("features.email"),
        "category": "contact.email",
    }
    told = client.get(second).content.decode()
    assert f'<option value="{key("model ranker")}" selected>' in told
    assert '<option value="contact.email" selected>' in told


@pytest.mark.parametrize("place", [0, 1])
def test_a_barrier_from_there_stops_it(client, shows, otto, ines, place):
    shows(*TWO_WAYS[:2])
    client.force_login(otto)
    stopped(otto, ines, **dict(parse_qsl(urlsplit(barrier_forms(page(client))[place]).query)))
    assert "The nearest asset that holds it" in page(client)


def test_who_may_propose_no_barrier_is_not_led_there(client, shows):
    shows(*TWO_WAYS[:2])
    assert barrier_forms(page(client)) == []


def test_when_it_was_first_seen_reads_well_as_a_date_and_as_how_long_ago(client, shows):
    shows(*TWO_WAYS)
    assert "first seen <time" in page(client)
    assert "since <time" not in page(client)


def test_each_box_of_the_picture_leads_to_its_asset(client, shows):
    shows(*TWO_WAYS)
    assert page(client).count('<rect class="box') == 5


def test_behind_a_barrier_it_says_where(client, shows, otto, ines):
    shows(*TWO_WAYS[:2])
    stopped(otto, ines, key=key("features"))
    assert "The nearest asset that holds it is one flow upstream of a barrier, at features." in page(client)


def test_that_no_rule_names_it_is_said(client, shows, ines, time_machine):
    time_machine.move_to(REGISTERED)
    Press(ines)(register())
    shows(*TWO_WAYS)
    assert "No rule says which assets hold it." in page(client, category="communications.messages")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"category": "helth"}, "No kind of data has the key “helth”"),
        ({"feature": "job-rank"}, "No AI feature has the key “job-rank”"),
        ({"stage": "dreaming"}, "There is no stage “dreaming”."),
    ],
)
def test_what_nobody_knows_is_called_that_and_no_reason_is_made_up(client, shows, asked, said):
    shows(*TWO_WAYS)
    told = page(client, **asked)
    assert said in told
    assert "is not seen to reach" not in told


def test_that_nothing_is_bound_is_said(client, shows):
    shows(*TWO_WAYS)
    assert "Nothing is bound to this feature at this stage" in page(client, stage="inference")


def test_that_it_stays_in_other_columns_is_said(client, shows):
    shows(flow("users.city", "features.city"), flow("features", "model ranker"), flow("users.email", "other"))
    assert "it stays in other columns" in page(client)


def test_where_it_is_only_looked_at_the_ways_are_of_that_kind(client, shows):
    shows(flow("users.email", "chosen.id", direct=False), flow("chosen", "model ranker"))
    told = page(client)
    assert "helps to choose what reaches “job-ranking”" in told
    assert "It is not copied there" in told
    assert told.count(">Only looked at<") == 1


LOOKED_AT = flow("users.email", "chosen.id", direct=False), flow("chosen", "model ranker")


def test_where_it_is_only_looked_at_it_asks_whether_that_counts(client, shows):
    shows(*LOOKED_AT)
    assert ">Does that count?</a>" in page(client)


def test_where_that_counts_already_it_says_who_says_so(client, shows, otto, ines):
    shows(*LOOKED_AT)
    catalog.count_looking(by=otto, agreed_by=ines, category="contact.email", reason="Who is shown it depends on it.")
    told = page(client)
    assert ">It counts as a use</a>, says Otto: “Who is shown it depends on it.”" in told
    assert "Does that count?" not in told


def test_where_one_way_copies_it_only_such_ways_are_told(client, shows):
    shows(*TWO_WAYS, flow("users.email", "model ranker", direct=False))
    assert ">Only looked at<" not in page(client)


def test_each_step_says_what_it_does(client, shows):
    shows(flow("users.email", "features.email", masking=True), flow("features", "model ranker"))
    assert page(client).count(">Masked<") == 1


def test_without_a_question_it_lists_what_is_seen(client, shows):
    shows(*TWO_WAYS)
    assert "contact.email → job-ranking" in client.get("/staff/explain/").content.decode()


def test_what_is_seen_is_told_by_name_and_narrowed(client, shows, ines, otto, time_machine):
    time_machine.move_to(REGISTERED)
    Press(ines)(register())
    catalog.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="chat", category="communications.messages")
    shows(*TWO_WAYS)
    told = client.get("/staff/explain/").content.decode()
    assert "contact.email → Job recommendations</a>" in told
    assert '<option value="communications.messages">Private messages</option>' in told
    assert '<option value="contact.email">contact.email</option>' in told  # seen, and declared by nobody
    assert "→ Job recommendations</a>" in client.get("/staff/explain/", {"feature": "job-ranking"}).content.decode()
    nothing = client.get("/staff/explain/", {"category": "communications.messages"}).content.decode()
    assert "Nothing of it is seen" in nothing


def test_the_cards_of_assets_and_the_findings_lead_here(client, shows):
    shows(*TWO_WAYS)
    assert (
        "/staff/explain/?feature=job-ranking"
        in client.get("/staff/assets/one/", {"key": key("model ranker")}).content.decode()
    )


@pytest.mark.parametrize("asked", ["\0", "x" * 5_000, "<script>alert(1)</script>", "%"])
def test_whatever_is_asked_is_only_text(client, asked):
    told = client.get("/staff/explain/", {"category": asked, "feature": asked, "stage": asked})
    assert told.status_code == 200
    assert b"<script>alert" not in told.content


def test_its_queries_do_not_grow_with_the_ways(client, shows, django_assert_max_num_queries):
    shows(*TWO_WAYS)
    with django_assert_max_num_queries(45):
        page(client)


def test_each_record_of_a_use_leads_here(client, ines):
    Press(ines)(register())
    link = "/staff/explain/?category=communications.messages&amp;feature=job-ranking&amp;stage=training"
    assert link in client.get("/staff/records/").content.decode()


def test_the_form_of_a_use_leads_here(client, ines, otto):
    Press(ines)(register())
    proposal = start_proposal(by=otto, title="Shorter retention")
    client.force_login(otto)
    asked = {"subject": "communications.messages/job-ranking/training"}
    told = client.get(f"/staff/proposals/{proposal.pk}/edit/use/", asked).content.decode()
    assert "How the catalog shows it" in told


def test_a_finding_of_a_use_leads_here(client, shows, ines, time_machine):
    time_machine.move_to(REGISTERED)
    Press(ines)(register())
    shows(*TWO_WAYS)
    finding = Finding.objects.get(kind="undeclared_use")
    link = "/staff/explain/?category=contact.email&amp;feature=job-ranking&amp;stage=training"
    assert link in client.get(f"/staff/findings/{finding.pk}/").content.decode()
