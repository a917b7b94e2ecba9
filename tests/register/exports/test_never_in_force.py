"""An edition that was overtaken before it came into force: each format says so, in what it has for it."""

import csv
import io
import json
import zipfile
from dataclasses import replace

import pytest
import yaml
from fideslang.models import Taxonomy
from hypothesis import given

from tests.register.builders import category, feature, register, use
from tests.register.exports.dpv_facts import every_iri
from tests.register.exports.registers import as_published, quickly, source_of, sources
from tests.register.exports.schemas import ATRS, DUTCH, TRAINING_HEAD
from transparency.register.exports import algoritmeregister, article30, atrs, dpv, fideslang, formats, model_card
from transparency.register.exports import training_summary as summary
from transparency.register.exports import uses as table_of_uses
from transparency.register.exports.source import Instead
from transparency.register.schema import Register
from transparency.review.inventory import read_inventory
from transparency.review.spreadsheet import read_uses

IN_ITS_PLACE = Instead(5, "2026-02-24T09:00:00.000000Z")
SENTENCE = "Edition 3 was overtaken before it came into force, and never holds: edition 5 does instead."
WHERE = "https://data.tandem.example/editions/5/"
HOLDS = source_of(as_published(register(use(effective_from="2026-03-01"))))
NEVER = replace(HOLDS, instead=IN_ITS_PLACE)


def table(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def notice(source):
    return json.loads(dpv.write(source))["@graph"][0]


def test_as_linked_data_it_is_replaced_and_not_valid_from_any_day():
    said = notice(NEVER)
    assert said["dct:isReplacedBy"] == {"@id": WHERE}
    assert "dct:valid" not in said
    assert {"@value": SENTENCE, "@language": "en"} in said["skos:note"]


def test_the_linked_data_of_one_use_say_so_too():
    assert notice(NEVER.of_use(use().id))["dct:isReplacedBy"] == {"@id": WHERE}


def test_as_linked_data_it_names_no_term_that_there_is_not():
    assert set(every_iri(dpv.write(NEVER))) - set(every_iri(dpv.write(HOLDS))) == {
        *("http://purl.org/dc/terms/isReplacedBy", WHERE)
    }


def test_an_inventory_says_so_at_its_top_and_of_every_system():
    text = fideslang.write(NEVER).decode()
    assert f"# {SENTENCE} {WHERE}" in text.split("\n")[:3]
    assert [system.tags for system in Taxonomy(**yaml.safe_load(text)).system] == [[SENTENCE]]


def test_an_inventory_of_what_never_held_can_be_brought_back():
    found = read_inventory(fideslang.write(NEVER), Register())
    assert (found.faults, [*found.records["use"]]) == ([], [use().id])


def test_a_table_says_so_in_every_row():
    (row,) = table(table_of_uses.write(NEVER))
    assert (row["edition"], row["in_force"]) == ("3", SENTENCE)


def test_a_table_of_what_holds_says_from_when():
    (row,) = table(table_of_uses.write(HOLDS))
    assert row["in_force"] == "from 2026-03-01T00:00:00.000000Z"


def test_a_table_of_what_never_held_can_be_brought_back():
    back = read_uses(table_of_uses.write(NEVER))
    assert (back.faults, [*back.uses]) == ([], [use().id])


def test_the_record_of_processing_gives_no_day_from_which_it_holds():
    (row,) = table(article30.write(NEVER))
    assert row["Holds from"] == SENTENCE
    assert row["Edition"].endswith(f"{SENTENCE} {WHERE}")


@quickly
@given(sources)
def test_records_for_the_united_kingdom_are_archived_and_say_why(source):
    records = json.loads(atrs.write(replace(source, instead=IN_ITS_PLACE)))
    ATRS.validate(records)
    assert {one["metadata"]["date_archived"] for one in records} <= {"24/02/2026"}
    assert all(one["tier_1_information"]["description"].startswith(SENTENCE) for one in records)
    assert all(one["title_information"]["one_sentence_description"] == SENTENCE for one in records)


def test_registrations_for_the_netherlands_say_so_in_dutch_and_within_their_limits():
    since = feature(since="2026-03-01", what_it_does="x" * 400)
    source = source_of(register(features=(since,), categories=(category(),)))
    (record,) = json.loads(algoritmeregister.write(replace(source, instead=IN_ITS_PLACE)))
    DUTCH.validate([record])
    assert record["description_short"].startswith("Versie 3 is vervangen voordat zij van kracht werd en geldt nooit:")
    assert "begin_date" not in record
    assert "begin_date" in json.loads(algoritmeregister.write(source))[0]


def test_a_model_card_says_so_before_all_else_and_to_programs():
    (name,) = (cards := zipfile.ZipFile(io.BytesIO(model_card.write(NEVER)))).namelist()
    _, front, text = cards.read(name).decode().split("---", 2)
    assert yaml.safe_load(front)["tags"] == ["recommendation", "never-in-force"]
    assert text.startswith(f"\n\n# Model Card for Job recommendations\n\n**{SENTENCE}** {WHERE}\n\n")


def test_the_training_summary_does_not_say_in_force_from():
    text = summary.write(NEVER).decode()
    assert f"edition 3, never in force. **{SENTENCE}** {WHERE} The exact text is at" in text
    assert "in force from" not in text
    assert TRAINING_HEAD.search(text)


def test_the_exact_text_stays_what_its_digest_is_of():
    assert formats.BY_KEY["edition"].write(NEVER) == HOLDS.exact


@pytest.mark.parametrize("form", [one for one in formats.FORMATS if one.key != "model-cards"], ids=lambda one: one.key)
def test_of_what_holds_nothing_of_that_is_said(form):
    assert b"overtaken" not in form.write(HOLDS)
    assert "vervangen" not in form.write(HOLDS).decode()


def test_the_summary_before_is_of_the_edition_that_this_one_follows():
    assert "the one before it is at https://data.tandem.example/editions/2/." in summary.write(HOLDS).decode()
    urgent = replace(HOLDS, before=1)
    assert "the one before it is at https://data.tandem.example/editions/1/." in summary.write(urgent).decode()
