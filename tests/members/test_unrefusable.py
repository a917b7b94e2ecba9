"""What nobody can refuse is named with its reason, and never offered; what needs a yes is named as off until then."""

from datetime import timedelta

import pytest

from tests.members.choosing import USE, page_of
from tests.register.builders import NOON, register, use
from transparency.consent import queries
from transparency.register.schema import Scope

pytestmark = pytest.mark.django_db
TODAY = NOON + timedelta(days=40)
NECESSARY = Scope(jurisdictions=("*",), legal_basis="contract", refusal="no", why_not="It keeps the site running.")
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")


def test_what_cannot_be_refused_is_named_with_its_reason_and_not_offered(client, publish, mia, time_machine):
    publish(register(use(scopes=(NECESSARY,))))
    time_machine.move_to(TODAY, tick=False)
    client.force_login(mia)
    page = page_of(client)
    assert "It keeps the site running." in page
    assert "<button form" not in page


def test_what_cannot_be_refused_any_more_is_explained(client, publish, mia, time_machine):
    publish(register(use(scopes=(NECESSARY,))))
    time_machine.move_to(TODAY, tick=False)
    client.force_login(mia)
    answer = client.post("/choices/", {"answer": f"refuse 0 {USE}"})
    assert (answer.status_code, list(queries.choices_of("1000001"))) == (422, [])
    assert "This can&#x27;t be refused" in answer.content.decode()


def test_the_page_of_what_cannot_be_refused_offers_nothing(client, publish, time_machine):
    publish(register(use(scopes=(NECESSARY,))))
    time_machine.move_to(TODAY, tick=False)
    assert "/choices/#" not in page_of(client, "/uses/communications.messages/job-ranking/training/")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["inference"], "2 uses. 1 of them is off until you say yes; “Allow” turns it on."),
        (["inference", "training"], "2 uses. All of them are off until you say yes; “Allow” turns them on."),
    ],
)
def test_how_many_are_off_until_a_yes_is_said_in_words(client, publish, time_machine, asked, told):
    stages = ("inference", "training")
    publish(register(*(use(stage=one, **({"scopes": (ASKED,)} if one in asked else {})) for one in stages)))
    time_machine.move_to(TODAY, tick=False)
    assert f"This answers for {told}" in page_of(client)
