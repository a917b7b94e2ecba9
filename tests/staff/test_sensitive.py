"""What nobody does alone: Amir asks, everybody on this side sees it before and after, and Anna agrees (P-23)."""

import re

import pytest
from django.utils import timezone

from transparency.accounts import wishes
from transparency.accounts.actions import issue_token
from transparency.accounts.models import HistoryEntry, ServiceToken, User, Wish
from transparency.accounts.queries import token_for
from transparency.accounts.roles import GIVEN_WITH
from transparency.catalog.models import Source
from transparency.consent.actions import erase
from transparency.consent.models import Choice
from transparency.enforcement import actions
from transparency.enforcement.models import Canary, Pipeline

PAGE = "/staff/sensitive/"
HUB = "https://hub.example"
SOURCE = {
    "slug": "lake", "name": "Lake", "connector": "openmetadata", "location": HUB, "token": "", "namespace": "",
    "every_minutes": "60", "whole_every_hours": "24", "horizon_days": "30", "stale_after_hours": "24",
}  # fmt: skip
PIPELINE = {"slug": "pip", "name": "Pip, nightly training", "contact": "#jobs-ml", "max_age": "3600", "webhook_url": ""}


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False
    settings.CATALOG_HOSTS = ["hub.example"]


@pytest.fixture
def anna(person):
    """Anna, another administrator."""
    return person("Anna", "administrator")


@pytest.fixture
def lake(db):
    return Source.objects.create(slug="lake", name="Lake", connector="openlineage_http", enabled=False)


@pytest.fixture
def as_(client):
    """Sends a form as somebody, with what it was made from; returns the page that they land on."""

    def send(who, path, told=None, **more):
        client.force_login(who)
        seen = re.search(r'name="seen" value="(\w+)"', client.get(path).content.decode())
        told = (told or {}) | more | ({"seen": seen[1]} if seen else {})
        return client.post(path, told, follow=True).content.decode()

    return send


def decide(as_, who, verb="agree"):
    return as_(who, f"{PAGE}{Wish.objects.get(outcome='').pk}/{verb}/")


def secret_in(page):
    return re.search(r"<code>((?:tr|whsec)_[^<]+)</code>", page)[1]


class TestSources:
    @pytest.fixture
    def lake(self, db):
        """One of the kind that asks for everything."""
        return Source.objects.create(slug="lake", name="Lake", connector="openmetadata", location=HUB, enabled=False)

    def test_a_new_one_is_there_once_anna_agrees(self, as_, amir, anna):
        assert "they were written to" in as_(amir, "/staff/sources/add/", SOURCE | {"enabled": "on"})
        assert not Source.objects.exists()
        decide(as_, anna)
        assert Source.objects.get().enabled

    def test_what_it_would_change_is_read_before_and_after(self, client, as_, amir, anna, ada, lake):
        as_(amir, "/staff/sources/lake/change/", SOURCE, horizon_days="90", name="Sea")
        for path in (PAGE, "/staff/sources/lake/"):
            client.force_login(ada)
            page = client.get(path).content.decode()
            assert "<b>days for which a flow counts</b> <del>30</del> → <ins>90</ins>" in page
            assert "<b>name</b> <del>Lake</del> → <ins>Sea</ins>" in page
        assert Source.objects.get().name == "Lake"
        decide(as_, anna)
        assert (Source.objects.get().name, Source.objects.get().horizon_days) == ("Sea", 90)

    @pytest.mark.parametrize(
        "told",
        [
            {"horizon_days": "1"}, {"horizon_days": "365"}, {"every_minutes": "60000"}, {"whole_every_hours": "0"},
            {"stale_after_hours": "9000"}, {"enabled": "on"}, {"name": "Sea"}, {"slug": "sea"}, {"token": "OTHER"},
            {"connector": "dbt", "location": "target"}, {"namespace": "warehouse=snowflake://acme"},
        ],
    )  # fmt: skip
    def test_nothing_of_it_is_changed_alone(self, as_, amir, anna, lake, told):
        before = Source.objects.values().get()
        as_(amir, "/staff/sources/lake/change/", SOURCE, **told)
        assert (Source.objects.values().get(), Wish.objects.count()) == (before, 1)

    def test_it_is_switched_off_at_once(self, as_, amir, anna, lake):
        Source.objects.update(enabled=True)
        as_(amir, "/staff/sources/lake/change/", SOURCE, stale_after_hours="12")
        assert (Source.objects.get().enabled, Source.objects.get().stale_after_hours) == (False, 12)

    def test_what_is_wrong_with_it_is_said_before_anybody_is_asked(self, as_, amir, anna, lake):
        told = SOURCE | {"connector": "datahub_file", "namespace": "snowflake://acme"}
        assert "is not like platform=namespace" in as_(amir, "/staff/sources/lake/change/", told)
        assert not Wish.objects.exists()

    @pytest.mark.parametrize(
        ("field", "least", "most"),
        [
            ("every_minutes", 1, 527_040), ("horizon_days", 1, 36_600), ("stale_after_hours", 1, 87_840),
            ("whole_every_hours", 0, 87_840),
        ],
    )  # fmt: skip
    def test_a_time_that_no_calendar_could_hold_is_refused(self, as_, amir, anna, lake, field, least, most):
        for number in (least - 1, most + 1, 2**31 - 1):
            assert "Ensure this value is" in as_(amir, "/staff/sources/lake/change/", SOURCE, **{field: str(number)})
        assert not Wish.objects.exists()
        as_(amir, "/staff/sources/lake/change/", SOURCE, **{field: str(most)})
        assert Wish.objects.count() == 1

    def test_whoever_agrees_agrees_to_a_change_of_what_stood_then(self, as_, amir, anna, lake):
        as_(amir, "/staff/sources/lake/change/", SOURCE, horizon_days="90")
        Source.objects.update(location="elsewhere")
        assert "It was changed since Amir asked" in decide(as_, anna)
        assert Source.objects.get().horizon_days == 30

    def test_where_that_was_changed_since_it_is_said_and_nobody_is_offered_to_agree(
        self, client, as_, amir, anna, lake
    ):
        as_(amir, "/staff/sources/lake/change/", SOURCE, horizon_days="90")
        Source.objects.update(location="elsewhere")
        client.force_login(anna)
        page = client.get(PAGE).content.decode()
        assert "Nobody can agree to this any more.</b> It was changed since Amir asked." in page
        assert (">Agree</button>" in page, ">Decline</button>" in page) == (False, True)
        assert "It can be agreed to until" not in page

    def test_who_asked_and_may_not_any_more_is_named(self, client, as_, amir, anna, lake):
        as_(amir, "/staff/sources/lake/change/", SOURCE, horizon_days="90")
        User.objects.filter(pk=amir.pk).update(role="auditor")
        client.force_login(anna)
        page = client.get(PAGE).content.decode()
        assert "Amir may not ask for this any more." in page
        assert ">Agree</button>" not in page

    def test_what_is_declined_changes_nothing(self, as_, amir, anna, lake):
        as_(amir, "/staff/sources/lake/change/", SOURCE, horizon_days="90")
        assert "Declined" in decide(as_, anna, "decline")
        assert Source.objects.get().horizon_days == 30


class TestPipelines:
    CHANGE = "/staff/pipelines/pip/change/"

    def test_a_new_one_is_registered_once_anna_agrees(self, as_, amir, anna, published):
        as_(amir, "/staff/pipelines/add/", PIPELINE, assignments=["job-ranking@training"])
        assert not Pipeline.objects.exists()
        decide(as_, anna)
        assert [str(one) for one in Pipeline.objects.get().assignments.all()] == ["job-ranking, training"]

    @pytest.mark.parametrize(
        "told",
        [
            {"max_age": "7200"}, {"name": "Pop"}, {"contact": "#mine"}, {"webhook_url": "https://hooks.example/"},
        ],
    )  # fmt: skip
    def test_it_is_let_do_no_more_alone(self, as_, amir, pip, anna, told, settings):
        settings.WEBHOOK_HOSTS = ["hooks.example"]
        before = Pipeline.objects.values().get()
        as_(amir, self.CHANGE, PIPELINE | {"assignments": ["job-ranking@training"]} | told)
        assert Wish.objects.count() == 1
        assert (Pipeline.objects.values().get(), pip.assignments.count()) == (before, 1)

    def test_it_is_let_run_no_more_alone(self, client, as_, amir, pip, anna):
        pip.assignments.all().delete()
        as_(amir, self.CHANGE, PIPELINE | {"assignments": ["job-ranking@training"]})
        assert not pip.assignments.exists()
        assert "<b>what it runs</b> <ins>job-ranking, training</ins>" in client.get(PAGE).content.decode()
        decide(as_, anna)
        assert pip.assignments.exists()

    def test_it_is_let_do_less_at_once(self, as_, amir, pip, anna):
        as_(amir, self.CHANGE, PIPELINE | {"max_age": "60"})
        assert (Pipeline.objects.get().max_age, pip.assignments.count()) == (60, 0)

    def test_it_is_answered_again_once_somebody_agrees_who_may_pause_it(self, client, as_, ines, otto, pip):
        actions.pause_pipeline(by=otto, pipeline=pip, reason="Ignored a refusal")
        client.force_login(ines)
        assert "they were written to" in client.post("/staff/pipelines/pip/resume/", follow=True).content.decode()
        assert not Pipeline.objects.get().active
        decide(as_, otto)
        assert Pipeline.objects.get().active

    def test_it_is_not_tried_no_more_alone(self, client, as_, amir, anna, published):
        actions.start_trials(by=amir)
        client.force_login(amir)
        client.post("/staff/workers/trials/stop/")
        assert Canary.objects.get().active
        decide(as_, anna)
        assert not Canary.objects.get().active


class TestKeys:
    @pytest.fixture(params=["/staff/tokens/", "/staff/pipelines/pip/keys/"])
    def asked(self, request, client, amir, lake, pip, anna):
        """Amir asked for a key, of either kind."""
        client.force_login(amir)
        client.post(request.param, {"name": "Airflow", "source": "lake"})
        return Wish.objects.get()

    @pytest.fixture
    def agreed(self, asked, as_, anna):
        decide(as_, anna)
        return asked

    def test_none_is_made_before_anna_agrees_nor_by_her(self, agreed, client, anna):
        assert not ServiceToken.objects.exists()
        client.force_login(anna)
        assert "_" not in "".join(re.findall(r"<code>(.*?)</code>", client.get(PAGE).content.decode()))

    def test_amir_fetches_it_and_sees_it_once(self, agreed, client, as_, amir, anna):
        secret = secret_in(as_(amir, f"{PAGE}{agreed.pk}/fetch/"))
        token = token_for(secret, timezone.now())
        assert (token.name, token.created_by, token.agreed_by) == ("Airflow", amir, anna)
        assert secret not in client.get(PAGE).content.decode()
        assert "nothing for you to fetch" in as_(amir, f"{PAGE}{agreed.pk}/fetch/")
        assert ServiceToken.objects.count() == 1

    def test_nobody_else_fetches_it(self, agreed, as_, anna, person):
        for who in (anna, person("Carl", "administrator"), person("Otto", "editor")):
            assert "nothing for you to fetch" in as_(who, f"{PAGE}{agreed.pk}/fetch/")
        assert not ServiceToken.objects.exists()

    def test_nobody_fetches_what_nobody_agreed_to(self, asked, as_, amir):
        assert "nothing for you to fetch" in as_(amir, f"{PAGE}{asked.pk}/fetch/")
        assert not ServiceToken.objects.exists()

    def test_after_three_days_it_is_not_to_be_had_any_more(self, agreed, amir):
        with pytest.raises(wishes.ValidationError, match="nothing for you to fetch"):
            wishes.fetch(by=amir, wish=agreed, at=timezone.now() + wishes.FETCHED_WITHIN)

    def test_who_lost_their_role_fetches_nothing_nor_counts_as_having_agreed(self, agreed, as_, amir, anna):
        type(anna).objects.filter(pk=anna.pk).update(role="auditor")
        assert "Another administrator must agree" in as_(amir, f"{PAGE}{agreed.pk}/fetch/")
        assert not ServiceToken.objects.exists()

    def test_its_secret_is_nowhere_in_the_database_but_as_a_digest(self, agreed, as_, amir):
        secret = secret_in(as_(amir, f"{PAGE}{agreed.pk}/fetch/"))
        kept = [*Wish.objects.values_list(), *HistoryEntry.objects.values_list(), *ServiceToken.objects.values_list()]
        assert secret not in str(kept)

    def test_a_key_is_revoked_at_once(self, agreed, client, as_, amir, anna):
        secret = secret_in(as_(amir, f"{PAGE}{agreed.pk}/fetch/"))
        client.force_login(anna)
        client.post(f"/staff/tokens/{ServiceToken.objects.get().pk}/revoke/")
        assert token_for(secret, timezone.now()) is None

    def test_what_signs_messages_is_fetched_likewise(self, client, as_, amir, pip, anna):
        client.force_login(amir)
        client.post("/staff/pipelines/pip/secret/")
        decide(as_, anna)
        assert not Pipeline.objects.get().webhook_secret
        assert secret_in(as_(amir, f"{PAGE}{Wish.objects.get().pk}/fetch/")).startswith("whsec_")
        assert Pipeline.objects.get().webhook_secret

    def test_nobody_gives_a_machine_what_they_may_not_do_themselves(self, amir, monkeypatch):
        monkeypatch.setitem(GIVEN_WITH, "choices", "proposal.edit")
        with pytest.raises(wishes.PermissionDenied):
            issue_token(by=amir, name="Settings page", scopes=["choices"])

    def test_there_is_no_key_for_what_nobody_knows(self, amir):
        with pytest.raises(wishes.ValidationError, match="nothing that a key can do"):
            issue_token(by=amir, name="All of it", scopes=["everything"])


class TestErasure:
    @pytest.fixture
    def asked(self, as_, amir, anna, chooses, published):
        chooses.refuses()
        as_(amir, "/staff/members/erase/", {"member": "7", "deleted": "on"})
        return Wish.objects.get()

    def test_nobody_takes_a_refusal_back_by_erasing_it_alone(self, asked, as_, anna):
        assert Choice.objects.get().member == 7
        decide(as_, anna)
        assert Choice.objects.get().member != 7

    def test_only_who_could_agree_reads_whom_and_then_it_is_forgotten(self, asked, client, as_, anna, ada):
        shown = "<b>the member’s id</b> <ins>7</ins>"
        client.force_login(ada)
        assert shown not in client.get(PAGE).content.decode()
        client.force_login(anna)
        assert shown in client.get(PAGE).content.decode()
        decide(as_, anna)
        assert (Wish.objects.get().facts, Wish.objects.get().outcome) == ({}, "agreed")

    def test_the_history_never_says_whom(self, asked):
        assert '"7"' not in str(HistoryEntry.objects.values_list("subject", "before", "after"))

    def test_what_nobody_decided_is_forgotten_too(self, asked):
        wishes.forget_members(at=timezone.now() + wishes.LASTS)
        assert Wish.objects.get().facts == {}

    def test_the_only_administrator_erases_alone(self, amir, chooses, published):
        chooses.refuses()
        assert erase(by=amir, member="7") == 1


class TestFeed:
    def test_the_inbox_of_everybody_says_that_something_waits(self, client, as_, amir, anna, ada):
        as_(amir, "/staff/sources/add/", SOURCE)
        client.force_login(ada)
        assert "<b>1</b> <span>sensitive act to be agreed to" in client.get("/staff/").content.decode()

    def test_what_was_asked_for_and_agreed_to_is_told_in_words(self, client, as_, amir, anna):
        as_(amir, "/staff/sources/add/", SOURCE)
        page = decide(as_, anna)
        assert "<b>Amir</b> asked for somebody else’s agreement (add a source)" in page
        assert "<b>Anna</b> agreed (add a source)" in page

    @pytest.mark.parametrize("who", ["otto", "ines", "ada", "amir"])
    def test_everybody_on_this_side_sees_what_was_done(self, client, request, who, amir, anna, lake):
        issue_token(by=amir, agreed_by=anna, name="Airflow", scopes=["lineage:lake"])
        client.force_login(request.getfixturevalue(who))
        assert "<b>Amir</b> made a key" in client.get(PAGE).content.decode()

    def test_who_asked_is_offered_to_take_it_back_and_nothing_else(self, client, as_, amir, anna):
        page = as_(amir, "/staff/sources/add/", SOURCE)
        assert "Take it back" in page
        assert ">Agree<" not in page
        decide(as_, amir, "decline")
        assert Wish.objects.get().outcome == "declined"

    @pytest.mark.parametrize("who", ["otto", "ines", "ada"])
    @pytest.mark.parametrize("verb", ["agree", "decline"])
    def test_who_may_not_ask_decides_nothing(self, client, as_, amir, anna, request, who, verb):
        as_(amir, "/staff/sources/add/", SOURCE)
        refusal = "Another administrator must agree" if verb == "agree" else "only who could agree declines it"
        assert refusal in decide(as_, request.getfixturevalue(who), verb)
        assert Wish.objects.get().outcome == ""

    def test_more_of_it_takes_no_more_queries(self, client, amir, anna, django_assert_max_num_queries):
        for number in range(5):
            told = {"subject_kind": "token", "subject": str(number), "facts": {"name": str(number), "scopes": []}}
            wishes.ask(by=amir, verb="key", at=timezone.now(), **told)
        client.force_login(anna)
        with django_assert_max_num_queries(9):
            client.get(PAGE)

    def test_hostile_words_are_only_text(self, as_, amir, anna):
        page = as_(amir, "/staff/sources/add/", SOURCE | {"name": "<script>alert(1)</script>"})
        assert "<script>alert" not in page
