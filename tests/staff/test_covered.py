"""Publication can be made to require that a clause of a policy covers each use: from the draft to the edition."""

import re
from datetime import timedelta

import msgspec
import pytest

from tests.register.builders import NOON, Press, policy, register, use
from transparency.register.queries import newest_register
from transparency.review import actions as review

pytestmark = pytest.mark.django_db
COVERED = use(clauses=("Privacy policy 3.2",), retention="1 month")
UNCOVERED = use(clauses=(), retention="1 month")
NAMED = "Private messages in Job recommendations: Training the model, Policy clauses: "
WORDS = f"{NAMED}No clause of a policy covers it. Name the clause that does"


@pytest.fixture(autouse=True)
def required(settings):
    settings.STAFF_SECOND_FACTOR, settings.REQUIRE_POLICY_COVERAGE = False, True


@pytest.fixture
def draft(ines, otto, time_machine):
    """Otto's proposal on top of an edition with a privacy policy."""
    Press(ines)(register(use(clauses=("Privacy policy 3.2",)), policies=(policy(),)))
    time_machine.move_to(NOON + timedelta(days=1))
    return review.start_proposal(by=otto, title="Shorter retention")


def put(draft, otto, record):
    draft.refresh_from_db()
    review.put_record(by=otto, proposal=draft, version=draft.version, kind="use", content=msgspec.to_builtins(record))


def press(client, draft, by, verb):
    """What the page says after somebody presses a button of it; the approval is of exactly what they see."""
    client.force_login(by)
    path = f"/staff/proposals/{draft.pk}/"
    page = client.get(path).content.decode()
    said = dict(re.findall(r'name="(digest|evidence)" value="([0-9a-f]*)"', page))
    return client.post(f"{path}{verb}/", said, follow=True).content.decode()


def test_a_draft_with_an_uncovered_use_is_not_submitted(client, draft, otto):
    put(draft, otto, UNCOVERED)
    assert WORDS in press(client, draft, otto, "submit")
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_once_a_clause_is_named_it_goes_all_the_way(client, draft, otto, ines):
    put(draft, otto, UNCOVERED)
    press(client, draft, otto, "submit")
    put(draft, otto, COVERED)
    for by, verb in ((otto, "submit"), (ines, "approve"), (ines, "publish")):
        press(client, draft, by, verb)
    assert newest_register()[0] == 2


def test_what_was_approved_before_that_was_required_is_not_published(client, draft, otto, ines, settings):
    settings.REQUIRE_POLICY_COVERAGE = False
    put(draft, otto, UNCOVERED)
    for by, verb in ((otto, "submit"), (ines, "approve")):
        press(client, draft, by, verb)
    settings.REQUIRE_POLICY_COVERAGE = True
    assert WORDS in press(client, draft, ines, "publish")
    assert newest_register()[0] == 1
    page = client.get(f"/staff/proposals/{draft.pk}/").content.decode()
    assert "a clause of our policies must cover each use.</b> None covers this use yet" in page
    assert "Its authors can name the clause here: return it to them." in page
    assert "<button>Publish</button>" not in page


def test_its_author_is_led_to_each_use_that_none_covers(client, ines, otto, draft):
    client.force_login(otto)
    before = client.get(f"/staff/proposals/{draft.pk}/").content.decode()
    put(draft, otto, UNCOVERED)
    after = client.get(f"/staff/proposals/{draft.pk}/").content.decode()
    link = "edit/use/?subject=communications.messages/job-ranking/training#f-clauses"
    assert [link in page for page in (before, after)] == [False, True]
