"""Something urgent is published while an edition waits for 1 March: it holds at once, and nothing of March is lost."""

import json
from datetime import timedelta

import msgspec
import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from tests.flows.scheduled import (
    APRIL,
    FEW,
    HURRY,
    LONGER,
    MARCH,
    NOW,
    PAGE,
    agree,
    content,
    publish,
    read,
    uses,
    write,
)
from tests.register.builders import NOON, correction, use
from transparency.consent import queries as consent
from transparency.consent.digests import send_digests
from transparency.ledger import queries as ledger
from transparency.register import queries as said
from transparency.register.actions import Conflict as Overtaken
from transparency.register.actions import Invalid
from transparency.review import actions, queries
from transparency.review.models import Proposal

pytestmark = pytest.mark.usefixtures("one_waits")


class TestWhatStaffSee:
    def act(self, client, who, proposal, verb, **told):
        client.force_login(who)
        return client.post(f"/staff/proposals/{proposal.pk}/{verb}/", told)

    def page(self, client, who, proposal):
        client.force_login(who)
        return read(client, f"/staff/proposals/{proposal.pk}/")

    def test_from_draft_to_two_editions_with_one_approval(self, client, otto, ines):
        one = write(otto, **FEW)
        self.act(client, otto, one, "submit")
        assert "edition 2, for 1 March 2027, as edition 4" in self.page(client, ines, one)
        told = {"digest": queries.content_digest(one), "evidence": queries.evidence_digest(one)}
        self.act(client, ines, one, "approve", **told)
        assert "Edition 2, scheduled for 1 March 2027, is published anew with it, as edition 4." in self.page(
            client, ines, one
        )
        self.act(client, ines, one, "publish")
        assert [one.effective_at for one in said.editions()] == [MARCH, NOW, MARCH, NOON]

    def test_who_approves_sees_what_holds_now_and_what_from_then_on(self, client, otto, ines):
        told = self.page(client, ines, write(otto, **FEW))
        at_once, _, later = told.partition("And from 1 March 2027")
        assert "is now “Few people read it”." in at_once
        assert "was “13 months” and is now “2 years”. <b>More is done with data.</b>" in later
        assert "Few people read it" not in later.partition("</ul>")[0]

    def test_what_both_change_is_told_and_decided_with_one_click(self, client, otto):
        one = write(otto, retention="6 months")
        told = self.page(client, otto, one)
        assert "Which of the two holds from 1 March 2027?" in told
        assert "<td><pre>6 months</pre></td><td><pre>2 years</pre></td>" in told
        address = f"/staff/proposals/{one.pk}/settle/{one.edits.get().pk}/"
        client.post(address, {"version": one.version, "decided": "scheduled"})
        assert "From 1 March 2027 holds <b>what is scheduled</b>" in self.page(client, otto, one)

    @pytest.mark.parametrize("decided", ["", "both", "THIS", "\0"])
    def test_a_decision_that_is_none_is_refused(self, client, otto, decided):
        one = write(otto, retention="6 months")
        client.force_login(otto)
        address = f"/staff/proposals/{one.pk}/settle/{one.edits.get().pk}/"
        told = client.post(address, {"version": one.version, "decided": decided}, follow=True).content.decode()
        assert "Choose what stands here, or what is scheduled." in told

    def test_who_may_not_write_does_not_decide(self, client, otto, ada):
        one = write(otto, retention="6 months")
        assert "What is scheduled</button>" not in self.page(client, ada, one)
        address = f"/staff/proposals/{one.pk}/settle/{one.edits.get().pk}/"
        assert client.post(address, {"version": one.version, "decided": "this"}).status_code == 403

    def test_whoever_moves_it_behind_what_waits_writes_on_top_of_that(self, client, otto):
        one = write(otto, **FEW)
        client.force_login(otto)
        form = {"version": one.version, "effective_at": "2027-03-01", "notice": "", "sooner": ""}
        told = client.post(f"/staff/proposals/{one.pk}/terms/", form, follow=True).content.decode()
        assert "on top of edition 2" in told
        assert "Published otherwise meanwhile, so look again: communications.messages/job-ranking/training" in told

    def test_once_the_day_has_come_it_is_brought_up_to_date(self, client, otto, time_machine):
        one = write(otto, **FEW)
        time_machine.move_to(MARCH, tick=False)
        assert "Edition 2 holds by then, and this was written on top of edition 1" in self.page(client, otto, one)


class TestWhatMiaSees:
    @pytest.fixture(autouse=True)
    def _published(self, one_waits, otto, ines):
        publish(otto, ines, **FEW)

    def test_now_it_holds_and_march_is_told_with_the_edition_that_will(self, client):
        told = read(client)
        assert "Few people read it." in told
        assert "13 months" in told
        assert '<b>From 1 March 2027</b>, with <a href="/editions/4/">edition 4</a>. More is done' in told
        assert 'href="/editions/2/"' not in told

    def test_on_1_march_both_hold(self, client, time_machine):
        time_machine.move_to(MARCH, tick=False)
        told = read(client)
        assert "Few people read it." in told
        assert "2 years" in told
        assert "What will change" not in told

    def test_days_in_between_are_looked_back_at_as_they_were(self, client, time_machine):
        time_machine.move_to(MARCH + timedelta(days=2), tick=False)
        days = {
            day: read(client, f"/on/{day}{PAGE}") for day in ("2026-12-03", "2026-12-04", "2027-02-28", "2027-03-01")
        }
        assert ["Few people" in told for told in days.values()] == [False, True, True, True]
        assert ["2 years" in told for told in days.values()] == [False, False, False, True]

    def test_the_page_of_changes_says_which_never_holds_and_which_takes_its_place(self, client):
        told = read(client, "/changes/")
        assert '<a href="/editions/2/">Edition 2</a>, overtaken</h2>' in told
        assert 'was overtaken by <a href="/editions/4/">edition 4</a> before it held.' in told
        assert 'It takes the place of edition <a href="/editions/2/">2</a>.' in told
        assert told.count("Not in force yet.") == 1

    def test_looking_back_before_it_was_overtaken_nothing_of_that_is_known(self, client):
        told = read(client, "/on/2026-12-03/changes/")
        assert "overtaken" not in told
        assert "Edition 2</a>, from 1 March 2027" in told

    def test_the_page_of_what_never_holds_says_so(self, client, time_machine):
        time_machine.move_to(MARCH + timedelta(days=2), tick=False)
        told = read(client, "/editions/2/")
        assert 'It was overtaken by <a href="/editions/4/">edition 4</a> before it held.' in told
        assert "The pages back then" not in told
        assert "Side by side with edition 3, the one before" in read(client, "/editions/4/")

    def test_both_feeds_say_so(self, client):
        feed = json.loads(read(client, "/changes/feed.json"))
        assert [item["title"] for item in feed["items"]] == [
            "Edition 4, from 1 March 2027: more is done with data",
            "Edition 3",
            "Edition 2, overtaken by edition 4 before it held",
            "Edition 1",
        ]
        assert feed["items"][2]["date_modified"] == "2026-12-04T12:00:00+00:00"
        assert "<title>Edition 2, overtaken by edition 4 before it held</title>" in read(client, "/changes/feed.atom")

    def test_each_tells_what_it_changes_from_what_holds_before_it(self):
        changed = said.changes_of([3, 4])
        assert [(len(one), one[0].fields) for one in changed.values()] == [(1, ("risks",)), (1, ("retention",))]
        assert "is now “Few people read it”." in said.edition(3).summary[0]

    def test_machines_are_told(self, client):
        editions = client.get("/api/v1/editions/").json()["results"]
        assert [one["overtaken_by"] for one in editions] == [None, None, 4, None]
        assert client.get("/api/v1/editions/2/").json()["overtaken_by"] == 4

    def test_the_weekly_letter_tells_of_what_will_hold(self, client, mia):
        client.force_login(mia)
        client.post("/accounts/here/digest/", {"wanted": "yes"})
        type(mia).objects.filter(pk=mia.pk).update(digest_edition=1)
        assert send_digests(at=NOW + timedelta(days=8)) == 1
        told = mail.outbox[-1].body
        assert "EDITION 4, not in force yet: it holds from 1 March 2027\nIt takes the place of edition 2," in told
        assert "EDITION 3, holds since 4 December 2026" in told
        assert "EDITION 2" not in told

    def test_every_edition_has_its_own_entry_in_the_public_log(self):
        entered = [json.loads(ledger.entry("edition", str(number)).body) for number in (1, 2, 3, 4)]
        assert [one["digest"] for one in entered] == [said.edition(number).digest for number in (1, 2, 3, 4)]

    def test_more_editions_ask_the_database_no_more(self, client, otto, ines, django_assert_max_num_queries):
        with django_assert_max_num_queries(20):
            read(client, "/editions/4/")
            read(client, "/changes/")
        for risk in "ABC":
            publish(otto, ines, risks=f"{risk}.")
        with django_assert_max_num_queries(20):
            read(client, "/editions/10/")
            read(client, "/changes/")


class TestSinceWhen:
    def test_it_is_asked_for_again_when_more_holds_and_not_before(self, otto, ines):
        publish(otto, ines, **FEW)
        assert (said.since(said.edition(3)), said.since(said.edition(4))) == ({use().id: 1}, {use().id: 4})

    def test_more_now_and_more_in_march_ask_twice(self, otto, ines):
        publish(otto, ines, purpose_text="To show jobs and courses.", **HURRY)
        assert (said.since(said.edition(3)), said.since(said.edition(4))) == ({use().id: 3}, {use().id: 4})

    def test_more_at_once_without_a_reason_needs_its_notice(self, otto):
        one = write(otto, purpose_text="To show jobs and courses.")
        with pytest.raises(Invalid, match="members must know 30 days before"):
            actions.submit(by=otto, proposal=one)

    def test_what_is_told_for_march_needs_no_notice_again(self, otto, ines, time_machine):
        time_machine.move_to(MARCH - timedelta(days=5), tick=False)
        assert publish(otto, ines, **FEW).number == 3


class TestWhatBothChange:
    @pytest.mark.parametrize(
        ("decided", "holds"), [("this", ("6 months", "6 months")), ("scheduled", ("6 months", "2 years"))]
    )
    def test_what_the_author_decides_holds_from_then_on(self, otto, ines, decided, holds):
        one = write(otto, retention="6 months")
        actions.settle(by=otto, proposal=one, version=one.version, edit=one.edits.get(), decided=decided)
        actions.publish(by=ines, proposal=agree(otto, ines, one))
        assert (uses(3)[0].retention, uses(4)[0].retention) == holds

    def test_before_that_it_is_not_even_submitted(self, otto):
        one = write(otto, retention="6 months")
        with pytest.raises(Invalid, match=r"edition 2, which waits for 1 March 2027, changes “how long it is kept”"):
            actions.submit(by=otto, proposal=one)

    def test_nor_approved(self, otto, ines):
        one = write(otto, retention="6 months")
        Proposal.objects.update(state="submitted")
        with pytest.raises(Invalid, match="Decide on the proposal’s page"):
            actions.approve(by=ines, proposal=one, content_digest=queries.content_digest(one))

    def test_nor_published_if_it_had_been_approved_all_the_same(self, otto, ines):
        one = write(otto, retention="6 months")
        Proposal.objects.update(state="approved")
        digests = {"content_digest": queries.content_digest(one), "evidence_digest": queries.evidence_digest(one)}
        one.decisions.create(verdict="approved", reviewer=ines, submitter=otto, **digests)
        with pytest.raises(Invalid, match="Decide on the proposal’s page"):
            actions.publish(by=ines, proposal=one)
        assert said.newest_number() == 2

    def test_whoever_writes_it_anew_decides_anew(self, otto):
        one = write(otto, retention="6 months")
        actions.settle(by=otto, proposal=one, version=one.version, edit=one.edits.get(), decided="this")
        content = msgspec.to_builtins(use(retention="7 months"))
        actions.put_record(by=otto, proposal=one, version=one.version, kind="use", content=content)
        assert one.edits.get().decided == ""

    def test_a_decision_leaves_an_approval_behind(self, otto, ines):
        one = write(otto, retention="6 months")
        actions.settle(by=otto, proposal=one, version=one.version, edit=one.edits.get(), decided="this")
        agree(otto, ines, one)
        actions.settle(by=otto, proposal=one, version=one.version, edit=one.edits.get(), decided="scheduled")
        assert one.state == "draft"

    def test_it_can_wait_for_the_same_day_instead(self, otto, ines):
        publish(otto, ines, effective_at=MARCH, retention="6 months")
        assert (said.scheduled(NOW).get().number, uses(3)[0].retention) == (3, "6 months")
        assert said.changes_of([3])[3][0].sentence.endswith("was “13 months” and is now “6 months”.")


class TestNobodyAlone:
    def test_an_approval_is_void_once_other_editions_wait(self, otto, ines, press_edition):
        one = agree(otto, ines, write(otto, **FEW))
        press_edition(content(retention="3 years"), at=NOW, effective_at=APRIL)
        with pytest.raises(PermissionDenied, match="exactly this content, as it would be published now"):
            actions.publish(by=ines, proposal=one)
        actions.approve(by=ines, proposal=one, content_digest=queries.content_digest(one))
        assert actions.publish(by=ines, proposal=one).number == 4

    def test_what_waits_is_checked_where_it_is_published_too(self, ines, press_edition):
        with pytest.raises(Overtaken, match="Other editions wait"):
            press_edition(content(**FEW), base=1, at=NOW)

    def test_who_wrote_what_waits_does_not_approve_it_anew(self, otto, ines, press_edition):
        press_edition(content(**LONGER), at=NOW, effective_at=MARCH, authors=["Ines"], approver="Ivo")
        one = write(otto, **FEW)
        actions.submit(by=otto, proposal=one)
        with pytest.raises(Invalid, match="Ines wrote a part of edition 3, which is published anew with it"):
            actions.approve(by=ines, proposal=one, content_digest=queries.content_digest(one))

    def test_who_wrote_either_is_named_as_an_author_of_both(self, olga, ines):
        publish(olga, ines, **FEW)
        assert (said.edition(3).authors, said.edition(4).authors) == (["Olga"], ["Olga", "Otto"])


class TestSeveralThatWait:
    def test_each_is_published_anew_in_order(self, otto, ines, press_edition):
        press_edition(content(retention="3 years"), at=NOW, effective_at=APRIL)
        publish(otto, ines, **FEW)
        assert said.overtaken() == {2: 5, 3: 6}
        assert [(one.number, one.effective_at) for one in said.scheduled(NOW)] == [(6, APRIL), (5, MARCH)]
        assert [(uses(n)[0].retention, uses(n)[0].risks) for n in (4, 5, 6)] == [
            ("13 months", FEW["risks"]),
            ("2 years", FEW["risks"]),
            ("3 years", FEW["risks"]),
        ]

    def test_what_holds_between_them_leaves_the_sooner_one_alone(self, otto, ines, press_edition):
        press_edition(content(retention="3 years"), at=NOW, effective_at=APRIL)
        publish(otto, ines, effective_at=MARCH + timedelta(days=9), **FEW)
        assert said.overtaken() == {3: 5}
        assert [uses(n)[0].retention for n in (2, 4, 5)] == ["2 years", "2 years", "3 years"]

    def test_it_can_be_done_again_and_again(self, otto, ines, time_machine):
        publish(otto, ines, **FEW)
        time_machine.shift(timedelta(minutes=1))
        publish(otto, ines, why_needed="It helps.")
        assert (said.overtaken(), uses(6)[0].risks, uses(6)[0].why_needed) == ({2: 6, 4: 6}, FEW["risks"], "It helps.")

    def test_a_correction_that_was_scheduled_is_entered_once(self, otto, ines, press_edition):
        late = content(corrections=(correction(),), **LONGER)
        press_edition(late, at=NOW, effective_at=MARCH)
        publish(otto, ines, **FEW)
        assert said.document(said.edition(5)).register.corrections == (correction(),)
        assert ledger.Entry.objects.filter(kind="correction").count() == 1


class TestMiasYes:
    """She agreed to what edition 1 says. It counts until more is done than that, and no longer."""

    @pytest.fixture(autouse=True)
    def _mia_agreed(self, one_waits, mia, chooses):
        chooses.allows(member=mia.member_key, edition=1, at=NOW)

    def allowed(self, at):
        return consent.outcomes("1000001", at)[use().id].allowed

    def test_it_counts_on_while_no_more_is_done_and_in_march_she_is_asked_again(self, otto, ines):
        publish(otto, ines, **FEW)
        assert [self.allowed(at) for at in (NOW, MARCH - timedelta(seconds=1), MARCH)] == [True, True, False]

    def test_where_more_is_done_at_once_she_is_asked_at_once_and_again_in_march(self, otto, ines, mia, chooses):
        publish(otto, ines, purpose_text="To show jobs and courses.", **HURRY)
        assert not self.allowed(NOW)
        chooses.allows(member=mia.member_key, edition=3, at=NOW)
        assert [self.allowed(at) for at in (NOW, MARCH - timedelta(seconds=1), MARCH)] == [True, True, False]

    def test_plans_that_are_called_off_ask_nobody(self, otto, ines):
        publish(otto, ines, effective_at=MARCH, retention="13 months")
        assert self.allowed(MARCH)
