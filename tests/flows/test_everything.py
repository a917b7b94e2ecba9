"""P-04: who refuses everything has refused what is there, what comes meanwhile, and what comes later, by one choice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection
from django.utils import timezone

from tests.members.choosing import ALL, press
from tests.members.test_choices import said
from tests.register.builders import category, feature, register, use
from transparency.consent.models import Choice
from transparency.enforcement.decisions import of_keys
from transparency.enforcement.projections import decide
from transparency.register.queries import register_in_force

pytestmark = pytest.mark.django_db(transaction=True)
MIA = "1000001"
KINDS = (category(), category("work.skills", name="Skills"))


def with_features(count, *, kinds=KINDS, kind="communications.messages"):
    names = [f"feature-{number}" for number in range(count)]
    return register(
        *(use(kind, name) for name in names), features=tuple(feature(name) for name in names), categories=kinds
    )


@pytest.fixture
def press_on(publish):
    """Publishes an edition that holds at once."""
    return lambda content: publish(content, at=timezone.now())


def allowed(member=MIA):
    """The uses of the edition in force for which this member's data may be used."""
    uses = register_in_force(timezone.now()).uses
    return [one.id for one in uses if decide(one.feature, one.stage, [one.category], of_keys([member])).allowed[0]]


def test_everything_is_everything_while_new_uses_are_published_and_ever_after(client, mia, press_on):
    press_on(with_features(1))
    client.force_login(mia)
    page, began, refused = client.get("/choices/").content.decode(), Event(), Event()

    def publishes():
        try:
            for count in range(2, 12):
                press_on(with_features(count))
                began.set()
            refused.wait(60)
            for count in range(12, 32):
                press_on(with_features(count))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        publishing = threads.submit(publishes)
        assert began.wait(60)
        assert press(client, "refuse", ALL, page).status_code == 303
        refused.set()
        publishing.result()
    assert len(register_in_force(timezone.now()).uses) == 31
    assert allowed() == []
    assert len(allowed("1000002")) == 31
    assert said() == [("all", "REFUSE")]
    assert Choice.objects.count() == 1


RENAMED = category("communications.letters", name="Letters", aliases=("communications.messages",))
SPLIT = (
    category(),
    category("communications.messages.text", name="What you write", parent="communications.messages"),
    category("communications.messages.times", name="When you write", parent="communications.messages"),
)


AFTERWARDS = {
    "renamed": ((RENAMED,), "communications.letters"),
    "split": (SPLIT, "communications.messages.text"),
    "of another kind": (KINDS, "work.skills"),
}


@pytest.mark.parametrize("scope", [ALL, "category:communications.messages"])
@pytest.mark.parametrize("afterwards", ["renamed", "split"])
def test_a_kind_of_data_that_is_renamed_or_split_stays_refused(chooses, press_on, scope, afterwards):
    kinds, kind = AFTERWARDS[afterwards]
    press_on(with_features(2))
    chooses.refuses(scope, member=MIA, at=timezone.now())
    press_on(with_features(3, kinds=kinds, kind=kind))
    assert (allowed(), Choice.objects.count()) == ([], 1)


@pytest.mark.parametrize(("scope", "left"), [(ALL, 0), ("category:communications.messages", 3)])
def test_what_is_of_another_kind_is_covered_by_everything_alone(chooses, press_on, scope, left):
    kinds, kind = AFTERWARDS["of another kind"]
    press_on(with_features(2))
    chooses.refuses(scope, member=MIA, at=timezone.now())
    press_on(with_features(3, kinds=kinds, kind=kind))
    assert len(allowed()) == left
