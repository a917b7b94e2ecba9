"""No administrator gives power over what is published, or takes a protection away, alone (P-23)."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from transparency.accounts import actions, wishes
from transparency.accounts.agreeing import NotAlone
from transparency.accounts.models import HistoryEntry, ServiceToken, User, Wish
from transparency.accounts.roles import Role

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NORA = {"email": "nora@tandem.example", "name": "Nora", "role": "reviewer"}


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def anna(person):
    """Anna, another administrator."""
    return person("Anna", "administrator")


@pytest.fixture
def wish(amir, anna):
    """Amir wants Nora to become a reviewer."""
    return wishes.ask(by=amir, verb="invite", facts=NORA, at=NOON)


def role_of(user):
    return User.objects.get(pk=user.pk).role


def test_power_is_not_given_alone(amir, anna, otto):
    for act in (
        lambda: actions.invite(by=amir, email="x@tandem.example", name="X", role=Role.REVIEWER),
        lambda: actions.change_role(by=amir, user=otto, role=Role.REVIEWER),
        lambda: actions.reactivate(by=amir, user=otto),
        lambda: actions.forget_second_factor(by=amir, user=otto),
    ):
        with pytest.raises(NotAlone):
            act()
    assert role_of(otto) == "editor"


def test_power_is_taken_at_once(amir, anna, otto):
    actions.change_role(by=amir, user=otto, role=Role.MEMBER)
    assert role_of(otto) == "member"


@pytest.mark.parametrize(("verb", "facts"), [("off", {}), ("role", {"role": "member"}), ("role", {"role": "editor"})])
def test_but_no_administrator_is_removed_by_another_one_alone(amir, anna, ines, verb, facts):
    wish = wishes.do_or_ask(by=amir, verb=verb, about=anna, facts=facts, at=NOON).wish
    assert (role_of(anna), User.objects.get(pk=anna.pk).is_active) == ("administrator", True)
    wishes.agree(by=ines, wish=wish, at=NOON)
    assert (role_of(anna), User.objects.get(pk=anna.pk).is_active) != ("administrator", True)


def test_nor_by_one_who_took_the_roles_of_all_who_could_agree_first(amir, anna, ines):
    actions.deactivate(by=amir, user=ines)
    for act in (
        lambda: actions.deactivate(by=amir, user=anna),
        lambda: actions.change_role(by=amir, user=anna, role=Role.MEMBER),
    ):
        with pytest.raises(ValidationError, match="Somebody must agree"):
            act()
    assert (role_of(anna), User.objects.get(pk=anna.pk).is_active) == ("administrator", True)


def test_who_runs_the_machine_can_where_nobody_is_left_who_could_agree(
    amir, anna, otto, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        call_command("remove_administrator", anna.email, stdout=StringIO())
    assert not User.objects.get(pk=anna.pk).is_active
    assert sorted(one.to for one in mail.outbox) == [[amir.email], [anna.email], [otto.email]]
    with pytest.raises(ValidationError, match="removed less than a day ago"):
        actions.change_role(by=amir, user=otto, role=Role.REVIEWER)


@pytest.mark.parametrize(("email", "told"), [("x@y.example", "has this address"), ("amir@tandem.example", "the last")])
def test_but_not_the_last_one(amir, email, told):
    with pytest.raises(CommandError, match=told):
        call_command("remove_administrator", email)


def test_the_other_agrees_and_it_happens(wish, anna):
    wishes.agree(by=anna, wish=wish, at=NOON)
    nora = User.objects.get(email=NORA["email"])
    assert (nora.role, Wish.objects.get().decided_by) == ("reviewer", anna)
    assert list(HistoryEntry.objects.order_by("id").values_list("verb", "actor_name")) == [
        ("account.ask", "Amir"), ("account.agree", "Anna"), ("account.invite", "Amir"),
    ]  # fmt: skip


def test_every_kind_of_wish_is_done(amir, anna, otto):
    TOTP.activate(otto, "JBSWY3DPEHPK3PXP")
    actions.deactivate(by=amir, user=otto)
    for verb, facts in (("role", {"role": "auditor"}), ("on", {}), ("factor", {})):
        asked = wishes.ask(by=amir, verb=verb, about=otto, facts=facts, at=NOON)
        wishes.agree(by=anna, wish=asked, at=NOON)
    now = User.objects.get(pk=otto.pk)
    assert (now.role, now.is_active, Authenticator.objects.count()) == ("auditor", True, 0)


def test_nobody_agrees_to_their_own_wish(wish, amir):
    with pytest.raises(PermissionDenied, match="You asked for this yourself"):
        wishes.agree(by=amir, wish=wish, at=NOON)
    assert not User.objects.filter(email=NORA["email"]).exists()


def test_the_database_refuses_it_too(wish, amir):
    with pytest.raises(IntegrityError), transaction.atomic():
        Wish.objects.update(outcome="agreed", decided_by=amir)


@pytest.mark.parametrize(
    "changed",
    [
        {"facts": {"role": "administrator"}}, {"verb": "role"}, {"subject": "Eve"}, {"before": {}},
        {"asked_at": NOON - timedelta(days=1)}, {"outcome": "agreed"}, {"done_at": NOON},
    ],
)  # fmt: skip
def test_nor_does_it_let_what_was_asked_for_be_rewritten(wish, anna, changed):
    with pytest.raises(IntegrityError), transaction.atomic():
        Wish.objects.update(**changed)


@pytest.mark.parametrize("changed", [{"outcome": ""}, {"outcome": "declined"}, {"done_at": None}])
def test_nor_be_decided_twice(wish, anna, amir, changed):
    wishes.agree(by=anna, wish=wish, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wish.objects.update(**changed)


def test_nor_be_taken_out(wish):
    with pytest.raises(IntegrityError), transaction.atomic():
        wish.delete()


def test_nor_does_anybody_agree_to_their_own_key(amir):
    token, _ = actions.issue_token(by=amir, name="Airflow", scopes=[])
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceToken.objects.filter(pk=token.pk).update(agreed_by=amir)


def test_a_member_whom_a_wish_was_about_can_still_be_forgotten(amir, anna, mia):
    wish = wishes.ask(by=amir, verb="role", about=mia, facts={"role": "editor"}, at=NOON)
    wishes.decline(by=anna, wish=wish, at=NOON)
    actions.forget_member(member_key=mia.member_key)
    assert (User.objects.get(pk=mia.pk).name, User.objects.get(pk=mia.pk).is_active) == ("", False)


def test_nobody_agrees_to_what_is_about_them(amir, anna, person):
    carl = person("Carl", "administrator")
    asked = wishes.ask(by=amir, verb="role", about=carl, facts={"role": "reviewer"}, at=NOON)
    with pytest.raises(PermissionDenied, match="not whom it is about"):
        wishes.agree(by=carl, wish=asked, at=NOON)


@pytest.mark.parametrize(("verb", "facts"), [("factor", {}), ("role", {"role": "reviewer"})])
def test_where_it_is_about_the_only_other_one_a_reviewer_agrees(amir, anna, ines, ada, verb, facts):
    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    wish = wishes.do_or_ask(by=amir, verb=verb, about=anna, facts=facts, at=NOON).wish
    assert (role_of(anna), Authenticator.objects.count()) == ("administrator", 1)
    with pytest.raises(PermissionDenied):
        wishes.agree(by=ada, wish=wish, at=NOON)
    wishes.agree(by=ines, wish=wish, at=NOON)
    assert (role_of(anna), Authenticator.objects.count()) != ("administrator", 1)


def test_whoever_is_new_can_not_agree(wish, person):
    carl = person("Carl", "administrator", role_since=NOON - timedelta(hours=23))
    with pytest.raises(PermissionDenied, match="nobody new"):
        wishes.agree(by=carl, wish=wish, at=NOON)


def test_nobody_else_than_administrators_agrees(wish, ines):
    with pytest.raises(PermissionDenied):
        wishes.agree(by=ines, wish=wish, at=NOON)


def test_a_wish_is_decided_once(wish, anna):
    wishes.decline(by=anna, wish=wish, at=NOON)
    with pytest.raises(ValidationError, match="decided already"):
        wishes.agree(by=anna, wish=wish, at=NOON)


def test_an_old_wish_counts_no_more(wish, anna):
    with pytest.raises(ValidationError, match="too old"):
        wishes.agree(by=anna, wish=wish, at=NOON + wishes.LASTS)


def test_a_wish_of_somebody_who_is_no_administrator_any_more_fails(wish, amir, anna):
    User.objects.filter(pk=amir.pk).update(role="editor")
    with pytest.raises(PermissionDenied):
        wishes.agree(by=anna, wish=wish, at=NOON)
    assert Wish.objects.get().outcome == ""


def test_asking_twice_is_asking_once(wish, amir):
    assert wishes.ask(by=amir, verb="invite", facts=NORA, at=NOON) == wish


def test_the_others_are_written_to(amir, anna, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        wishes.ask(by=amir, verb="invite", facts=NORA, at=NOON)
    assert [(one.to, one.subject) for one in mail.outbox] == [([anna.email], "Amir needs you to agree")]
    assert "Invite somebody: Nora (Reviewer)" in mail.outbox[0].body


def test_the_only_administrator_acts_alone(amir, otto):
    actions.change_role(by=amir, user=otto, role=Role.REVIEWER)
    assert role_of(otto) == "reviewer"


@pytest.mark.parametrize("removed", ["off", "role"])
def test_whoever_removed_the_other_waits_for_a_day(amir, anna, ines, otto, removed, time_machine):
    if removed == "off":
        actions.deactivate(by=amir, user=anna, agreed_by=ines)
    else:
        actions.change_role(by=amir, user=anna, role=Role.MEMBER, agreed_by=ines)
    User.objects.filter(pk=ines.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="removed less than a day ago"):
        actions.change_role(by=amir, user=otto, role=Role.REVIEWER)
    time_machine.move_to(NOON + timedelta(days=1))
    actions.change_role(by=amir, user=otto, role=Role.REVIEWER)


@pytest.mark.parametrize("removed", ["off", "role"])
def test_everybody_on_this_side_is_written_to_when_an_administrator_is_removed(
    amir, anna, otto, ines, ada, mia, removed, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        if removed == "off":
            actions.deactivate(by=amir, user=anna, agreed_by=ines)
        else:
            actions.change_role(by=amir, user=anna, role=Role.MEMBER, agreed_by=ines)
    assert sorted(one.to for one in mail.outbox) == [[ada.email], [anna.email], [ines.email], [otto.email]]
    assert "Amir made Anna an administrator no more" in mail.outbox[0].body


def test_nobody_is_written_to_when_an_editor_leaves(amir, anna, otto, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        actions.deactivate(by=amir, user=otto)
    assert mail.outbox == []


class TestPage:
    @pytest.fixture(autouse=True)
    def _one_factor_suffices(self, settings):
        settings.STAFF_SECOND_FACTOR = False

    def page(self, client, who):
        client.force_login(who)
        return client.get("/staff/people/").content.decode()

    def test_amir_asks_and_anna_agrees(self, client, amir, anna, otto):
        client.force_login(amir)
        told = {"person": otto.pk, "verb": "role", "role": "reviewer"}
        assert "they were written to" in client.post("/staff/people/change/", told, follow=True).content.decode()
        assert role_of(otto) == "editor"
        assert "Take it back" in self.page(client, amir)
        assert "Agree" in self.page(client, anna)
        client.post(f"/staff/sensitive/{Wish.objects.get().pk}/agree/")
        assert role_of(otto) == "reviewer"
        assert "Waiting for another administrator" not in self.page(client, anna)

    def test_anna_declines(self, client, wish, anna):
        client.force_login(anna)
        client.post(f"/staff/sensitive/{wish.pk}/decline/")
        assert not User.objects.filter(email=NORA["email"]).exists()

    def test_amir_can_not_agree_by_hand(self, client, wish, amir):
        client.force_login(amir)
        answer = client.post(f"/staff/sensitive/{wish.pk}/agree/", follow=True)
        assert "You asked for this yourself" in answer.content.decode()

    def test_an_invitation_waits_too(self, client, amir, anna):
        client.force_login(amir)
        client.post("/staff/people/invite/", NORA)
        assert (Wish.objects.get().subject, Wish.objects.get().role) == ("Nora", "Reviewer")

    def test_the_wishes_take_no_more_queries_however_many(self, client, amir, anna, django_assert_max_num_queries):
        for number in range(5):
            facts = NORA | {"email": f"nora{number}@tandem.example"}
            wishes.ask(by=amir, verb="invite", facts=facts, at=timezone.now())
        client.force_login(anna)
        with django_assert_max_num_queries(8):
            client.get("/staff/people/")
