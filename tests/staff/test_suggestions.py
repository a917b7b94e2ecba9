"""What unlabelled columns may hold: found, read, accepted and rejected, one by one or several at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.conftest import Browser
from transparency.accounts.models import Wish
from transparency.catalog import actions as catalog
from transparency.catalog.models import ClassificationRule, Label, Source, Suggesting, Suggestion
from transparency.catalog.suggested import pattern_for
from transparency.config import chain
from transparency.review.models import Finding

LIST = "/staff/suggestions/"
BAD = ["\0", "x" * 10_000, "a\u202eb", "<script>alert(1)</script>", "-1", "9" * 400]
NASTY = 'message_<b>"&?#=/%2e'


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def look(published, otto, ines):
    """Reads a catalog with those flows, and looks what its unlabelled columns may hold."""
    source = Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("model ranker"), feature="job-ranking", stage="training")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("model writer"), feature="writing-assistant", stage="training")

    def at_once(*flows):
        asked = catalog.request_refresh(by=None, source=source)
        refresh = catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(snapshot(*flows)))
        chain.follow(refresh.finished_at)
        chain.suggest(refresh.finished_at)

    return at_once


@pytest.fixture
def suggested(look):
    """A column of messages that reaches both features, and another that reaches one of them."""
    look(
        flow("chat.message_text", "model ranker"),
        flow("chat.message_text", "model writer"),
        flow("inbox.private_message", "model ranker"),
    )


@pytest.fixture
def agrees(ines):
    """Ines reads what it would change, and agrees; returns what she read."""

    def agree():
        browser, asked = Browser(), f"/staff/sensitive/{Wish.objects.get(outcome='').pk}/"
        browser.force_login(ines)
        page = browser.get(asked).content.decode()
        browser.post(f"{asked}agree/")
        return page

    return agree


def the(name):
    return Suggestion.objects.get(key=key(name))


def page_of(client, path=LIST, **asked):
    return client.get(path, asked).content.decode()


def one(name, verb=""):
    return f"{LIST}{the(name).pk}/{verb}"


def send(client, verb, *names, **more):
    chosen = {"suggestion": [the(name).pk for name in names]}
    return client.post(f"{LIST}{verb}/", chosen | more, follow=True).content.decode()


def test_the_chain_suggests_in_the_words_of_the_register(suggested):
    assert the("chat.message_text").category == "communications.messages"


def test_each_line_says_what_why_and_what_it_would_change(client, ada, suggested):
    client.force_login(ada)
    page = page_of(client)
    assert "chat, column message_text → Private messages" in page
    assert "Its name speaks of “messages”." in page
    assert "Reaches Job recommendations, Writing assistant. Not seen there yet." in page


def test_what_would_change_most_comes_first(client, ada, suggested):
    client.force_login(ada)
    page = page_of(client)
    assert page.index("chat, column") < page.index("inbox, column")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"feature": "writing-assistant"}, ["chat"]),
        ({"category": "communications.messages"}, ["chat", "inbox"]),
        ({"category": "work.skills"}, []),
        ({"text": "PRIVATE_"}, ["inbox"]),
        ({"least": "80"}, []),
        ({"state": "rejected"}, []),
        ({"sort": "name"}, ["chat", "inbox"]),
        ({"key": key("inbox")}, ["inbox"]),
        ({"key": key("model writer")}, ["chat"]),
        ({"key": "dataset:nowhere"}, []),
    ],
)
def test_the_list_is_narrowed_to_what_is_asked_for(client, ada, suggested, asked, shown):
    client.force_login(ada)
    page = page_of(client, **asked)
    assert [name for name in ("chat", "inbox") if f"{name}, column" in page] == shown


@pytest.mark.parametrize("name", ["state", "category", "feature", "least", "sort", "text", "key", "page"])
@pytest.mark.parametrize("typed", BAD)
def test_whatever_is_asked_for_is_only_text(client, ada, suggested, name, typed):
    client.force_login(ada)
    answer = client.get(LIST, {name: typed})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("typed", BAD)
def test_whatever_pattern_is_tried_is_only_text(client, otto, suggested, typed):
    client.force_login(otto)
    answer = client.get(one("chat.message_text"), {"pattern": typed})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_what_a_catalog_calls_a_column_is_only_text(client, otto, look):
    look(flow(f"chat.{NASTY}", "model ranker"))
    client.force_login(otto)
    pages = page_of(client) + page_of(client, f"{LIST}{Suggestion.objects.get().pk}/")
    assert "message_&lt;b&gt;" in pages
    assert "<b>&quot;" not in pages


def test_an_editor_accepts_for_the_one_column_and_a_reviewer_agrees(client, otto, suggested, agrees):
    client.force_login(otto)
    client.post(one("chat.message_text", "accept/"), {"reason": "I asked."})
    assert not ClassificationRule.objects.exists()
    assert "reaches <b>Job recommendations</b> (training the model)" in agrees()
    rule = ClassificationRule.objects.get()
    assert (rule.matches, rule.pattern, rule.category) == ("key", key("chat.message_text"), "communications.messages")
    page = page_of(client, one("chat.message_text"))
    assert "Accepted" in page
    assert "I asked." in page


def test_what_was_asked_for_is_not_offered_again(client, otto, suggested):
    client.force_login(otto)
    asked = the("chat.message_text").pk
    client.post(f"/staff/suggestions/{asked}/accept/")
    page = client.get("/staff/suggestions/").content.decode()
    assert page.count("Asked: a reviewer decides") == 1
    assert f'name="suggestion" value="{asked}"' not in page
    assert "It was asked for already" in client.get(f"/staff/suggestions/{asked}/").content.decode()


def test_a_wider_rule_is_shown_before_it_is_made(client, otto, suggested, agrees):
    client.force_login(otto)
    page = page_of(client, one("chat.message_text"), pattern="*message*")
    assert "This rule labels <b>2 columns in 2 datasets</b>" in page
    assert not ClassificationRule.objects.exists()
    client.post(one("chat.message_text", "accept/"), {"pattern": "*message*"})
    agrees()
    assert ClassificationRule.objects.get().pattern == "*message*"
    assert the("inbox.private_message").state == "accepted"


def test_a_wider_rule_says_what_is_labelled_already_and_what_was_rejected(client, otto, ines, suggested):
    catalog.add_rule(
        by=otto, agreed_by=ines, matches="key", pattern=key("inbox.private_message"), category="work.skills"
    )
    catalog.recompute(at=timezone.now())
    catalog.reject_suggestions(by=otto, suggestions=[the("chat.message_text")], reason="It is a template.")
    other = Suggestion.objects.create(
        key=key("inbox.private_message"), category="communications.messages2", weight=50, found_at=timezone.now()
    )
    client.force_login(otto)
    assert "Of these, 1 is labelled by other rules" in page_of(client, f"{LIST}{other.pk}/", pattern="*message*")
    Suggestion.objects.filter(pk=other.pk).update(category="communications.messages3")
    Suggestion.objects.filter(key=key("chat.message_text")).update(category="communications.messages3")
    assert "Somebody said that these do not hold it" in page_of(client, f"{LIST}{other.pk}/", pattern="*message*")


def test_a_pattern_that_matches_something_else_is_refused_in_words(client, otto, suggested):
    client.force_login(otto)
    answer = client.post(one("chat.message_text", "accept/"), {"pattern": "*phone*"}, follow=True)
    assert "does not match the column itself" in answer.content.decode()
    assert not ClassificationRule.objects.exists()


def test_several_are_accepted_at_once(client, otto, suggested, agrees):
    client.force_login(otto)
    page = send(client, "accept", "chat.message_text", "inbox.private_message", reason="All chats.")
    assert "Waits for a reviewer to agree" in page
    assert "<b>2 assets</b>: no kind of data → <ins>Private messages</ins>" in agrees()
    assert ClassificationRule.objects.count() == 2


def test_several_are_rejected_at_once_with_a_reason(client, otto, suggested):
    client.force_login(otto)
    assert "Rejected 2 suggestions." in send(
        client, "reject", "chat.message_text", "inbox.private_message", reason="Only templates."
    )
    assert "Otto: Only templates." in page_of(client, state="rejected")


def test_a_rejection_without_a_reason_changes_nothing(client, otto, suggested):
    client.force_login(otto)
    assert "Say why it does not hold that" in send(client, "reject", "chat.message_text", reason=" ")
    assert the("chat.message_text").state == "open"


def test_one_comes_back_to_the_list_as_it_was_asked_for(client, otto, suggested):
    client.force_login(otto)
    chosen = {"suggestion": the("chat.message_text").pk, "reason": "No.", "kept": "feature=writing-assistant&x=//evil"}
    assert (
        client.post(f"{LIST}reject/", chosen)["Location"] == f"{LIST}?state=open&feature=writing-assistant&sort=changes"
    )


def test_a_rejection_is_taken_back_on_its_page(client, otto, suggested):
    client.force_login(otto)
    send(client, "reject", "chat.message_text", reason="No.", alone=the("chat.message_text").pk)
    assert "Take it back" in page_of(client, one("chat.message_text"))
    client.post(one("chat.message_text", "reopen/"))
    assert the("chat.message_text").state == "open"


def test_what_somebody_else_decided_meanwhile_is_told(client, otto, olga, suggested):
    catalog.reject_suggestions(by=olga, suggestions=[the("chat.message_text")], reason="No.")
    client.force_login(otto)
    assert "Somebody has decided on it already" in send(client, "accept", "chat.message_text", "inbox.private_message")
    assert the("inbox.private_message").state == "open"


@pytest.mark.parametrize("chosen", [["\0"], ["9" * 40], ["-1"], ["x"], ["999999"], []])
def test_numbers_of_nothing_change_nothing(client, otto, suggested, chosen):
    client.force_login(otto)
    answer = client.post(f"{LIST}accept/", {"suggestion": chosen})
    assert answer.status_code == 302
    assert not ClassificationRule.objects.exists()


def test_an_auditor_sees_everything_and_decides_nothing(client, ada, suggested):
    client.force_login(ada)
    pages = page_of(client) + page_of(client, one("chat.message_text"))
    assert "Private messages" in pages
    assert "An editor decides here." in pages
    assert "Accept the chosen" not in pages
    assert "label this column" not in pages


def test_the_finding_leads_to_what_is_suggested(client, otto, suggested):
    found = Finding.objects.get(kind="unclassified", subject=key("inbox"))
    client.force_login(otto)
    link = f"{LIST}?key=dataset%3Apostgres%3A%2F%2Fdb%3A5432%2Finbox"
    assert link in page_of(client, "/staff/")
    assert link in page_of(client, f"/staff/findings/{found.pk}/")
    page = page_of(client, link)
    assert "You came to say what" in page
    assert "inbox, column private_message" in page


def test_an_auditor_is_led_there_from_the_finding_too(client, ada, suggested):
    found = Finding.objects.get(kind="unclassified", subject=key("inbox"))
    client.force_login(ada)
    assert "See what its columns may hold" in page_of(client, f"/staff/findings/{found.pk}/")


def test_the_card_of_an_asset_shows_what_is_suggested_of_it_and_of_its_columns(client, ada, suggested):
    client.force_login(ada)
    for name in ("chat", "chat.message_text"):
        page = page_of(client, "/staff/assets/one/", key=key(name))
        assert "What is suggested" in page
        assert f"/staff/suggestions/{the('chat.message_text').pk}/" in page


def test_accepting_closes_the_finding_and_shows_the_use_that_nobody_declared(client, otto, suggested, agrees):
    client.force_login(otto)
    send(client, "accept", "inbox.private_message", "chat.message_text")
    agrees()
    chain.follow(timezone.now() + timedelta(seconds=1))
    assert Label.objects.count() == 2
    states = dict(Finding.objects.filter(kind="unclassified").values_list("subject", "state"))
    assert set(states.values()) == {"closed"}
    assert Finding.objects.filter(kind="undeclared_use", subject__contains="writing-assistant").exists()


def many(count):
    return [flow(f"chat{number}.message_text", "model ranker") for number in range(count)]


def asked_in(client, path):
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked)


def test_many_suggestions_take_no_more_queries_and_stand_on_several_pages(client, otto, look):
    look(*many(2))
    client.force_login(otto)
    client.get(LIST)
    few = asked_in(client, LIST)
    Suggestion.objects.bulk_create(
        Suggestion(key=f"column:a/b#{number}", category="work.skills", weight=50, found_at=timezone.now())
        for number in range(120)
    )
    assert asked_in(client, LIST) <= few
    assert "Page 1 of 3" in page_of(client)
    assert "Page 3 of 3" in page_of(client, page="99")


def test_nothing_to_decide_is_said(client, ada, published):
    client.force_login(ada)
    assert "Nothing waits for you." in page_of(client)


def test_columns_that_were_too_many_are_counted(client, ada, suggested):
    Suggesting.objects.update(left_out=12_345)
    client.force_login(ada)
    assert "12,345 more columns reach features." in page_of(client)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("user_email_address", "*email*"),
        ("usrEmail", "*email*"),
        ("search_query", "*search*query*"),
        ("text", "*text*"),
        ("c*mail", "c*mail"),
    ],
)
def test_a_pattern_is_offered_that_matches_the_words_that_tell(name, pattern):
    assert pattern_for(Suggestion(key=key(f"users.{name}"))) == pattern


def test_what_was_accepted_is_undone_on_its_page(client, otto, suggested, agrees):
    client.force_login(otto)
    send(client, "accept", "chat.message_text")
    agrees()
    assert "Remove the rule" in page_of(client, one("chat.message_text"))
    client.post(f"/staff/rules/{ClassificationRule.objects.get().pk}/remove/")
    agrees()
    chain.follow(timezone.now() + timedelta(seconds=1))
    chain.suggest(timezone.now() + timedelta(seconds=1))
    assert the("chat.message_text").state == "open"


def test_rules_of_many_columns_stand_on_several_pages(client, ada, published):
    ClassificationRule.objects.bulk_create(
        ClassificationRule(position=number, matches="key", pattern=f"column:a/b#{number}", category="work.skills")
        for number in range(401)
    )
    client.force_login(ada)
    assert "Page 1 of 3" in page_of(client, "/staff/rules/")
    assert "column:a/b#400" in page_of(client, "/staff/rules/", page="3")
