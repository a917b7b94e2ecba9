"""What no page could read is not published: a value of a wrong type is refused, by record and field."""

from datetime import date, datetime

import pytest

from tests.register.builders import NOON, category, correction, feature, policy, register, use
from transparency.register import queries
from transparency.register.actions import Invalid, publish_edition
from transparency.register.models import Edition
from transparency.register.schema import Register, Scope

pytestmark = pytest.mark.django_db

USE = "communications.messages/job-ranking/training"
NO_SCOPE = Scope(jurisdictions=("*",), legal_basis="contract", refusal="perhaps")
WRONG = [
    (register(use(retention=13)), f"{USE}: retention: A text belongs here"),
    (register(use(retention=None)), f"{USE}: retention: A text belongs here"),
    (register(use(necessary="yes")), f"{USE}: necessary: It is yes or no"),
    (register(use(stage="trainnig")), "communications.messages/job-ranking/trainnig: stage: “trainnig” is none of"),
    (register(use(scopes=(NO_SCOPE,))), f"{USE}: scopes[0].refusal: “perhaps” is none of those to choose from"),
    (register(use(scopes="everywhere")), f"{USE}: scopes: Several belong here, as a list"),
    (register(use(retention=object())), f"{USE}: retention: A text belongs here"),
    (register(use(retention="x" * 201)), f"{USE}: retention: It may have 200 characters"),
    (register(categories=(category(examples=(1, 2, 3)),)), "communications.messages: examples[0]: A text belongs"),
    (register(features=(feature(criteria=("skills",)),)), "job-ranking: criteria[0]: A record belongs here"),
    (register(policies=(policy(version=4.1),)), "privacy-policy: version: A text belongs here"),
    (register(corrections=(correction(said=7),)), "retention-2026: said: A text belongs here"),
    (Register(uses=("a use",)), "uses[0]: A record belongs here"),
    (Register(uses=7), "uses: Several belong here, as a list"),
    (Register(categories=(category(key=7),)), "7: key: A text belongs here"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_a_value_of_a_wrong_type_is_refused_by_record_and_field(publish, wrong, words):
    with pytest.raises(Invalid) as refused:
        publish(wrong)
    assert (str(refused.value).startswith(words), Edition.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"authors": "Otto"}, "authors: Several belong here"),
        ({"authors": [7]}, "authors[0]: A text belongs here"),
        ({"approver": 7}, "approver: A text belongs here"),
        ({"notice": None}, "notice: A text belongs here"),
        ({"sooner": 7}, "sooner: A text belongs here"),
        ({"effective_at": "2026-11-24T12:00:00Z"}, "effective_at: A time with its time zone belongs here"),
        ({"effective_at": datetime(2026, 11, 24, 12)}, "effective_at: A time with its time zone belongs here"),  # noqa: DTZ001 - a time without a zone is what is refused
    ],
)
def test_so_is_what_is_said_of_the_edition(ines, said, words):
    good = {"authors": ["Otto"], "approver": "Ines", "effective_at": NOON, "at": NOON}
    with pytest.raises(Invalid) as refused:
        publish_edition(by=ines, register=register(), base=0, **(good | said))
    assert (str(refused.value).startswith(words), Edition.objects.count()) == (True, 0)


def test_what_only_is_spelt_otherwise_is_published_as_the_schema_has_it(publish):
    edition = publish(register(use(effective_from=date(2026, 12, 1), clauses=["Privacy policy 3.2"])))
    assert queries.document(edition).register.uses == (
        use(effective_from="2026-12-01", clauses=("Privacy policy 3.2",)),
    )
