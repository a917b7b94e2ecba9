"""A table brought into a proposal, and the member's page before anybody sees it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from msgspec import to_builtins

from tests.register.builders import NOON, Press, category, correction, policy, register, use
from transparency.register import queries as said
from transparency.register.exports.uses import write_uses
from transparency.review import actions as review
from transparency.review import queries
from transparency.review.models import Edit

NAME = "communications.messages/job-ranking/training"


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def draft(ines, otto, client, time_machine):
    """Otto's proposal on top of the first edition; Otto is signed in."""
    Press(ines)(register())
    time_machine.move_to(NOON + timedelta(days=1))
    client.force_login(otto)
    return review.start_proposal(by=otto, title="Shorter retention")


def choose(client, draft, text, form="table", name="it", **more):
    file = SimpleUploadedFile(name, text.encode())
    return client.post(f"/staff/proposals/{draft.pk}/table/", {"table": file, "form": form, **more})


def bring(client, draft, text, version=1, **more):
    told = {"version": version, "text": text, "form": "table", **more}
    return client.post(f"/staff/proposals/{draft.pk}/table/import/", told, follow=True)


def test_otto_takes_the_uses_away(client, draft):
    answer = client.get("/staff/records/uses.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="uses.csv"'
    assert "communications.messages" in answer.content.decode()


def test_he_sees_first_what_would_change(client, draft):
    page = choose(client, draft, write_uses([use(retention="6 months")])).content.decode()
    assert "Put 1 record into the proposal" in page
    assert not Edit.objects.exists()


def test_then_he_brings_it_in(client, draft):
    bring(client, draft, write_uses([use(retention="6 months")]))
    assert Edit.objects.get().after["retention"] == "6 months"


def test_a_fault_is_shown_by_row_and_column_and_nothing_changes(client, draft):
    answer = choose(client, draft, write_uses([use(retention="6 months"), use(category="no.such")]))
    assert answer.status_code == 400
    assert '<th scope="row">3</th><td>category</td>' in answer.content.decode()


def test_all_or_nothing(client, draft):
    bring(client, draft, write_uses([use(retention="6 months"), use(category="no.such")]))
    assert not Edit.objects.exists()


def test_a_proposal_that_changed_meanwhile_is_not_overwritten(client, draft):
    page = bring(client, draft, write_uses([use(retention="6 months")]), version=7)
    assert "Somebody changed this proposal" in page.content.decode()
    assert not Edit.objects.exists()


def test_what_the_public_table_tells_beside_the_keys_may_stay(client, draft):
    text = client.get("/editions/1/uses.csv").content.decode("utf-8-sig").replace("13 months", "6 months")
    assert "Put 1 record" in choose(client, draft, text).content.decode()


def test_but_it_can_not_be_changed_there(client, draft):
    text = client.get("/editions/1/uses.csv").content.decode("utf-8-sig").replace("Private messages", "Letters")
    answer = choose(client, draft, text)
    assert '<th scope="row">2</th><td>category_name</td>' in answer.content.decode()


@pytest.mark.parametrize(("known", "other"), [("communications.messages", "diary"), ("job-ranking", "poems")])
def test_what_the_register_does_not_know_is_the_one_fault_that_is_told(client, draft, known, other):
    text = client.get("/editions/1/uses.csv").content.decode("utf-8-sig").replace(known, other)
    page = choose(client, draft, text).content.decode()
    assert "Nothing was changed: 1 fault must be mended first." in page
    assert f"“{other}”" in page


@pytest.fixture
def late(client, ines, otto, time_machine):
    """Otto's draft stands on edition 2; beside it, what he took away of edition 1."""
    press = Press(ines)
    press(register(use(), use(stage="inference"), use(stage="evaluation")))
    press(register(use(retention="1 month"), use(stage="inference"), use(stage="fine_tuning")))
    time_machine.move_to(NOON + timedelta(days=2))
    client.force_login(otto)
    ending = {"table": "uses.csv", "inventory": "register.fides.yml"}

    def taken(form, of=1):
        return client.get(f"/editions/{of}/{ending[form]}").content.decode("utf-8-sig")

    return review.start_proposal(by=otto, title="From an old file"), taken


UNDONE = (
    "“Private messages in Job recommendations: Training the model”: how long it is kept",
    "“Private messages in Job recommendations: Testing the model”: it has been taken out since",
    "“Private messages in Job recommendations: Fine-tuning the model”: it is new since",
)


@pytest.mark.parametrize("form", ["table", "inventory"])
def test_a_file_of_an_earlier_edition_says_what_it_would_undo(client, late, form):
    draft, taken = late
    text = taken(form).replace("To show jobs that fit.", "To show you jobs that fit.")
    page = choose(client, draft, text, form=form, whole="yes").content.decode()
    assert "This file is of edition 1, and edition 2 stands now." in page
    assert [one for one in UNDONE if f"<li>{one}</li>" not in page] == []
    assert "While you are on the site" not in page.split("<h2>This would change")[0]


@pytest.mark.parametrize("form", ["table", "inventory"])
def test_and_the_reviewer_reads_of_it_on_the_proposal(client, late, form):
    draft, taken = late
    page = bring(client, draft, taken(form), form=form, whole="yes", confirmed="yes").content.decode()
    assert "The imported file was of edition 1, and edition 2 stands now." in page
    assert [one for one in UNDONE if one not in page] == []


@pytest.mark.parametrize("form", ["table", "inventory"])
def test_a_file_of_the_edition_that_stands_undoes_nothing(client, late, form):
    draft, taken = late
    text = taken(form, of=2).replace("1 month", "2 weeks")
    assert "would take back" not in choose(client, draft, text, form=form).content.decode()
    assert "imported file" not in bring(client, draft, text, form=form).content.decode()


def test_what_was_changed_in_the_file_itself_is_meant(client, late):
    draft, taken = late
    page = choose(client, draft, taken("table").replace("13 months", "2 weeks")).content.decode()
    assert "how long it is kept was “1 month” and is now “2 weeks”" in page
    assert f"<li>{UNDONE[0]}" not in page


@pytest.mark.parametrize("number", ["0", "99", "x", "9" * 40, ""])
def test_an_edition_that_is_none_is_not_compared_with(client, late, number):
    draft, taken = late
    text = taken("table").replace(",1,from", f",{number},from")
    assert "would take back" not in choose(client, draft, text).content.decode()


INVENTORY = """
system:
- fides_key: job-ranking
  name: Better jobs
  privacy_declarations:
  - data_categories: [communications.messages]
    data_use: personalize.content
    retention_period: 30 days
"""


def inventory(client):
    return client.get("/editions/1/register.fides.yml").content.decode()


def test_an_inventory_says_first_what_it_would_change_and_what_is_missing(client, draft):
    page = choose(client, draft, INVENTORY + "  vendor_id: x\n", "inventory").content.decode()
    assert "Put 2 records into the proposal" in page
    assert "To mend afterwards" in page
    assert "Left aside, because our record has no place for it: vendor_id." in page
    assert not Edit.objects.exists()


def test_an_inventory_is_brought_in(client, draft):
    bring(client, draft, INVENTORY, form="inventory")
    edits = {edit.subject: edit.after for edit in Edit.objects.all()}
    assert edits["job-ranking"]["name"] == "Better jobs"
    assert edits["communications.messages/job-ranking/inference"]["retention"] == "30 days"


def test_an_inventory_with_a_fault_is_kept_out_whole(client, draft):
    faulty = INVENTORY + "- fides_key: Other One\n"
    answer = choose(client, draft, faulty, "inventory")
    assert '<th scope="row">9</th><td>slug</td>' in answer.content.decode()
    bring(client, draft, faulty, form="inventory")
    assert not Edit.objects.exists()


def test_the_same_inventory_twice_is_no_change(client, draft):
    page = choose(client, draft, inventory(client), "inventory", whole="on").content.decode()
    assert "0 changes" in page


def test_after_it_was_brought_in_it_changes_nothing_more(client, draft):
    bring(client, draft, INVENTORY, form="inventory")
    assert "0 changes" in choose(client, draft, INVENTORY, "inventory").content.decode()


@pytest.mark.parametrize("form", ["table", "inventory"])
def test_documents_and_corrections_which_no_file_can_hold_are_not_said_to_go(client, ines, otto, time_machine, form):
    press = Press(ines)
    press(register(policies=(policy(),)))
    press(register(policies=(policy(),), corrections=(correction(until="2026-11-24"),)))
    time_machine.move_to(NOON + timedelta(days=2))
    client.force_login(otto)
    draft = review.start_proposal(by=otto, title="Nothing new")
    text = {"table": write_uses([use()]), "inventory": client.get("/editions/2/register.fides.yml").content.decode()}
    assert "0 changes" in choose(client, draft, text[form], form=form).content.decode()


def test_characters_that_nobody_sees_keep_it_out(client, draft):
    answer = choose(client, draft, INVENTORY.replace("Better jobs", "Better \u202ejobs"), "inventory")
    assert (answer.status_code, Edit.objects.exists()) == (400, False)


@pytest.fixture
def wide(client, draft, otto):
    """Otto's draft holds three uses, of which one is in the table."""
    more = [use(stage=stage) for stage in ("inference", "evaluation")]
    bring(client, draft, write_uses(more))
    draft.refresh_from_db()
    return draft


def test_uses_that_are_not_in_the_file_stay(client, wide):
    assert "0 changes" in choose(client, wide, write_uses([use()])).content.decode()


def test_whoever_takes_out_much_is_asked_whether_they_mean_it(client, wide):
    page = choose(client, wide, write_uses([use()]), whole="on").content.decode()
    assert "This takes out 2 of 3 uses" in page
    assert 'name="confirmed"' in page


def test_nothing_goes_unless_they_say_so(client, wide):
    page = bring(client, wide, write_uses([use()]), version=wide.version, whole="yes").content.decode()
    assert "It takes out 2 of 3 uses" in page
    assert Edit.objects.filter(after=None).count() == 0


def test_what_they_mean_is_done(client, wide):
    bring(client, wide, write_uses([use()]), version=wide.version, whole="yes", confirmed="yes")
    assert [one.stage for one in queries.draft_register(wide).uses] == ["training"]


def test_a_little_goes_without_asking_again(client, draft, otto):
    more = [use(f"a.kind{number}") for number in range(5)]
    kinds = [category(f"a.kind{number}") for number in range(5)]
    for kind in kinds:
        content = to_builtins(kind)
        review.put_record(by=otto, proposal=draft, version=draft.version, kind="category", content=content)
    bring(client, draft, write_uses(more), version=draft.version)
    page = choose(client, draft, write_uses(more), whole="on").content.decode()
    assert "Take 1 use out of the register" in page
    assert 'name="confirmed"' not in page


def test_a_table_that_says_the_same_changes_nothing(client, draft):
    assert "nothing to import" in choose(client, draft, write_uses([use()])).content.decode()


@pytest.mark.parametrize("text", ["", "\ufeff", "category", "<script>alert(1)</script>"])
def test_what_is_no_table_is_a_form_error(client, draft, text):
    answer = choose(client, draft, text)
    assert answer.status_code == 400
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "form", "meant"),
    [("register.fides.yml", "table", "An inventory in Fideslang"), ("Uses.CSV", "inventory", "A table of uses")],
)
def test_a_file_of_the_other_kind_is_told_apart_by_its_name(client, draft, name, form, meant):
    page = choose(client, draft, "system: []", form, name).content.decode()
    assert f"By its name this is something else. Choose “{meant}" in page


def test_without_a_file_it_says_so(client, draft):
    assert client.post(f"/staff/proposals/{draft.pk}/table/").status_code == 400


def test_the_members_page_is_seen_before_anybody_else_sees_it(client, draft, otto):
    content = {"retention": "6 months, then gone"}
    standing = said.newest_register()[1].uses[0]
    told = {name: getattr(standing, name) for name in ("category", "feature", "stage", "purpose")}
    told |= {"purpose_text": "x", "why_needed": "y", "scopes": [{"jurisdictions": ["*"], "legal_basis": "contract"}]}
    review.put_record(by=otto, proposal=draft, version=1, kind="use", content=told | content)
    page = client.get(f"/staff/proposals/{draft.pk}/preview/use/?subject={NAME}").content.decode()
    assert "6 months, then gone" in page
    assert "only staff can see" in page
    assert "Two people checked" not in page
    assert "6 months, then gone" not in client.get(f"/uses/{NAME}/").content.decode()


def test_a_draft_that_is_not_whole_is_not_shown_yet(client, draft, otto):
    review.remove_record(by=otto, proposal=draft, version=1, kind="category", subject="communications.messages")
    answer = client.get(f"/staff/proposals/{draft.pk}/preview/use/?subject={NAME}", follow=True)
    assert "shown yet" in answer.content.decode().replace("can&#x27;t be ", "")
