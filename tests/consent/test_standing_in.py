"""What staff do for a member: only refusals, only with leave, and with nobody's id in the history."""

import io
import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command

from tests.consent.builders import LATER, NAME, USE
from tests.register.builders import register, use
from transparency.accounts.actions import record
from transparency.accounts.models import HistoryEntry, User
from transparency.consent import queries
from transparency.consent.actions import Refused, UnknownScope, erase
from transparency.consent.keys import BadKey
from transparency.consent.models import Choice, Origin
from transparency.consent.standing_in import bring, refuse_on_behalf, rehearse

pytestmark = pytest.mark.django_db
MIA = "1000001"
HEADER = "member,scope,decision\n"
ASKED = "By letter, with a copy of her card."


@pytest.fixture(autouse=True)
def _edition(publish):
    publish(register(use(), use(stage="inference")))


def refuse(by, scope=USE, member=MIA, reason=ASKED):
    return refuse_on_behalf(by=by, member=member, scope=scope, reason=reason, at=LATER)


def table(*rows):
    return (HEADER + "".join(f"{row}\n" for row in rows)).encode()


def allowed(member=MIA, name=NAME):
    return queries.outcomes(member, LATER)[name].allowed


def test_an_editor_records_a_refusal_that_a_member_asked_for(otto):
    assert (refuse(otto).origin, allowed()) == (Origin.SUPPORT, False)


@pytest.mark.parametrize("role", ["mia", "ines", "ada"])
def test_others_may_not(request, role):
    with pytest.raises(PermissionDenied):
        refuse(request.getfixturevalue(role))
    assert not Choice.objects.exists()


def test_the_history_says_why_and_never_who(otto):
    choice = refuse(otto)
    entry = HistoryEntry.objects.get(verb="choice.on_behalf")
    assert (entry.subject, entry.after) == (str(choice.reference), {"scope": USE, "reason": ASKED})
    assert MIA not in json.dumps([entry.subject, entry.before, entry.after])


def test_a_yes_to_a_part_does_not_stay_against_it(otto, chooses):
    chooses.allows(member=MIA)
    refuse(otto, "all")
    assert not allowed()


@pytest.mark.parametrize("reason", ["", "she", "x" * 301, "By letter,\nby her own hand", f"Letter of member {MIA}"])
def test_a_reason_that_is_none_or_names_the_member_is_refused(otto, reason):
    with pytest.raises(ValidationError):
        refuse(otto, reason=reason)
    assert not Choice.objects.exists()


@pytest.mark.parametrize(("member", "scope", "refusal"), [("", USE, BadKey), (MIA, "gpc:sharing", UnknownScope)])
def test_what_is_no_member_or_nothing_to_refuse_is_refused(otto, member, scope, refusal):
    with pytest.raises(refusal):
        refuse(otto, scope, member)
    assert not HistoryEntry.objects.filter(verb="choice.on_behalf").exists()


def test_earlier_refusals_are_brought(amir):
    assert bring(by=amir, data=table(f"{MIA},{USE},refuse", "mia-2,all,Refuse"), at=LATER) == 2
    assert [allowed(), allowed("mia-2"), Choice.objects.first().origin] == [False, False, Origin.IMPORT]


def test_a_rehearsal_says_what_would_come_of_it_and_writes_nothing(chooses):
    chooses.refuses(member="8")
    chooses.allows(member="9")
    found = rehearse(data=table(f"7,{USE},refuse", f"8,{USE},refuse", f"9,{USE},refuse"), at=LATER)
    assert ([one.member for one in found.new], found.known, found.overtaken) == (["7"], 1, 1)
    assert Choice.objects.count() == 2


def test_the_same_table_again_writes_nothing(amir):
    data = table(f"{MIA},{USE},refuse")
    bring(by=amir, data=data, at=LATER)
    assert bring(by=amir, data=data, at=LATER) == 0
    assert (Choice.objects.count(), HistoryEntry.objects.filter(verb="choice.import").count()) == (1, 1)


def test_what_the_member_chose_here_by_hand_stays(amir, chooses):
    chooses.allows(member=MIA)
    bring(by=amir, data=table(f"{MIA},{USE},refuse"), at=LATER)
    assert allowed()


def test_a_member_who_allows_it_afterwards_is_not_overruled_by_the_same_table(amir, chooses):
    data = table(f"{MIA},{USE},refuse")
    bring(by=amir, data=data, at=LATER)
    chooses.allows(member=MIA)
    assert (bring(by=amir, data=data, at=LATER), allowed()) == (0, True)


FAULTS = [
    (f"{MIA},{USE},grnated", 2, "decision"),
    (f"{MIA},{USE},allow", 2, "decision"),
    (f"{MIA},{USE},", 2, "decision"),
    (f",{USE},refuse", 2, "member"),
    (f"{'m' * 65},{USE},refuse", 2, "member"),
    (f"{MIA},,refuse", 2, "scope"),
    (f"{MIA},gpc:sharing,refuse", 2, "scope"),
    (f"{MIA},use:a/b/training,refuse", 2, "scope"),
    (f"{MIA},{USE},refuse\n{MIA},{USE},refuse", 3, ""),
    (f"{MIA},{USE}", 2, ""),
    (f'{MIA},"a"b,refuse', 2, ""),
]


@pytest.mark.parametrize(("rows", "row", "column"), FAULTS)
def test_one_bad_cell_is_named_and_nothing_is_brought(amir, rows, row, column):
    data = table(rows, "8,all,refuse")
    assert [(one.row, one.column) for one in rehearse(data=data, at=LATER).faults][:1] == [(row, column)]
    with pytest.raises(Refused, match=f"Row {row}"):
        bring(by=amir, data=data, at=LATER)
    assert not Choice.objects.exists()


def test_a_bad_cell_leaves_what_was_chosen_as_it_is(amir, chooses):
    chooses.refuses(member=MIA)
    with pytest.raises(Refused):
        bring(by=amir, data=table(f"{MIA},{USE},grnated"), at=LATER)
    assert not allowed()


@pytest.mark.parametrize(
    "data", [b"", b"member,scope\n", b"member,scope,decision,member\n", b"\xff\xfe", b"member,scope,decision\na\0,b,c"]
)
def test_what_is_no_such_table_is_explained(data):
    assert len(rehearse(data=data, at=LATER).faults) == 1


def test_a_table_of_too_many_rows_is_refused():
    rows = (f"{number},all,refuse" for number in range(2_001))
    assert "2,000" in rehearse(data=table(*rows), at=LATER).faults[0].message


def test_no_fault_names_a_member(amir):
    faults = rehearse(data=table("canary\x07,all,refuse", "canary,none,grnated"), at=LATER).faults
    assert faults
    assert "canary" not in repr(faults)


@pytest.mark.parametrize("role", ["otto", "ines", "ada"])
def test_only_administrators_bring_and_erase(request, role):
    by = request.getfixturevalue(role)
    with pytest.raises(PermissionDenied):
        bring(by=by, data=table(f"{MIA},{USE},refuse"), at=LATER)
    with pytest.raises(PermissionDenied):
        erase(by=by, member=MIA)


def test_erasure_deletes_the_members_account(amir, mia):
    erase(by=amir, member=MIA)
    assert list(User.objects.values_list("name", flat=True).order_by("name")) == ["Amir", "Ines"]


def test_erasure_leaves_staff_their_account_but_no_member_key(amir, otto):
    User.objects.filter(pk=otto.pk).update(member_key=MIA)
    erase(by=amir, member=MIA)
    otto.refresh_from_db()
    assert (otto.member_key, otto.name, otto.is_active) == ("", "Otto", True)


def test_erasure_empties_an_account_that_the_history_speaks_of(amir, mia):
    record(by=mia, verb="account.mails", subject_kind="account", subject="mails")
    erase(by=amir, member=MIA)
    mia.refresh_from_db()
    assert (mia.name, mia.is_active, mia.member_key, mia.email.endswith("@nobody.invalid")) == ("", False, "", True)


def test_erasure_ends_the_members_session(client, amir, mia):
    client.force_login(mia)
    erase(by=amir, member=MIA)
    assert client.get("/accounts/here/").status_code == 302


def test_the_history_does_not_say_who_was_erased(amir, mia, chooses):
    chooses.refuses(member=MIA)
    erase(by=amir, member=MIA)
    entry = HistoryEntry.objects.get(verb="member.erase")
    assert (entry.subject, entry.after) == ("a member's choices", {"choices": 1, "accounts": 1})


def test_a_command_erases_whom_standard_input_names(chooses, monkeypatch):
    chooses.refuses(member="mia-2")
    monkeypatch.setattr("sys.stdin", io.StringIO("mia-2\n"))
    call_command("erase_member", stdout=io.StringIO())
    assert not queries.choices_of("mia-2").exists()


def test_a_command_without_a_key_erases_nobody(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="standard input"):
        call_command("erase_member")
