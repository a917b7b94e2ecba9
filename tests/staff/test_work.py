"""The work of compliance staff, click by click, without JavaScript."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.register.builders import NOON, Press, register
from transparency.catalog import actions as catalog
from transparency.catalog.models import Barrier, ClassificationRule, Source
from transparency.config.chain import follow
from transparency.register import queries as said
from transparency.review import actions as review
from transparency.review.models import Finding, Proposal

NAME = "communications.messages/job-ranking/training"
BAD = ["\0", "x" * 10_000, "a\u202eb", "<script>alert(1)</script>"]


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def published(ines, time_machine):
    edition = Press(ines)(register())
    time_machine.move_to(NOON + timedelta(days=1))
    return edition


@pytest.fixture
def draft(published, otto):
    return review.start_proposal(by=otto, title="Shorter retention")


@pytest.fixture
def typed(draft, client, otto):
    """What the form of the one use holds, as a browser would send it."""
    client.force_login(otto)
    return {
        "version": "1", "category": "communications.messages", "feature": "job-ranking", "stage": "training",
        "purpose": "personalised_recommendations", "purpose_text": "To show jobs that fit.",
        "why_needed": "Your words tell.", "retention": "6 months", "refusing_does_not": "Undo the past.",
        "scopes-0-jurisdictions": "*", "scopes-0-legal_basis": "contract", "scopes-0-refusal": "yes",
        "scopes-0-default": "on", "scopes-1-jurisdictions": "",
    }  # fmt: skip


def path(draft, rest=""):
    return f"/staff/proposals/{draft.pk}/{rest}"


def edit(client, draft, typed):
    return client.post(path(draft, f"edit/use/?subject={NAME}"), typed)


def test_otto_writes_and_ines_publishes(client, draft, typed, ines):
    edit(client, draft, typed)
    client.post(path(draft, "submit/"))
    client.force_login(ines)
    page = client.get(path(draft))
    client.post(path(draft, "approve/"), {name: page.context[name] for name in ("digest", "evidence")})
    told = client.post(path(draft, "publish/"), follow=True).content.decode()
    assert "Published. Members read it from the moment that it holds" in told
    assert said.register_in_force(NOON + timedelta(days=2)).uses[0].retention == "6 months"


def test_otto_cannot_publish_alone(client, draft, typed, otto):
    edit(client, draft, typed)
    client.post(path(draft, "submit/"))
    page = client.get(path(draft))
    client.post(path(draft, "approve/"), {name: page.context[name] for name in ("digest", "evidence")})
    assert Proposal.objects.get().state == "submitted"


def test_a_fault_is_shown_with_what_was_typed(client, draft, typed):
    answer = edit(client, draft, typed | {"retention": "x" * 201})
    assert answer.status_code == 400
    assert b"retention" in answer.content
    assert b"x" * 201 in answer.content


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("field", ["title", "why", "notice", "effective_at"])
def test_bad_text_in_a_new_proposal_is_never_an_error_of_ours(client, published, otto, field, text):
    client.force_login(otto)
    words = {"title": "A", "why": "", "notice": "", "effective_at": ""} | {field: text}
    assert client.post("/staff/proposals/start/", words).status_code == 302


@pytest.mark.parametrize("day", ["2026-12-24T01:00+05:00", "2026-W52-4", "24/12/2026", "2026-02-30"])
def test_what_is_no_day_starts_no_proposal(client, published, otto, day):
    client.force_login(otto)
    answer = client.post("/staff/proposals/start/", {"title": "Shorter retention", "effective_at": day}, follow=True)
    assert f"“{day[:20]}” is no day" in html.unescape(answer.content.decode())
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("field", ["category", "retention", "stage", "scopes-0-legal_basis", "version"])
def test_bad_text_in_a_record_is_never_an_error_of_ours(client, draft, typed, field, text):
    assert edit(client, draft, typed | {field: text}).status_code in (302, 400, 409)


def test_two_editors_are_told_and_nothing_is_lost(client, draft, typed, olga):
    edit(client, draft, typed)
    client.force_login(olga)
    answer = edit(client, draft, typed | {"retention": "1 day"})
    assert answer.status_code == 409
    assert b"6 months" in answer.content
    assert b"1 day" in answer.content


def test_an_edit_is_taken_out(client, draft, typed):
    edit(client, draft, typed)
    client.post(path(draft, f"undo/{draft.edits.get().pk}/"), {"version": "2"})
    assert draft.edits.count() == 0


def test_an_unseen_use_is_proposed_for_removal(client, published, otto):
    follow(NOON + timedelta(days=15))
    client.force_login(otto)
    client.post(f"/staff/findings/{Finding.objects.get().pk}/propose/")
    assert Proposal.objects.get().edits.get().after is None


def test_findings_are_dismissed_together_with_a_reason(client, published, otto):
    follow(NOON + timedelta(days=15))
    client.force_login(otto)
    client.post("/staff/findings/dismiss/", {"finding": [Finding.objects.get().pk, "x"], "reason": "Planned."})
    assert Finding.objects.get().reason == "Planned."


def test_what_another_has_decided_on_is_told_and_stays_as_they_said(client, published, otto, ines):
    follow(NOON + timedelta(days=15))
    found = Finding.objects.get()
    review.dismiss(by=ines, findings=[found], reason="A test run.")
    client.force_login(otto)
    page = client.post("/staff/findings/dismiss/", {"finding": [found.pk], "reason": "Planned."}, follow=True)
    assert b"1 of those that you chose is open no more and was left alone" in page.content
    assert Finding.objects.get().reason == "A test run."


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"reason": "Planned."}, b"Choose at least one finding first"),
        ({"finding": ["9999", "x"], "reason": "Planned."}, b"2 of those that you chose are open no more"),
        ({"finding": ["1"], "reason": "x" * 1_001}, b"1,001 characters; it may have 1,000"),
    ],
)
def test_a_dismissal_of_nothing_is_not_called_done(client, published, otto, told, words):
    client.force_login(otto)
    page = client.post("/staff/findings/dismiss/", told, follow=True).content
    assert (words in page, b"dismissed." in page) == (True, False)


def test_what_is_open_is_not_opened_again(client, published, otto):
    follow(NOON + timedelta(days=15))
    client.force_login(otto)
    path = f"/staff/findings/{Finding.objects.get().pk}/reopen/"
    assert b"now, so it was left as it is" in client.post(path, follow=True).content


def test_a_dismissal_without_a_reason_is_explained(client, published, otto):
    client.force_login(otto)
    answer = client.post("/staff/findings/dismiss/", {"reason": ""}, follow=True)
    assert b"Say why it needs no change" in answer.content


def test_a_rule_is_tried_before_it_is_saved(client, otto):
    source = Source.objects.create(slug="w", name="W", connector="dbt")
    asked = catalog.request_refresh(by=None, source=source)
    graph = snapshot(flow("users.email", "copy.email"))
    catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(graph))
    client.force_login(otto)
    page = client.get(
        "/staff/rules/", {"rule-matches": "column", "rule-pattern": "*mail", "rule-category": "contact.email"}
    )
    assert b"2 columns in 2 datasets" in page.content
    assert ClassificationRule.objects.count() == 0


def test_a_rule_is_saved_moved_and_removed(client, otto):
    client.force_login(otto)
    client.post("/staff/rules/add/", {"rule-matches": "tag", "rule-pattern": "pii", "rule-category": "contact.email"})
    client.post("/staff/rules/add/", {"rule-matches": "tag", "rule-pattern": "chat", "rule-category": "chat"})
    last = ClassificationRule.objects.last()
    client.post(f"/staff/rules/{last.pk}/move/", {"place": "1"})
    assert ClassificationRule.objects.first() == last
    client.post(f"/staff/rules/{last.pk}/remove/")
    assert ClassificationRule.objects.count() == 1


BARRIER = {"key": key("users"), "reason": "Totals only."}


def day_in(days):
    return (timezone.now() + timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize("days", [-1, 0, 5 * 365 + 1])
def test_a_barrier_stops_something_and_is_looked_at_again(client, otto, days):
    client.force_login(otto)
    assert client.post("/staff/barriers/propose/", BARRIER | {"expires_at": day_in(days)}).status_code == 400
    assert not Barrier.objects.exists()


@pytest.mark.parametrize("wrong", ["users", "table:users", "model:", "Dataset:users"])
@pytest.mark.parametrize("field", ["key", "downstream_key"])
def test_a_barrier_at_what_is_no_key_is_refused(client, otto, field, wrong):
    client.force_login(otto)
    answer = client.post("/staff/barriers/propose/", BARRIER | {"expires_at": day_in(90), field: wrong})
    assert (answer.status_code, b"under Assets" in answer.content) == (400, True)


def test_a_binding_of_what_is_no_key_is_refused(client, otto, published):
    client.force_login(otto)
    answer = client.post("/staff/bindings/add/", {"key": "ranker", "feature": "job-ranking", "stage": "training"})
    assert (answer.status_code, b"under Assets" in answer.content) == (400, True)


def test_a_barrier_takes_two(client, otto, ines):
    client.force_login(otto)
    client.post("/staff/barriers/propose/", BARRIER | {"expires_at": day_in(90)})
    barrier = Barrier.objects.get()
    assert client.post(f"/staff/barriers/{barrier.pk}/approve/").status_code == 403
    client.force_login(ines)
    client.post(f"/staff/barriers/{barrier.pk}/approve/")
    barrier.refresh_from_db()
    assert barrier.approver == ines


def test_the_inbox_does_not_ask_more_for_more_findings(client, published, otto, django_assert_max_num_queries):
    for number in range(60):
        Finding.objects.create(kind="unbound_model", subject=f"model:{number}", urgency=2, sentence=f"Model {number}")
    client.force_login(otto)
    with django_assert_max_num_queries(16):
        client.get("/staff/")


def test_ada_is_offered_nothing_to_choose_or_do(client, published, ada):
    Finding.objects.create(kind="unbound_model", subject="model:1", urgency=2, sentence="Model 1")
    Barrier.objects.create(key="dataset:a", reason="Totals.", author=ada, expires_at=NOON)
    client.force_login(ada)
    shown = [client.get(f"/staff/{name}").content for name in ("", "rules/", "bindings/", "barriers/")]
    assert not any(b'type="checkbox"' in page or b">Do</th>" in page for page in shown)


def test_hostile_names_are_only_text(client, otto):
    Finding.objects.create(kind="unbound_model", subject="x", urgency=2, sentence="<script>alert(1)</script>")
    client.force_login(otto)
    assert b"<script>alert" not in client.get("/staff/").content


def test_the_records_are_listed_and_found(client, published, ada):
    client.force_login(ada)
    assert b"Job recommendations" in client.get("/staff/records/").content
    assert b"Job recommendations" not in client.get("/staff/records/", {"q": "ghost"}).content
    assert b"Private messages in Job recommendations: Training" in client.get("/staff/records/", {"q": "priv"}).content


def test_a_record_is_edited_in_words_and_not_in_codes(client, draft, otto):
    client.force_login(otto)
    shown = client.get(path(draft, f"edit/use/?subject={NAME}")).content.decode()
    assert "<h1>Private messages in Job recommendations: Training the model</h1>" in shown
    assert '<option value="consent_first">Only if you say yes first</option>' in shown


def test_what_may_be_typed_is_suggested(client, draft, otto):
    client.force_login(otto)
    shown = client.get(path(draft, "edit/use/")).content.decode()
    assert 'list="all-category"' in shown
    assert '<option value="communications.messages">Private messages</option>' in shown
    assert "A new use" in shown


def test_a_reviewer_reads_the_name_of_what_would_change(client, draft, typed, ines):
    edit(client, draft, typed)
    client.force_login(ines)
    assert "<h3>Private messages in Job recommendations: Training" in client.get(path(draft)).content.decode()


def test_who_comes_from_a_finding_is_told_which_asset_it_was(client, otto):
    client.force_login(otto)
    page = client.get("/staff/rules/", {"key": "dataset:lake/<b>"}).content.decode()
    assert "You came to say what" in page
    assert "<b>" not in page.split("You came")[1].split("</p>")[0]


def test_a_finding_says_when_each_flow_was_last_seen(client, otto):
    steps = [{"key": "job:a/train", "name": "train", "job_name": "train", "last_seen": "2026-11-24T12:00:00+00:00"}]
    words = {"kind": "undeclared", "subject": "a/b/training", "urgency": 1, "sentence": "Seen."}
    found = Finding.objects.create(evidence={"path": steps}, **words)
    client.force_login(otto)
    shown = client.get(f"/staff/findings/{found.pk}/").content.decode()
    assert ("last seen 24 November 2026" in shown, "by train" in shown) == (True, False)


@pytest.mark.parametrize("day", ["banana", "10000-01-01", "2027-02-29"])
def test_a_day_that_is_none_never_means_at_once(client, published, otto, day):
    client.force_login(otto)
    answer = client.post("/staff/proposals/start/", {"title": "A", "effective_at": day}, follow=True)
    assert f"“{day}” is no day" in answer.content.decode()
    assert not Proposal.objects.exists()


def test_each_fault_names_its_record_and_its_field(client, draft, typed):
    edit(client, draft, typed | {"purpose": "", "scopes-0-legal_basis": ""})
    told = client.post(path(draft, "submit/"), follow=True).content.decode()
    called = "Private messages in Job recommendations: Training the model"
    assert f"{called}, Purpose: Say what it is for. Choose a purpose from the list." in told
    assert f"{called}, What holds where: *: It has no legal basis. Choose one from the list." in told


def test_what_would_change_is_read_as_text(client, draft, typed, ines):
    edit(client, draft, typed | {"scopes-0-jurisdictions": "EU\nGB", "scopes-0-rights": "See it"})
    client.force_login(ines)
    shown = client.get(path(draft)).content.decode()
    assert "where: the European Union, the United Kingdom\nwhy the law allows it:" in shown
    assert "whether you can refuse: You can refuse" in shown
    assert '<th scope="row">What holds where</th>' in shown
