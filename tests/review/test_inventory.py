"""An inventory in Fideslang: the same after there and back, and every fault by line and field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.register.builders import category, register, use
from tests.register.exports.registers import as_published, quickly, sources
from transparency.register.exports import fideslang
from transparency.register.schema import Register
from transparency.review.inventory import read_inventory

MESSAGES = category(fides="user.content.private")
STANDING = as_published(register(categories=(MESSAGES,)))
FOREIGN = """
system:
  - fides_key: job-ranking
    name: Job ranking
    system_type: Service
    vendor_id: "7"
    privacy_declarations:
      - name: Collect data for marketing
        data_categories: [user.content.private]
        data_use: personalize.content
        data_subjects: [customer]
        legal_basis_for_processing: Consent
        retention_period: 90 days
dataset:
  - fides_key: warehouse
"""
LACKING = {"examples", "visible_to", "manage_url", "aliases"}


def read(text, standing=STANDING):
    return read_inventory(text.encode(), standing)


def faults(text, standing=STANDING):
    return [(one.row, one.column) for one in read(text, standing).faults]


def declaration(**said):
    told = {"data_categories": "[user.content.private]", "data_use": "personalize.content"} | said
    lines = "".join(f"    {name}: {value}\n" for name, value in told.items())
    return f"system:\n- fides_key: job-ranking\n  privacy_declarations:\n  -\n{lines}"


def held(found, kind):
    return [record for _, record in found.records[kind].values()]


@quickly
@given(sources)
def test_an_inventory_that_comes_back_changes_nothing(source):
    found = read_inventory(fideslang.write(source), source.register)
    assert (found.faults, found.aside) == ([], set())
    assert held(found, "category") == list(source.register.categories)
    assert held(found, "feature") == list(source.register.features)
    assert sorted(held(found, "use"), key=str) == sorted(source.register.uses, key=str)


@quickly
@given(sources)
def test_to_somebody_else_it_tells_all_but_what_it_lacks(source):
    found = read_inventory(fideslang.write(source), Register())
    assert found.faults == []
    assert held(found, "feature") == list(source.register.features)
    assert sorted(held(found, "use"), key=str) == sorted(source.register.uses, key=str)
    told = [name for name in type(MESSAGES).__struct_fields__ if name not in LACKING]
    assert [[getattr(one, name) for name in told] for one in held(found, "category")] == [
        [getattr(one, name) for name in told] for one in source.register.categories
    ]


@quickly
@given(sources, st.data())
def test_one_of_ours_that_is_cut_off_anywhere_is_noticed(source, data):
    whole = fideslang.write(source)
    lines = whole.splitlines(keepends=True)
    kept = data.draw(st.integers(2, len(lines) - 1))
    assert read_inventory(b"".join(lines[:kept]), source.register).faults != []


def test_one_of_ours_says_how_it_should_end():
    (fault,) = read("# Edition 7 of ...\n# The last line of this file is: # End of edition 7.\nsystem: []\n").faults
    assert (fault.row, fault.message[:71]) == (
        3,
        "The file is cut off: its last line should be “# End of edition 7.”. Bri",
    )


def test_one_of_ours_may_be_shortened_on_purpose():
    assert faults("# Edition 7 of ...\nsystem: []\n") == []


def test_an_inventory_of_another_tool_is_understood():
    found = read(FOREIGN)
    (one,) = held(found, "use")
    assert (one.id, one.purpose) == ("communications.messages/job-ranking/inference", "personalised_recommendations")
    assert (one.retention, one.scopes[0].legal_basis, one.scopes[0].jurisdictions) == ("90 days", "consent", ("*",))
    assert found.aside == {"dataset", "vendor_id"}


@pytest.mark.parametrize(
    ("data_use", "purpose"),
    [
        ("functional.service", "search"),
        ("functional.service.improve", "product_improvement"),
        ("essential.service.notifications.email", "service_provision"),
        ("personalize.content.profiling", "personalised_recommendations"),
        ("personalize.search", "personalisation"),
        ("employment.recruitment.recruitment", "recruitment"),
        ("train_ai_system.fraud_prevention", "fraud_prevention"),
        ("train_ai_system.essential.fraud_detection", "fraud_prevention"),
    ],
)
def test_a_data_use_is_read_from_its_root_to_the_finest_part_that_we_know(data_use, purpose):
    (one,) = held(read(declaration(data_use=data_use)), "use")
    assert one.purpose == purpose


def test_what_it_does_not_tell_stays_as_it_is():
    standing = as_published(register(use(why_needed="So it works."), categories=(MESSAGES,)))
    (one,) = held(read(declaration(data_use="train_ai_system", retention_period="1 day"), standing), "use")
    assert (one.why_needed, one.retention, one.purpose) == ("So it works.", "1 day", "personalised_recommendations")


def test_a_kind_of_data_may_be_named_by_our_own_key():
    (one,) = held(read(declaration(data_categories="[communications.messages]")), "use")
    assert one.category == "communications.messages"


def test_texts_are_texts():
    text = "system:\n- fides_key: job-ranking\n  name: no\n  dpo: 014\n  legal_name: 2026-01-01\n  description: ~\n"
    (one,) = held(read(text), "feature")
    assert (one.name, one.contact, one.controller, one.what_it_does) == ("no", "014", "2026-01-01", "~")


TWO = as_published(register(categories=(MESSAGES, category("a.b", fides="user.content.private"))))


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("system:\n- fides_key: a\n  fides_key: b", 3, ""),
        ("system: &a []\nx: *a", 1, ""),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]", 1, ""),
        ("system: !!python/object:os.system x", 1, ""),
        ("system: []\n---\nsystem: []", 2, ""),
        ("system: [", 2, ""),
        ("", 1, ""),
        ("- a", 1, ""),
        ("systems: []", 1, "systems"),
        ("system: x", 1, "system"),
        ("system:\n- x", 2, ""),
        ("system:\n- name: x", 2, "fides_key"),
        ("system:\n- fides_key: job-ranking\n  colour: blue", 3, "colour"),
        ("system:\n- fides_key: Job Ranking", 2, "slug"),
        ("system:\n- fides_key: new-one", 2, ""),
        ("system:\n- fides_key: job-ranking\n- fides_key: job-ranking", 3, ""),
        ("system:\n- fides_key: job-ranking\n  meta:\n    feature:\n      kind: magic", 5, "kind"),
        ("data_category:\n- fides_key: a\n  name: b\n  tags: ['origin: heaven']", 2, "origin"),
        (declaration(data_categories="[user.ghost]"), 5, "data_categories"),
        (declaration(data_use="world_domination"), 6, "data_use"),
        (declaration(data_use="world_domination.search"), 6, "data_use"),
        (declaration(data_use="marketing.advertising.third_party"), 6, "data_use"),
        (declaration(legal_basis_for_processing="Because"), 7, "legal_basis_for_processing"),
        (declaration(retention_period="x" * 300), 5, "retention"),
        (declaration(name="a.b/job-ranking/training in EU"), 7, "name"),
    ],
)
def test_a_fault_names_its_line_and_field(text, line, field):
    assert faults(text) == [(line, field)]


def test_a_key_that_means_two_of_ours_is_not_guessed():
    (fault,) = read(declaration(), TWO).faults
    assert "may be a.b, communications.messages" in fault.message


def test_two_declarations_of_one_use_may_not_disagree():
    other = "  - data_categories: [user.content.private]\n    data_use: personalize\n"
    assert faults(declaration() + other) == [(7, "purpose")]


def test_a_key_that_stands_twice_is_named_with_both_lines():
    (fault,) = read("system:\n- fides_key: a\n  name: b\n  name: c").faults
    assert fault.message == "“name” stands here a second time; the first is on line 3."


def test_every_fault_is_listed_and_nothing_is_taken():
    found = read(declaration(data_use="a") + "- fides_key: B\n- fides_key: job-ranking\n  colour: blue\n")
    assert [(one.row, one.column) for one in found.faults] == [(6, "data_use"), (7, "slug"), (9, "colour")]
    assert not any(found.records.values())


@pytest.mark.parametrize("bad", ["\0", "\a"])
def test_a_character_that_nobody_sees_is_told_with_its_line(bad):
    text = f"system:\n- name: {'é' * 9}\n  description: b{bad}\n  fides_key: a\n\n\n\n"
    (fault,) = read_inventory(text.encode(), Register()).faults
    assert (fault.row, "can't be seen" in fault.message) == (3, True)


@pytest.mark.parametrize("data", [b"\xff", b"a" * (4 * 1024 * 1024 + 1), b"[" * 50, b"a: \x00", b"- a\n" * 200_001])
def test_what_is_no_such_file_is_refused(data):
    found = read_inventory(data, STANDING)
    assert len(found.faults) == 1
    assert found.faults[0].message


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data):
    read_inventory(b"system:\n- fides_key: a\n  " + data, STANDING)


def test_a_new_feature_needs_what_the_register_can_not_do_without():
    (fault,) = read("system:\n- fides_key: new-one").faults
    assert "“meta: {feature: {kind: search}}”, with one of: ranking, recommendation," in fault.message
    assert not read("system:\n- fides_key: new-one\n  meta: {feature: {kind: search}}").faults
