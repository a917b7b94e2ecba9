"""Policy documents are cut into numbered clauses, and nothing of them is lost."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.register.clauses import LONGEST, LONGEST_CLAUSE, MOST_CLAUSES, Unreadable, below, read, written
from transparency.register.schema import Policy

PRIVACY = """# Privacy policy

We say here what we do.

## 1 What we use

1.1 We use what you write.

1.2 We use what you look at.

## 2. Training

### 2.1 Models

Purposes: To find what you
look for; personalisation

Models learn from it:

1. messages
2. posts

### 2.2 Never

We never sell it.
"""


def clauses(source):
    return [(one.number, one.heading, one.text) for one in read(source)[1]]


def policy(source):
    opening, found = read(source)
    return Policy(slug="privacy-policy", title="Privacy policy", kind="privacy", opening=opening, clauses=found)


def refused(source):
    with pytest.raises(Unreadable) as unreadable:
        read(source)
    return [(fault.line, fault.message) for fault in unreadable.value.faults]


def test_headings_and_paragraphs_with_numbers_are_clauses():
    assert [number for number, _, _ in clauses(PRIVACY)] == ["1", "1.1", "1.2", "2", "2.1", "2.2"]


def test_what_stands_before_the_first_is_the_opening():
    assert read(PRIVACY)[0] == "# Privacy policy\n\nWe say here what we do."


def test_a_heading_is_kept_apart_from_the_text():
    assert clauses(PRIVACY)[5] == ("2.2", "Never", "We never sell it.")


def test_a_paragraph_has_no_heading():
    assert clauses(PRIVACY)[1] == ("1.1", "", "We use what you write.")


def test_a_list_below_a_numbered_heading_is_a_list():
    assert clauses(PRIVACY)[4][2].endswith("1. messages\n2. posts")


def test_purposes_are_read_by_their_term_or_in_plain_words():
    assert read(PRIVACY)[1][4].purposes == ("search", "personalisation")


@pytest.mark.parametrize(
    ("line", "number", "heading"),
    [
        ("## 3.2 Training", "3.2", "Training"),
        ("## 3.2. Training ##", "3.2", "Training"),
        ("### **3.2** Training", "3.2", "Training"),
        ("### **3.2 Training**", "3.2", "Training"),
        ("**3.2 Training**", "3.2", "Training"),
        ("## Article 3 Training", "3", "Training"),
        ("## § 3a Training", "3a", "Training"),
        ("## 3) Training", "3", "Training"),
        (r"## 3\. Training", "3", "Training"),
    ],
)
def test_numbers_are_known_as_people_write_them(line, number, heading):
    assert clauses(f"{line}\n\nWe train.")[0] == (number, heading, "We train.")


def test_numbered_paragraphs_alone_make_clauses():
    assert clauses("1. We train.\n2. We test.\n\nOften.") == [("1", "", "We train."), ("2", "", "We test.\n\nOften.")]


@pytest.mark.parametrize("line", ["13 months are enough.", "2026 was a year.", "3.2percent", "    1.1 indented"])
def test_other_numbers_are_text(line):
    assert len(clauses(f"1. We train.\n\n{line}")) == 1


def test_a_block_of_code_is_text():
    assert len(clauses("## 1 One\n\n```\n## 2 Two\n```\n\n~~~\n## 3\n~~~")) == 1


def test_windows_and_a_byte_order_mark_change_nothing():
    assert read("\ufeff" + PRIVACY.replace("\n", "\r\n")) == read(PRIVACY)


def test_without_a_number_it_says_what_to_do():
    assert refused("# Privacy\n\nWe care.")[0][1].startswith("No clause has a number. Begin each with one")


def test_a_number_that_stands_twice_is_named_with_its_line():
    assert refused("## 1 One\n\n## 1 Again") == [(3, "Clause 1 stands twice. Number one of them anew.")]


def test_clauses_out_of_order_are_named():
    assert refused("## 2 Two\n\n## 1 One") == [(3, "Clause 1 comes after 2. Put the clauses in order.")]


def test_ten_comes_after_nine():
    assert [number for number, _, _ in clauses("## 1.9 A\n\n## 1.9a B\n\n## 1.10 C")] == ["1.9", "1.9a", "1.10"]


@pytest.mark.parametrize(
    "source",
    [
        "x" * (LONGEST + 1),
        "## 1 A\n\n" + "x" * (LONGEST_CLAUSE + 1),
        "x" * (LONGEST_CLAUSE + 1) + "\n\n## 1 A",
        "## 1 " + "x" * 201,
        "\n".join(f"## 1.{n // 900}.{n % 900} A" for n in range(MOST_CLAUSES + 1)),
        "## 1 A\n\n" + "Purposes: " + ", ".join(f"p{n}" for n in range(41)),
    ],
    ids=["document", "clause", "opening", "heading", "clauses", "purposes"],
)
def test_what_is_too_much_is_refused(source):
    assert refused(source)


def test_a_clause_holds_what_is_part_of_it():
    assert [one.number for one in below(policy(PRIVACY), "1")] == ["1", "1.1", "1.2"]
    assert below(policy(PRIVACY), "2.9") == ()


def test_written_out_and_read_again_it_is_the_same():
    assert policy(written(policy(PRIVACY))) == policy(PRIVACY)


lines = st.sampled_from(
    [
        "We train.",
        "1. one",
        "2.1 two",
        "2.2. three",
        "## 3 Four",
        "### 3.1",
        "",
        "- a",
        "> q",
        "```",
        "**4 B**",
        "§ 5 e",
    ]
)


@given(st.lists(lines, max_size=14).map("\n".join))
def test_whatever_can_be_read_is_written_out_and_read_the_same(source):
    try:
        first = policy(source)
    except Unreadable:
        return
    assert policy(written(first)) == first


@given(st.text(alphabet="#123.a *_`~§\n", max_size=60))
def test_no_text_breaks_the_reader(source):
    try:
        found = policy(source)
    except Unreadable:
        return
    assert msgspec.convert(msgspec.to_builtins(found), Policy) == found
