"""Staff act for a member: the pages, and what they never say."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.consent.builders import NAME, USE
from tests.register.builders import register
from transparency.consent import queries
from transparency.consent.models import Choice

pytestmark = pytest.mark.django_db
PAGE, EARLIER, BRING, ERASE = (f"/staff/members/{part}" for part in ("", "earlier/", "earlier/bring/", "erase/"))
MIA = "1000001"
TOLD = {"member": MIA, "scope": USE, "reason": "By letter, with a copy of her card."}
TABLE = f"member,scope,decision\n{MIA},{USE},refuse\n"


@pytest.fixture(autouse=True)
def _edition(publish, settings):
    settings.STAFF_SECOND_FACTOR = False
    publish(register())


def file(text=TABLE):
    return {"table": SimpleUploadedFile("earlier.csv", text.encode())}


def test_a_refusal_is_recorded_and_its_reference_told(client, otto):
    client.force_login(otto)
    page = client.post(PAGE, TOLD).content.decode()
    assert str(Choice.objects.get().reference) in page
    assert MIA not in page


@pytest.mark.parametrize(
    "wrong", [{"member": ""}, {"member": "m" * 65}, {"scope": "gpc:sharing"}, {"scope": ""}, {"reason": "she"}]
)
def test_what_is_wrong_is_said_at_its_field(client, otto, wrong):
    client.force_login(otto)
    response = client.post(PAGE, TOLD | wrong)
    assert (response.status_code, b'class="fault"' in response.content) == (400, True)
    assert not Choice.objects.exists()


def test_a_reason_that_names_the_member_is_refused_at_its_field(client, otto):
    client.force_login(otto)
    assert b"Leave the member" in client.post(PAGE, TOLD | {"reason": f"Letter of {MIA} of today"}).content


def test_an_editor_is_not_led_to_what_administrators_do(client, otto):
    client.force_login(otto)
    assert b"Erase a member" not in client.get(PAGE).content


def test_a_table_is_rehearsed_then_brought(client, amir):
    client.force_login(amir)
    page = client.post(EARLIER, file())
    assert b"Record 1 refusal" in page.content
    assert not Choice.objects.exists()
    client.post(BRING, {"text": TABLE})
    assert not queries.outcomes(MIA, Choice.objects.get().at)[NAME].allowed


def test_a_table_with_a_fault_can_only_be_mended(client, amir):
    client.force_login(amir)
    page = client.post(EARLIER, file(TABLE.replace("refuse", "grnated")))
    assert (page.status_code, b"grnated" in page.content, b"Record 1" in page.content) == (400, True, False)


@pytest.mark.parametrize("sent", [{}, {"table": ""}, {"text": "nonsense"}])
def test_a_form_without_a_table_changes_nothing(client, amir, sent):
    client.force_login(amir)
    assert client.post(EARLIER, sent).status_code == 400
    client.post(BRING, sent)
    assert not Choice.objects.exists()


def test_a_member_is_erased_once_somebody_says_that_they_asked(client, amir, chooses):
    chooses.refuses(member=MIA)
    client.force_login(amir)
    assert client.post(ERASE, {"member": MIA}).status_code == 400
    assert queries.choices_of(MIA).exists()
    assert b"1 choice belongs to nobody now" in client.post(ERASE, {"member": MIA, "deleted": "on"}).content
    assert not queries.choices_of(MIA).exists()


def test_no_address_takes_a_member(client, amir):
    client.force_login(amir)
    assert MIA not in client.get(f"{PAGE}?member={MIA}").content.decode()
