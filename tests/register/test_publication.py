"""What keeps an edition from being published: no time for members, uses that nothing covers, corrections undone."""

import json
from datetime import timedelta

import pytest

from tests.register.builders import NOON, correction, policy, register, use
from transparency.ledger import queries as ledger
from transparency.register import queries
from transparency.register.actions import Invalid
from transparency.register.documents import EditionDocument, canonical, decode
from transparency.register.models import Edition, EditionSince
from transparency.register.phrases import WORDS
from transparency.register.rules import FIELDS

pytestmark = pytest.mark.django_db

LONGER, SHORTER = register(use(retention="2 years")), register(use(retention="1 month"))
LATER = NOON + timedelta(days=1)


@pytest.fixture
def notice(settings):
    settings.NOTICE_DAYS = 30


@pytest.fixture
def covered(settings):
    settings.REQUIRE_POLICY_COVERAGE = True


def test_more_is_not_done_before_members_had_time(publish, notice):
    publish(register())
    with pytest.raises(Invalid, match=r"members must know 30 days before\. Let it hold from 25 December 2026 or later"):
        publish(LONGER, effective_at=LATER + timedelta(days=29))


def test_with_enough_time_it_is_published(publish, notice):
    publish(register())
    assert publish(LONGER, effective_at=LATER + timedelta(days=30)).number == 2


def test_a_stated_reason_is_published_with_it(publish, notice):
    publish(register())
    edition = publish(LONGER, sooner="A court has ordered it.")
    assert queries.document(edition).sooner == "A court has ordered it."


@pytest.mark.parametrize("reason", ["", "  "])
def test_no_reason_is_none(publish, notice, reason):
    publish(register())
    with pytest.raises(Invalid, match="30 days"):
        publish(LONGER, sooner=reason)


def test_less_may_be_done_at_once(publish, notice):
    publish(register())
    assert publish(SHORTER).number == 2


def test_the_first_edition_needs_no_notice(publish, notice):
    assert publish(register()).number == 1


def test_a_correction_says_at_once_what_is_done_already(publish, notice):
    publish(register())
    corrected = register(use(retention="24 months"), corrections=(correction(),))
    assert publish(corrected).number == 2


def test_where_coverage_is_required_every_use_is_covered(publish, covered):
    with pytest.raises(Invalid, match="No clause of a policy covers it"):
        publish(register(policies=(policy(),)))
    assert publish(register(use(clauses=("Privacy policy 3.2",)), policies=(policy(),))).number == 1


def test_without_any_document_nothing_is_covered(publish, covered):
    with pytest.raises(Invalid, match="No clause of a policy covers it"):
        publish(register())


def test_otherwise_an_uncovered_use_may_be_published(publish):
    assert publish(register(policies=(policy(),))).number == 1


def test_a_clause_that_the_document_does_not_have_is_refused(publish):
    with pytest.raises(Invalid, match=r"There is no clause “Privacy policy 9\.9”"):
        publish(register(use(clauses=("Privacy policy 9.9",)), policies=(policy(),)))


def test_a_purpose_outside_the_vocabulary_is_refused(publish):
    with pytest.raises(Invalid, match=r"“world peace”.* Choose from: .*to suggest things that may suit you;"):
        publish(register(policies=(policy("## 1 A\n\nPurposes: world peace"),)))


def test_an_edition_from_before_policies_keeps_its_bytes(publish):
    body = publish(register()).document
    assert "policies" not in body
    assert canonical(decode(body)).decode() == body


def test_an_edition_with_everything_is_made_again_from_what_it_says(publish):
    publish(register())
    whole = register(use(clauses=("Privacy policy 3.2",)), policies=(policy(),), corrections=(correction(),))
    body = publish(whole, sooner="A court.").document
    assert isinstance(decode(body), EditionDocument)
    assert canonical(decode(body)).decode() == body


def test_a_correction_has_an_entry_of_its_own_in_the_public_log(publish):
    publish(register())
    publish(register(corrections=(correction(),)))
    body = json.loads(ledger.entry("correction", "retention-2026").body)
    assert (body["edition"], body["since"], body["until"]) == (2, "2026-11-24", "2026-11-25")
    assert body["about"] == "use:communications.messages/job-ranking/training"


def test_it_is_entered_once(publish):
    publish(register())
    publish(register(corrections=(correction(),)))
    publish(register(use(risks="None."), corrections=(correction(),)))
    assert ledger.Entry.objects.filter(kind="correction").count() == 1


def test_it_says_in_words_what_was_wrong(publish):
    publish(register())
    (sentence,) = publish(register(corrections=(correction(),))).summary
    assert sentence == (
        "Correction. From 24 November 2026 to 25 November 2026 we said of Private messages in Job recommendations, used"
        " to train its model, about how long it is kept: “13 months” That was wrong. What was true: “24 months”"
    )


def test_everything_that_can_be_corrected_has_a_name_in_words():
    assert [field for about in FIELDS.values() for field in about if field not in WORDS] == []


@pytest.mark.parametrize("after", [(), (correction(truth="Nothing was wrong."),)])
def test_a_correction_is_not_undone(publish, after):
    publish(register())
    publish(register(corrections=(correction(),)))
    with pytest.raises(Invalid, match="can’t be changed or taken away"):
        publish(register(use(risks="None."), corrections=after))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"since": "2026-11-25", "until": "2026-11-24"}, "ends before it begins"),
        ({"since": "2026-02-30"}, "No calendar has the day"),
        ({"until": "2026-11-26"}, "can’t be after the day of the correction"),
        ({"field": "colour"}, "says nothing under “colour”"),
        ({"subject": "a/b/training"}, "no edition spoke of"),
        ({"about": "feature"}, "no edition spoke of"),
        ({"since": "2020-01-01", "until": "2020-01-02"}, "no edition spoke of"),
    ],
)
def test_a_correction_of_what_was_never_said_is_refused(publish, fields, says):
    publish(register())
    with pytest.raises(Invalid, match=says):
        publish(register(corrections=(correction(**fields),)))


def test_what_each_edition_changed_is_known_without_comparing_it_again(publish):
    publish(register())
    publish(LONGER)
    kept = queries.changes_of([1, 2])
    EditionSince.objects.all().delete()
    assert queries.changes_of([1, 2]) == kept
    assert [change.fields for change in kept[2]] == [("retention",)]


def test_how_clauses_read_when_a_use_was_written_is_kept(publish):
    edition = publish(register(use(clauses=("Privacy policy 3.2",)), policies=(policy(),)))
    assert list(queries.pins_of(edition)["communications.messages/job-ranking/training"]) == ["privacy-policy/3.2"]
    assert Edition.objects.count() == 1
