"""Linked data in DPV 2.3: understood by itself, of terms that exist, and of all facts that DPV has a term for."""

import json

import pytest
from hypothesis import given

from tests.register.builders import EVERYWHERE, category, feature, register, use
from tests.register.exports.dpv_facts import Facts, every_iri, expanded, told, told_places
from tests.register.exports.registers import as_published, quickly, source_of, sources
from transparency.demo.register import third_edition
from transparency.register.exports import dpv
from transparency.register.schema import Scope
from transparency.register.vocabulary.dpv import PREFIXES, exists, is_kind_of_data
from transparency.register.vocabulary.purposes import LEGAL_BASES, PURPOSES
from transparency.register.vocabulary.taxonomy import TAXONOMY

# Names of the general vocabularies that the document borrows.
BORROWED = {
    "dct": "accessRights available conformsTo contributor creator description identifier isPartOf issued publisher"
    " references relation replaces source subject title valid",
    "skos": "broader definition example historyNote note prefLabel scopeNote",
    "foaf": "name page",
    "rdf": "type value langString first rest nil",
    "xsd": "string date dateTime duration",
}
KNOWN = {PREFIXES[prefix] + name for prefix, names in BORROWED.items() for name in names.split()}
OURS = ("https://data.tandem.example/", "https://tandem.example/")


def written(content):
    return dpv.write(source_of(as_published(content)))


@quickly
@given(sources)
def test_every_iri_is_a_term_or_one_of_our_addresses(source):
    found = {iri for iri in every_iri(dpv.write(source)) if not iri.startswith(OURS)}
    assert {iri for iri in found if not exists(iri) and iri not in KNOWN} == {"https://w3id.org/dpv/2.3"}


@quickly
@given(sources)
def test_kinds_of_data_say_the_same(source):
    wanted = {one.key: told(one, apart=("key", "fides")) for one in source.register.categories}
    assert Facts(dpv.write(source)).categories == wanted


@quickly
@given(sources)
def test_features_say_the_same(source):
    wanted = {one.slug: told(one, apart=("slug", "out_of_scope", "where")) for one in source.register.features}
    assert Facts(dpv.write(source)).features == wanted


@quickly
@given(sources)
def test_uses_say_the_same_in_every_place(source):
    apart = ("category", "feature", "stage", "scopes")
    wanted = {one.id: told(one, apart=apart) | {"places": told_places(one)} for one in source.register.uses}
    assert Facts(dpv.write(source)).uses == wanted


def test_the_demo_is_told_whole():
    source = source_of(as_published(third_edition()))
    facts = Facts(dpv.write(source))
    assert (len(facts.categories), len(facts.features)) == (len(TAXONOMY), len(source.register.features))
    assert facts.uses.keys() == {one.id for one in source.register.uses}


def test_the_edition_says_who_when_and_of_which_text():
    node = json.loads(written(register()))["@graph"][0]
    assert node["dct:identifier"] == "3"
    assert node["dct:valid"]["@value"] == "2026-03-01T00:00:00.000000Z"
    assert node["dct:source"]["@id"] == "https://data.tandem.example/editions/3.json"
    assert node["dct:source"]["dct:identifier"].startswith("sha256:")


def test_training_is_the_processing_and_not_the_purpose():
    (handling,) = (n for n in json.loads(written(register()))["@graph"] if n["@type"] == "dpv:PersonalDataHandling")
    assert handling["dpv:hasProcessing"] == {"@id": "ai:ModelTraining"}
    assert handling["dpv:hasPurpose"]["skos:broader"]["@id"].endswith("#ProvidePersonalisedRecommendations")


def test_no_place_is_said_to_be_under_a_law_that_is_not_its_own():
    both = Scope(jurisdictions=("EU", "GB"), legal_basis="contract")
    (handling,) = (n for n in json.loads(written(register(use(scopes=(both,)))))["@graph"] if "dpv:hasScope" in n)
    laws = {
        scope["dpv:hasJurisdiction"][0]["@id"]: scope["dpv:hasLegalBasis"]["@type"]
        for scope in handling["dpv:hasScope"]
    }
    assert laws == {"loc:EU": ["dpv:Contract", "eu-gdpr:A6-1-b"], "loc:GB": ["dpv:Contract"]}


def test_a_place_without_a_term_has_no_address():
    text = written(register(use(scopes=(EVERYWHERE,)))).decode()
    assert "loc:*" not in text
    assert "all other places" in text


def test_a_term_that_there_is_not_is_never_published():
    text = written(register(categories=(category(dpv="https://w3id.org/dpv/pd#MadeUp"),))).decode()
    assert "MadeUp" not in text


@pytest.mark.parametrize("field", ["dpv:hasAutomationLevel", "dpv:hasHumanInvolvement"])
def test_what_nobody_told_is_said_to_be_not_available(field):
    node = next(
        n for n in json.loads(written(register(features=(feature(),))))["@graph"] if n["@type"] == "ai:AISystem"
    )
    assert node[field] == {"dpv:hasApplicability": {"@id": "dpv:NotAvailable"}}


def test_markup_in_a_text_stays_text():
    data = written(register(features=(feature(name='"}]</script><b>'),)))
    assert expanded(data)
    assert Facts(data).features["job-ranking"]["name"] == '"}]</script><b>'


@pytest.mark.parametrize(
    ("group", "origin", "sensitivity"),
    [
        ("guesses", "inferred", "sensitive"),
        ("device", "observed", "sensitive"),
        ("profile", "provided", "special_category"),
    ],
)
def test_a_group_is_said_to_be_what_is_in_it(group, origin, sensitivity):
    (told,) = (one for one in TAXONOMY if one.key == group)
    assert (told.origin, told.sensitivity) == (origin, sensitivity)


def test_every_term_of_our_vocabulary_exists():
    terms = [one.dpv for one in (*PURPOSES.values(), *LEGAL_BASES.values(), *TAXONOMY) if one.dpv]
    assert [iri for iri in terms if not exists(iri)] == []


@pytest.mark.parametrize("iri", ["https://w3id.org/dpv/pd#Nothing", "https://evil.example/pd#Name", "", "Name", "#"])
def test_an_iri_of_nothing_is_no_kind_of_data(iri):
    assert not is_kind_of_data(iri)
