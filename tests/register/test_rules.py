"""What keeps a register from being published."""

import pytest

from tests.register.builders import EVERYWHERE, category, feature, policy, register, use
from transparency.register.rules import faults
from transparency.register.schema import Scope

INTEREST = Scope(jurisdictions=("EU",), legal_basis="legitimate_interest")
FEW = category("a.b", parent="communications.messages", examples=("x",))
CASES = [
    ("a use of no category", register(use("ghost")), "no category “ghost”"),
    ("a use of no feature", register(use(feature="ghost")), "no AI feature “ghost”"),
    ("a retired feature", register(features=(feature(status="retired"),)), "retired"),
    ("a generic purpose", register(use(purpose_text="To improve our services.")), "says nothing"),
    ("an unknown purpose", register(use(purpose="fun")), "“fun” is not in the vocabulary"),
    ("no retention", register(use(retention="")), "how long it is kept"),
    ("an interest not spelt out", register(use(scopes=(INTEREST,))), "EU: spell out"),
    (
        "consent that is on by default",
        register(use(scopes=(Scope(jurisdictions=("EU",), legal_basis="consent"),))),
        "off until the member says yes",
    ),
    (
        "no right to refuse, and no reason",
        register(use(scopes=(Scope(jurisdictions=("*",), legal_basis="contract", refusal="no"),))),
        "say why members can't refuse",
    ),
    ("a place in two scopes", register(use(scopes=(EVERYWHERE, EVERYWHERE))), "stands in two scopes"),
    ("the same use twice", register(use(), use()), "two records of the use"),
    (
        "two documents of one title",
        register(policies=(policy(), policy(slug="terms", title="privacy  Policy"))),
        "“terms” is called “Privacy policy” too",
    ),
    ("too few examples", register(categories=(category(), FEW)), "Give 3"),
    ("a parent that isn't there", register(categories=(category(parent="ghost"),)), "no category “ghost”"),
    ("a ring of parents", register(categories=(category(parent="communications.messages"),)), "belong to itself"),
    ("a feature that nobody answers for", register(features=(feature(controller=""),)), "which company"),
    ("a grave decision without review", register(features=(feature(decides="significant"),)), "who looks at it"),
    ("a day that no calendar has", register(use(effective_from="2026-02-30")), "No calendar has the day “2026-02-30”"),
    ("a feature since no day", register(features=(feature(since="2026-13-01"),)), "No calendar has the day"),
    ("text turned round", register(use(why_needed="a\u202eb")), "turn text round"),
    ("a NUL", register(features=(feature(team="a\0b"),)), "can't be seen"),
    ("letters under a heap of marks", register(use(why_needed="a" + "\u0301" * 5)), "can't be seen"),
]


def test_a_complete_register_has_no_fault():
    assert faults(register()) == []


@pytest.mark.parametrize(("what", "content", "message"), CASES, ids=[case[0] for case in CASES])
def test_a_fault_is_named(what, content, message):
    assert [fault for fault in faults(content) if message in fault.message]


def test_hidden_characters_are_found_in_nested_records_too():
    hidden = Scope(jurisdictions=("*",), legal_basis="contract", default_reason="a\0b")
    assert [fault for fault in faults(register(use(scopes=(hidden,)))) if "can't be seen" in fault.message]


@pytest.mark.parametrize(
    ("field", "term"),
    [
        ("dpv", "https://w3id.org/dpv/pd#MadeUp"),
        ("dpv", "Communication"),
        ("fides", "user.content.secret"),
        ("fides", "user.content.private "),
    ],
)
def test_a_term_that_no_vocabulary_has_is_refused(field, term):
    (fault,) = faults(register(categories=(category(**{field: term}),)))
    assert (fault.subject, fault.field) == ("communications.messages", field)


def test_terms_that_the_vocabularies_have_are_taken():
    kind = category(dpv="https://w3id.org/dpv/pd#Communication", fides="user.content.private")
    assert faults(register(categories=(kind,))) == []
