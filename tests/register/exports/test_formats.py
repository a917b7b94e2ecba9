"""What else the register is written in: each as its standard has it, and saying the same as the register."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace

import pytest
import yaml
from fideslang.default_taxonomy import DEFAULT_TAXONOMY
from fideslang.models import Taxonomy
from hypothesis import given

from tests.register.builders import category, correction, feature, policy, register, use
from tests.register.exports.registers import as_published, quickly, source_of, sources
from tests.register.exports.schemas import ATRS, DUTCH, TRAINING_HEAD, TRAINING_SECTIONS
from transparency.register.documents import digest
from transparency.register.exports import (
    algoritmeregister,
    article30,
    atrs,
    fideslang,
    formats,
    model_card,
    training_summary,
    uses,
)
from transparency.register.schema import Criterion, FeatureKind, Recipient, Register, Scope
from transparency.register.vocabulary import fides
from transparency.register.vocabulary.purposes import LEGAL_BASES, PURPOSES
from transparency.register.vocabulary.taxonomy import TAXONOMY
from transparency.review.spreadsheet import read_uses

FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
LONG = "x" * 2000


def source(*said, **more):
    return source_of(as_published(register(*said, **more)))


def table(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def plain(cell):
    """A cell without the apostrophe that keeps it from being a formula."""
    return cell[1:] if re.match(r"'+[=+\-@\t\r\n＝＋－＠]", cell) else cell


@quickly
@given(sources)
def test_fideslang_takes_every_inventory_for_its_own(source):
    found = Taxonomy(**yaml.safe_load(fideslang.write(source)))
    known = {one.fides_key for one in (*found.data_category, *DEFAULT_TAXONOMY.data_category)}
    used = {key for system in found.system for one in system.privacy_declarations for key in one.data_categories}
    assert used <= known
    assert {one.parent_key for one in found.data_category if one.parent_key} <= known


@quickly
@given(sources)
def test_every_data_use_stands_below_one_of_fideslang(source):
    found = Taxonomy(**yaml.safe_load(fideslang.write(source)))
    known = {one.fides_key for one in DEFAULT_TAXONOMY.data_use}
    used = {one.data_use for system in found.system for one in system.privacy_declarations}
    assert used == {one.fides_key for one in found.data_use}
    assert {one.parent_key for one in found.data_use} <= known


def test_our_keys_of_fideslang_are_those_of_fideslang():
    assert {one.fides_key for one in DEFAULT_TAXONOMY.data_category} == fides.DATA_CATEGORIES
    assert {one.fides_key for one in DEFAULT_TAXONOMY.data_use} == fides.DATA_USES
    assert {one.fides for one in TAXONOMY if one.fides} <= fides.DATA_CATEGORIES


def test_an_inventory_refers_to_nothing_by_alias():
    cloud = Recipient(name="Cloud Co", role="processor")
    text = fideslang.write(source(use(recipients=(cloud,)), use(stage="inference", recipients=(cloud,)))).decode()
    assert not re.search(r"(?m)[:-] [&*]\w", text)


@quickly
@given(sources)
def test_a_table_of_uses_comes_back_as_it_went(source):
    back = read_uses(uses.write(source))
    assert back.faults == []
    assert {name: one for name, (_, one) in back.uses.items()} == {one.id: one for one in source.register.uses}


@pytest.mark.parametrize("writer", [uses, article30])
@quickly
@given(sources)
def test_no_cell_is_a_formula(writer, source):
    rows = list(csv.reader(io.StringIO(writer.write(source).decode("utf-8-sig"), newline="")))
    assert [cell for row in rows for cell in row if FORMULA.match(cell)] == []


def test_a_table_tells_names_and_terms_beside_the_keys():
    kind = category(dpv="https://w3id.org/dpv/pd#Communication", fides="user.content.private")
    (row,) = table(uses.write(source(categories=(kind,))))
    assert row["category_name"] == "Private messages"
    assert row["category_fides"] == "user.content.private"
    assert row["purpose_dpv"].endswith("#ProvidePersonalisedRecommendations")


@quickly
@given(sources)
def test_the_record_of_processing_says_all_that_article_30_asks_for(source):
    rows = {row["Record"]: row for row in table(article30.write(source))}
    told = {name: [plain(row[column]) for column in row] for name, row in rows.items()}
    assert told.keys() == {one.id for one in source.register.uses}
    assert all(all(cells) for cells in told.values())
    for one in source.register.uses:
        row, said = rows[one.id], source.features[one.feature]
        assert plain(row["(a) Controller"]) == (said.controller or article30.MISSING)
        assert plain(row["(b) Purposes of the processing"]) == f"{one.purpose_text} ({PURPOSES[one.purpose].label})"
        assert plain(row["(f) Time limits for erasure"]) == (one.retention or article30.MISSING)
        assert all(each.name in row["(d) Categories of recipients"] for each in one.recipients)


def test_the_record_of_processing_does_not_look_complete_where_it_is_not():
    (row,) = table(article30.write(source()))
    assert "the setting DATA_PROTECTION_OFFICER was empty" in row["(a) Data protection officer"]
    assert "the setting REPRESENTATIVE was empty" in row["(a) Representative"]
    assert row["(e) Transfers to third countries, and their safeguards"] == "None recorded"


def test_the_record_of_processing_names_whom_the_law_wants_named():
    told = replace(source(), officer="Dora Ott, dpo@tandem.example", representative="Tandem EU, Dublin")
    (row,) = table(article30.write(told))
    assert row["(a) Data protection officer"] == "Dora Ott, dpo@tandem.example"
    assert row["(a) Representative"] == "Tandem EU, Dublin"


@quickly
@given(sources)
def test_records_for_the_united_kingdom_have_both_tiers_whole(source):
    records = {one["metadata"]["source_id"]: one for one in json.loads(atrs.write(source))}
    ATRS.validate([*records.values()])
    assert {slug: one["tier_1_information"]["name"] for slug, one in records.items()} == {
        one.slug: one.name for one in source.register.features
    }
    for one in source.register.features:
        data, uses = records[one.slug]["data_specification"], source.uses_of(one.slug)
        assert [each["source_data_url"] for each in data if uses] == [source.use_url(each) for each in uses]


def test_a_record_for_the_united_kingdom_names_a_supplier_where_there_is_one():
    both = (feature(provider="Tandem Ltd"), feature("writing", third_party_models=("Quill 2 (Quill Inc)",)))
    alone, other = json.loads(atrs.write(source(features=both)))
    assert "external_supplier" not in alone["owner_and_responsibility"]
    assert other["owner_and_responsibility"]["external_supplier"] == ["Quill 2 (Quill Inc)"]
    assert other["owner_and_responsibility"]["companies_house_number"] == atrs.MISSING


@quickly
@given(sources)
def test_registrations_for_the_netherlands_keep_to_their_standard(source):
    complete = [one for one in source.register.features if one.what_it_does and one.controller and one.contact]
    records = {one["source_id"]: one for one in json.loads(algoritmeregister.write(source))}
    DUTCH.validate([records[one.slug] for one in complete])
    assert {slug: one["name"] for slug, one in records.items()} == {
        one.slug: one.name for one in source.register.features
    }


def test_what_is_too_long_for_its_field_says_where_the_rest_is():
    one = feature(human_review=LONG, contest=LONG)
    (record,) = json.loads(algoritmeregister.write(source(features=(one,))))
    assert len(record["human_intervention"]) == 2500
    assert record["human_intervention"].endswith("… https://data.tandem.example/features/job-ranking/")


def test_english_words_are_not_passed_off_as_dutch():
    (record,) = json.loads(algoritmeregister.write(source()))
    assert record["lang"] == "eng"


def test_what_we_add_to_a_registration_is_dutch():
    (record,) = json.loads(algoritmeregister.write(source()))
    assert record["source_data"] == "Om het model te trainen: Private messages."
    assert record["methods_and_models"].startswith("Doet suggesties.")
    assert record["lawful_basis"] == "Uitvoering van een overeenkomst (art. 6, lid 1, onder b, AVG)"


def test_a_sentence_in_a_registration_ends_once():
    counts = Criterion(name="Skills", weight="high", reason="They tell what you can do.")
    said = {"criteria": (counts,), "limitations": "It misreads jokes."}
    (record,) = json.loads(algoritmeregister.write(source(features=(feature(**said),))))
    assert record["methods_and_models"] == (
        "Doet suggesties. Wat meetelt: Skills (telt zwaar mee): They tell what you can do."
        " Bekende beperkingen: It misreads jokes."
    )


def test_every_code_that_a_registration_tells_has_dutch_words():
    assert algoritmeregister.KINDS.keys() == set(FeatureKind)
    assert algoritmeregister.BASES.keys() == LEGAL_BASES.keys()


@quickly
@given(sources)
def test_a_model_card_has_every_heading_and_all_data(source):
    for one in source.register.features:
        card = model_card.write_one(source, one.slug).decode()
        headings = re.findall(r"(?m)^#+ (.+)$", card)
        assert [name for name in model_card.HEADINGS if name not in headings] == []
        assert all(f"`{each.category}`" in card for each in source.uses_of(one.slug))


def test_a_name_can_not_break_out_of_its_model_card():
    name = "<script>x</script> | [a](javascript:b) # c"
    card = model_card.write_one(source(features=(feature(name=name),)), "job-ranking").decode()
    assert r"\<script\>x\</script\> \| \[a\](javascript:b) # c" in card
    assert not re.search(r"(?<!\\)<", card)


def test_nor_can_an_address():
    link = 'https://tandem.example/a_b?c=d&e=%20#f"<script>x</script>`['
    card = model_card.write_one(source(features=(feature(instructions_url=link),)), "job-ranking").decode()
    assert "https://tandem.example/a_b?c=d&e=%20#f%22%3Cscript%3Ex%3C/script%3E%60%5B" in card


CODED = use(
    scopes=(
        Scope(jurisdictions=("EU",), legal_basis="legitimate_interest"),
        Scope(jurisdictions=("*",), legal_basis="legal_obligation"),
    ),
    recipients=(Recipient(name="Cloud Co", role="third_party", country="Ireland"),),
    safeguards=("access-limited", "human-reviewed"),
)
CODES = re.compile(r"legitimate_interest|legal_obligation|third_party|access-limited|human-reviewed|high|personalised_")


def test_the_record_of_processing_tells_no_codes():
    (row,) = table(article30.write(source(CODED)))
    assert not CODES.search(" ".join(row.values()))
    assert row["Legal basis, by place"] == (
        "The European Union: legitimate interest (Art. 6(1)(f) GDPR, where it applies)\n"
        "All other places: legal obligation (Art. 6(1)(c) GDPR, where it applies)"
    )
    assert row["(d) Categories of recipients"] == "Cloud Co (Ireland), third party: uses it for itself"


@pytest.mark.parametrize("writer", [atrs.write, lambda said: model_card.write_one(said, "job-ranking")])
def test_nor_do_the_british_records_and_the_model_cards(writer):
    counts = Criterion(name="Skills", weight="high", reason="They tell what you can do.")
    assert not CODES.search(writer(source(CODED, features=(feature(criteria=(counts,)),))).decode())


def test_a_model_card_that_tells_limits_does_not_ask_for_more():
    for told in ({"limitations": "It misreads jokes."}, {}):
        card = model_card.write_one(
            source(use(risks="" if told else "A leak."), features=(feature(**told),)), "job-ranking"
        )
        found = re.search(r"## Bias, Risks, and Limitations\n\n(.*?)\n\n###", card.decode(), re.DOTALL)[1]
        assert found == (told.get("limitations") or "- A leak.")


def test_a_model_card_marks_what_nobody_told_yet():
    card = model_card.write_one(source(), "job-ranking").decode()
    assert "### Metrics\n\n[More Information Needed]" in card


def test_model_cards_come_as_one_file_that_is_the_same_every_time():
    first, second = model_card.write(source()), model_card.write(source())
    assert first == second
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["job-ranking.md"]


@quickly
@given(sources)
def test_the_training_summary_names_what_is_learned_from_and_nothing_else(source):
    text = training_summary.write(source).decode()
    learned = {one.category for one in source.register.uses if one.stage in ("training", "fine_tuning")}
    assert set(re.findall(r"\| `([a-z0-9_.]+)` \|", text)) == learned
    assert text.count("**Yes**") == bool(learned)
    assert text.count("**No**") == (0 if learned else 2)


def test_the_training_summary_says_how_to_refuse_and_what_that_does_not_undo():
    text = training_summary.write(source()).decode()
    assert "- everywhere: you can refuse, on until you refuse." in text
    assert "- It does not undo past training." in text


def test_the_training_summary_says_of_which_data_an_answer_is_where_they_differ():
    elsewhere = Scope(jurisdictions=("*",), legal_basis="contract", refusal="no", why_not="It must be.")
    refused = Scope(jurisdictions=("EU",), legal_basis="contract"), elsewhere
    posts = category("posts", name="Posts")
    said = source(use(), use("posts", scopes=refused), categories=(category(), posts))
    lines = training_summary.write(said).decode().split("\n")
    assert "- everywhere: you can refuse, on until you refuse. (Private messages)" in lines
    assert "- the European Union: you can refuse, on until you refuse. (Posts)" in lines
    assert "- all other places: you can't refuse. (Posts)" in lines
    assert "- It does not undo past training." in lines


def test_the_training_summary_admits_what_it_does_not_know():
    text = training_summary.write(source()).decode()
    assert f"**Dates of the data:** {training_summary.MISSING}" in text
    assert f"Which modalities are covered (text, image, audio, video, other)? {training_summary.MISSING}" in text


def test_the_training_summary_puts_the_four_questions_of_the_template_in_its_order():
    text = training_summary.write(source(features=(feature(where="Jobs tab"),))).decode()
    asked = re.findall(r"(?m)^(\w+) [^\n]*\? ", text)
    assert asked == ["Was", "Was", "Which", "Which"]
    assert "services or products were used to collect the user data? Jobs tab\n" in text
    assert text.index("\nAdditional comments: ") > text.index("? Jobs tab\n")


def test_the_training_summary_lists_services_where_there_are_several():
    others = (feature(where="Jobs tab, “For you”"), feature("search", name="Search", where="At the top; everywhere"))
    text = training_summary.write(source(use(), use(feature="search"), features=others)).decode()
    assert "collect the user data? \n- Jobs tab, “For you”\n- At the top; everywhere\n" in text


def test_the_training_summary_begins_as_the_template_does_and_names_each_of_its_sections():
    text = training_summary.write(source()).decode()
    assert TRAINING_HEAD.search(text)
    assert set(re.findall(r"\b[123]\.[1-6]\b", text)) == TRAINING_SECTIONS


OF_EACH = {
    "use": use().id,
    "feature": "job-ranking",
    "category": "communications.messages",
    "clause": "privacy-policy/3.2",
}


@pytest.mark.parametrize("about", OF_EACH)
def test_what_was_wrong_stands_in_every_format_that_can_hold_it(about):
    wrong = correction(about=about, subject=OF_EACH[about], truth="We kept it for longer.")
    said = source(use(clauses=("Privacy policy 3.2",)), policies=(policy(),), corrections=(wrong,))
    able = {one.key for one in formats.FORMATS if b"We kept it for longer." in unpacked(one.write(said))}
    everywhere = {"edition", "dpv", "fideslang", "csv", "article-30"}
    more = {"use": {"training-summary", "model-cards"}, "feature": {"training-summary", "model-cards"}}
    assert able == everywhere | more.get(about, {"training-summary"} if about == "category" else set())


def unpacked(data):
    """What a file holds; of a packed one, what is in it."""
    if not data.startswith(b"PK"):
        return data
    folder = zipfile.ZipFile(io.BytesIO(data))
    return b"".join(map(folder.read, folder.namelist()))


def test_what_was_wrong_in_a_use_that_is_no_more_is_not_lost_in_an_inventory_or_a_summary():
    gone = correction(subject="old.kind/job-ranking/training", truth="We kept it for longer.")
    lost = correction("lost", subject="old.kind/gone/training", truth="We kept that for longer, too.")
    said = source(corrections=(gone, lost))
    (system,) = yaml.safe_load(fideslang.write(said))["system"]
    assert [sentence.partition("What was true: ")[2] for sentence in system["meta"]["corrections"]] == [
        "“We kept it for longer.”"
    ]
    assert "\n# Correction. From 24 November 2026" in fideslang.write(said).decode()
    assert training_summary.write(said).decode().count("\n- Correction. From 24 November 2026") == 2


def test_the_linked_data_of_one_use_tell_what_was_wrong_in_it_and_in_nothing_else():
    of_feature = correction("of-feature", about="feature", subject="job-ranking", field="team")
    other = correction("of-other", subject="old.kind/job-ranking/training")
    part = source(corrections=(correction(), of_feature, other)).of_use(use().id)
    assert {one.slug for one in part.register.corrections} == {"retention-2026", "of-feature"}


@quickly
@given(sources)
def test_an_edition_is_written_as_its_digest_has_it(source):
    assert digest(formats.BY_KEY["edition"].write(source)) == source.digest


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda one: one.key)
def test_a_format_writes_the_same_every_time(form):
    assert form.write(source()) == form.write(source())


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda one: one.key)
def test_a_format_can_tell_that_there_is_nothing(form):
    assert form.write(source_of(Register()))


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda one: one.key)
def test_a_format_is_explained_in_sentences(form):
    assert all(words.endswith(".") for words in (form.what, form.who, form.lacks))
