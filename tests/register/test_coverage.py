"""Which clauses cover which uses, and where the two come apart."""

import pytest

from tests.register.builders import PRIVACY, policy, register, use
from transparency.register import coverage
from transparency.register.schema import Register

CHANGED = PRIVACY.replace("Models learn from", "Models may learn from")
BY_32 = use(clauses=("Privacy policy 3.2",))
ID = "communications.messages/job-ranking/training"


@pytest.mark.parametrize(
    "citation",
    [
        "Privacy policy 3.2",
        "privacy-policy 3.2",
        "privacy-policy/3.2",
        "Privacy policy, clause 3.2",
        "PRIVACY POLICY § 3.2",
        "privacy-policy#3.2",
    ],
)
def test_a_clause_is_cited_as_people_write_it(citation):
    assert coverage.named(citation) == ("privacy-policy", "3.2")


@pytest.mark.parametrize("citation", ["", "Privacy policy", "3.2", "Art. 6 GDPR", " "])
def test_other_words_cite_no_clause_of_ours(citation):
    assert coverage.covers(use(clauses=(citation,)), {"privacy-policy": policy()}) == []


def test_whoever_cites_a_clause_cites_what_is_part_of_it():
    (cover,) = coverage.covers(use(clauses=("Privacy policy 3",)), {"privacy-policy": policy()})
    assert [one.number for one in cover.clauses] == ["3", "3.1", "3.2"]


def test_a_use_without_a_clause_is_uncovered():
    assert coverage.uncovered(register(use(), policies=(policy(),))) == [use()]
    assert coverage.uncovered(register(BY_32, policies=(policy(),))) == []


def test_where_no_document_is_kept_nothing_is_uncovered():
    assert coverage.uncovered(register(use())) == []


def test_a_citation_of_a_clause_that_is_not_there_is_astray():
    cites = use(clauses=("Privacy policy 9.9", "Law 3"))
    assert coverage.astray(cites, {"privacy-policy": policy()}) == ["Privacy policy 9.9"]


def test_a_purpose_that_nobody_has_is_idle():
    other = use(purpose="search", clauses=("Privacy policy 3.2",))
    (one,) = coverage.idle(register(other, policies=(policy(),)))
    assert (one.clause.number, one.purpose) == ("3.2", "personalised_recommendations")
    assert coverage.idle(register(BY_32, policies=(policy(),))) == []


def moved(*steps):
    """What has moved after these registers were published one after the other."""
    before, known = Register(), {}
    for after in steps:
        known, before = coverage.pins(before, known, after), after
    return [(cover.name, [use.id for use in uses]) for cover, uses in coverage.moved(before, known)]


def test_a_clause_that_changes_under_a_use_has_moved():
    first, second = register(BY_32, policies=(policy(),)), register(BY_32, policies=(policy(CHANGED),))
    assert moved(first, second) == [("privacy-policy/3.2", [ID])]


def test_it_stays_so_until_the_use_is_written_anew():
    first, second = register(BY_32, policies=(policy(),)), register(BY_32, policies=(policy(CHANGED),))
    anew = register(use(clauses=("Privacy policy 3.2",), risks="None."), policies=(policy(CHANGED),))
    assert moved(first, second, second) == [("privacy-policy/3.2", [ID])]
    assert moved(first, second, anew) == []


def test_a_clause_that_reads_again_as_it_did_has_not_moved():
    first, second = register(BY_32, policies=(policy(),)), register(BY_32, policies=(policy(CHANGED),))
    assert moved(first, second, first) == []


def test_a_change_below_the_clause_that_is_cited_counts():
    by_3 = use(clauses=("Privacy policy 3",))
    assert moved(register(by_3, policies=(policy(),)), register(by_3, policies=(policy(CHANGED),)))


def test_another_clause_that_changes_moves_nothing():
    by_31 = use(clauses=("Privacy policy 3.1",))
    assert moved(register(by_31, policies=(policy(),)), register(by_31, policies=(policy(CHANGED),))) == []


def test_a_document_that_comes_later_has_moved_nothing():
    assert moved(register(BY_32), register(BY_32, policies=(policy(),))) == []


def test_what_rests_on_a_clause_rests_on_its_parts_too():
    found = coverage.resting(register(use(clauses=("Privacy policy 3",)), policies=(policy(),)))
    assert sorted(found) == ["privacy-policy/3", "privacy-policy/3.1", "privacy-policy/3.2"]
