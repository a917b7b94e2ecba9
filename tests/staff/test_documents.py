"""A policy document on its way into the register: file or paste, first looked at, then put in."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from msgspec import to_builtins

from tests.register.builders import NOON, PRIVACY, Press, policy, register, register_of, use
from transparency.review import actions as review
from transparency.review.models import Edit, Finding

NAMES = {"title": "Privacy policy", "slug": "privacy-policy", "kind": "privacy", "version": "2"}
CHANGED = PRIVACY.replace("Models learn", "Models may learn")


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def draft(ines, otto, client, time_machine):
    """Otto's proposal on top of an edition with a privacy policy; Otto is signed in."""
    Press(ines)(register(use(clauses=("Privacy policy 3.2",)), policies=(policy(),)))
    time_machine.move_to(NOON + timedelta(days=1))
    client.force_login(otto)
    return review.start_proposal(by=otto, title="Plainer words")


def send(client, draft, **said):
    path = f"/staff/proposals/{draft.pk}/document/"
    return client.post(path, NAMES | {"proposal_version": draft.version} | said, follow=True)


def test_a_file_is_looked_at_before_anything_changes(client, draft):
    page = send(client, draft, file=SimpleUploadedFile("privacy.md", CHANGED.encode())).content.decode()
    assert "3 clauses found" in page
    assert "Privacy policy: its version was not said and is now “2”; clause 3.2 has new words." in page
    assert not Edit.objects.exists()


def test_pasted_text_is_put_into_the_proposal(client, draft):
    page = send(client, draft, text=CHANGED, keep="1").content.decode()
    assert "The document is in the proposal." in page
    assert "Privacy policy 3.2 would read otherwise, and 1 use rests on it" in page
    assert Edit.objects.get().after["clauses"][2]["text"].startswith("Purposes")


def test_a_fault_names_its_line(client, draft):
    answer = send(client, draft, text="## 2 B\n\n## 1 A", keep="1")
    assert answer.status_code == 400
    assert "Line 3: Clause 1 comes after 2." in answer.content.decode()
    assert not Edit.objects.exists()


def test_a_title_that_another_document_has_is_refused(client, draft):
    answer = send(client, draft, slug="terms", title="Privacy Policy", text=CHANGED, keep="1")
    assert answer.status_code == 400
    assert "“privacy-policy” is called “Privacy Policy” too. Give one of them a title" in answer.content.decode()
    assert not Edit.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"title": ""},
        {"slug": "Privacy Policy"},
        {"slug": "a_b"},
        {"kind": "novel"},
        {"text": "x" * 200_001},
        {"text": ""},
        {"text": "\0"},
        {"version": "x" * 41},
    ],
)
def test_what_cannot_be_taken_is_a_form_error(client, draft, said):
    answer = send(client, draft, **{"text": PRIVACY, "keep": "1"} | said)
    assert answer.status_code == 400
    assert not Edit.objects.exists()


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"%PDF-1.7\x93", "## 1 Grün".encode("latin-1")])
def test_a_file_that_is_no_text_is_explained(client, draft, data):
    answer = send(client, draft, file=SimpleUploadedFile("privacy.md", data))
    assert answer.status_code == 400
    assert "not text in UTF-8" in answer.content.decode()


def test_a_file_that_is_too_large_is_explained(client, draft):
    answer = send(client, draft, file=SimpleUploadedFile("privacy.md", b"x" * 800_001))
    assert "larger than 800 kB" in answer.content.decode()


def test_hostile_text_is_only_text(client, draft):
    page = send(client, draft, text=PRIVACY + "\n<script>alert(1)</script>\n").content.decode()
    assert "<script>alert" not in page


def test_the_form_holds_what_stands(client, draft):
    page = client.get(f"/staff/proposals/{draft.pk}/document/?subject=privacy-policy").content.decode()
    assert "### 3.2 Training" in page


def test_a_document_that_there_is_not_is_not_found(client, draft):
    assert client.get(f"/staff/proposals/{draft.pk}/document/?subject=ghost").status_code == 404


def test_a_proposal_that_changed_meanwhile_is_not_overwritten(client, draft):
    assert (
        "Somebody changed this proposal"
        in send(client, draft, text=CHANGED, keep="1", proposal_version=9).content.decode()
    )
    assert not Edit.objects.exists()


def test_its_end_is_proposed(client, draft):
    path = f"/staff/proposals/{draft.pk}/document/?subject=privacy-policy"
    client.post(path, {"remove": "1", "proposal_version": draft.version})
    assert Edit.objects.get().after is None


@pytest.mark.parametrize(
    ("first", "kept"),
    [("# Privacy policy", "Be kind."), ("# privacy Policy #", "Be kind."), ("# Preamble", "# Preamble\n\nBe kind.")],
)
def test_a_title_at_its_head_is_not_told_twice(client, draft, first, kept):
    send(client, draft, text=f"{first}\n\nBe kind.\n\n{PRIVACY}", keep="1")
    assert Edit.objects.get().after["opening"] == kept


def test_members_page_of_it_is_seen_before(client, draft):
    send(client, draft, text=CHANGED, keep="1")
    page = client.get(f"/staff/proposals/{draft.pk}/preview/policy/?subject=privacy-policy").content.decode()
    assert "Models may learn" in page
    assert "only staff can see" in page


def test_the_proposal_leads_to_the_form(client, draft):
    assert f'/staff/proposals/{draft.pk}/document/"' in client.get(f"/staff/proposals/{draft.pk}/").content.decode()


def test_the_records_lead_to_the_document(client, draft):
    page = client.get(f"/staff/records/?proposal={draft.pk}").content.decode()
    assert f"/staff/proposals/{draft.pk}/document/?subject=privacy-policy" in page


def test_from_when_it_holds_can_be_said_anew(client, draft):
    path = f"/staff/proposals/{draft.pk}/terms/"
    said = {"effective_at": "2027-01-01", "notice": "By mail", "sooner": "", "version": draft.version}
    assert "to hold from" in client.post(path, said, follow=True).content.decode()
    draft.refresh_from_db()
    assert draft.effective_at.isoformat() == "2027-01-01T00:00:00+00:00"


@pytest.mark.parametrize("day", ["2027-02-30", "soon", "\0", "01/02/2027", "2027-W01-1"])
def test_a_day_that_is_none_is_a_form_error(client, draft, day):
    path = f"/staff/proposals/{draft.pk}/terms/"
    assert client.post(path, {"effective_at": day, "version": draft.version}).status_code == 400


def test_a_correction_is_written_in_a_form_of_its_own(client, draft):
    path = f"/staff/proposals/{draft.pk}/edit/correction/"
    said = {
        "slug": "retention-2026",
        "about": "use",
        "subject": "communications.messages/job-ranking/training",
        "field": "retention",
        "since": "2026-11-24",
        "until": "2026-11-25",
        "said": "13 months",
        "truth": "24 months",
        "explanation": "A typing mistake.",
        "version": draft.version,
    }
    assert '<option value="use">A use</option>' in client.get(path).content.decode()
    assert '<textarea id="f-explanation"' in client.get(path).content.decode()
    assert "The first day on which we said it. Example: 2026-03-01" in client.get(path).content.decode()
    page = client.post(path, said, follow=True).content.decode()
    assert "Correction. From 24 November 2026 to 25 November 2026 we said of Private messages" in page
    preview = f"/staff/proposals/{draft.pk}/preview/correction/?subject=retention-2026"
    assert "This was wrong" in client.get(preview).content.decode()


OF_TRAINING = "?about=use&of=communications.messages/job-ranking/training"


def correction_form(client, draft, asked=""):
    return client.get(f"/staff/proposals/{draft.pk}/edit/correction/{asked}").content.decode()


def test_what_a_correction_is_about_is_chosen_and_not_typed(client, draft):
    page = correction_form(client, draft)
    for name in ("Private messages in Job recommendations", ">Job recommendations<", "Privacy policy 3.2 Training"):
        assert name in page
    assert 'href="?about=use&amp;of=communications.messages/job-ranking/training"' in page
    assert "Privacy policy 3.2" not in correction_form(client, draft, "?q=job")


def test_its_statements_are_those_that_members_read(client, draft, otto):
    review.put_record(by=otto, proposal=draft, version=1, kind="use", content=to_builtins(use(retention="2 years")))
    page = correction_form(client, draft, OF_TRAINING)
    assert "13 months" in page
    assert "2 years" not in page


def test_the_chosen_statement_fills_the_form(client, draft):
    page = correction_form(client, draft, f"{OF_TRAINING}&field=retention")
    assert '<option value="use" selected>' in page
    assert 'name="subject" value="communications.messages/job-ranking/training"' in page
    assert '<option value="retention" selected>how long it is kept</option>' in page
    assert ">13 months</textarea>" in page
    assert '<option value="what_it_does">' not in page


def test_the_form_knows_since_when_it_was_said(client, draft, ines, otto):
    two = register(use(why_needed="We look.", clauses=("Privacy policy 3.2",)), policies=(policy(),))
    Press(ines, 1)(two)
    draft = review.start_proposal(by=otto, title="It was wrong")
    assert 'name="since" value="2026-11-24"' in correction_form(client, draft, f"{OF_TRAINING}&field=retention")
    assert 'name="since" value="2026-11-25"' in correction_form(client, draft, f"{OF_TRAINING}&field=why_needed")


def test_nobody_has_to_name_a_correction(client, draft):
    path = f"/staff/proposals/{draft.pk}/edit/correction/"
    said = {"about": "use", "subject": "communications.messages/job-ranking/training", "field": "retention"}
    said |= {"since": "2026-11-24", "until": "2026-11-25", "said": "13 months", "truth": "24 months", "slug": ""}
    client.post(path, said | {"version": draft.version})
    client.post(path, said | {"version": draft.version + 1, "truth": "25 months"})
    names = ["messages-job-ranking-training-retention-2026", "messages-job-ranking-training-retention-2026-2"]
    assert [edit.subject for edit in Edit.objects.order_by("pk")] == names


@pytest.mark.parametrize("asked", ["?about=use&of=a/b/training", "?about=x&of=x&field=x", "?of=1", "?about=use&q=%00"])
def test_what_is_not_there_fills_nothing(client, draft, asked):
    assert 'name="subject" value=""' in correction_form(client, draft, asked)


def test_the_form_of_a_use_leads_to_its_correction(client, draft):
    path = f"/staff/proposals/{draft.pk}/edit/use/?subject=communications.messages/job-ranking/training"
    assert OF_TRAINING.replace("&", "&amp;") in client.get(path).content.decode()


def test_among_thousands_of_statements_only_some_are_shown_at_once(client, ines, otto, time_machine):
    Press(ines)(register_of(40, 25, 3_000))
    time_machine.move_to(NOON + timedelta(days=1))
    client.force_login(otto)
    draft = review.start_proposal(by=otto, title="Much was wrong")
    page = correction_form(client, draft)
    assert page.count('<li class="row">') == 50
    assert "1 to 50 of 3,065" in page
    assert len(page) < 50_000
    assert 'href="?q=&amp;page=2"' in page
    assert correction_form(client, draft, "?q=&page=62").count('<li class="row">') == 15


@pytest.mark.parametrize(("day", "until"), [(None, "2026-11-25"), (datetime(2026, 12, 1, tzinfo=UTC), "2026-11-30")])
def test_we_said_it_until_the_correction_holds(client, draft, otto, day, until):
    draft = review.start_proposal(by=otto, title="It was wrong", effective_at=day)
    assert f'name="until" value="{until}"' in correction_form(client, draft, f"{OF_TRAINING}&field=retention")


def finding(kind, subject):
    return Finding.objects.create(kind=kind, subject=subject, urgency=2, sentence="A finding.")


def test_an_uncovered_use_leads_to_its_form(client, draft):
    subject = "communications.messages/job-ranking/training"
    one = finding("uncovered_use", subject)
    answer = client.post(f"/staff/findings/{one.pk}/propose/")
    assert "/edit/use/?subject=communications.messages%2Fjob-ranking%2Ftraining" in answer["Location"]
    assert client.get(answer["Location"]).status_code == 200


def test_an_idle_purpose_leads_to_its_document(client, draft):
    one = finding("idle_purpose", "privacy-policy/3.2 search")
    answer = client.post(f"/staff/findings/{one.pk}/propose/")
    assert answer["Location"].endswith("/document/?subject=privacy-policy")


def test_a_changed_clause_leads_to_its_wordings(client, draft):
    one = finding("clause_changed", "privacy-policy/3.2")
    page = client.get(f"/staff/findings/{one.pk}/").content.decode()
    assert "/policies/privacy-policy/3.2/#wordings" in page
