"""What was scheduled is brought forward, called off, or published anew: whoever reads of it is told so in words."""

from datetime import timedelta

import pytest

from tests.flows.scheduled import APRIL, FEW, HURRY, LONGER, MARCH, NOW, content, publish, read, write
from transparency.register import queries as said
from transparency.review.models import Proposal

SAME = "Nothing changes with this edition: it says the same as edition"
pytestmark = pytest.mark.usefixtures("one_waits")


class TestWhatAProposalBecame:
    def page(self, client, otto, path):
        client.force_login(otto)
        return read(client, path)

    def test_its_page_names_each_edition(self, client, otto, ines):
        publish(otto, ines, **FEW)
        told = self.page(client, otto, f"/staff/proposals/{Proposal.objects.get().pk}/")
        assert (
            'published as <a href="/editions/3/">edition 3</a>, which holds from 4 December 2026 and'
            ' <a href="/editions/4/">edition 4</a>, which holds from 1 March 2027'
        ) in told

    def test_so_does_the_list(self, client, otto, ines):
        publish(otto, ines, **FEW)
        told = self.page(client, otto, "/staff/proposals/")
        assert 'became <a href="/editions/3/">edition 3</a>' in told
        assert '<a href="/editions/4/">edition 4</a>' in told

    def test_each_names_its_own_alone(self, client, otto, ines, press_edition):
        press_edition(content(retention="3 years"), at=NOW, effective_at=APRIL)
        publish(otto, ines, **FEW)
        publish(otto, ines, why_needed="It helps.")
        first, second = Proposal.objects.order_by("pk")
        told = [self.page(client, otto, f"/staff/proposals/{one.pk}/") for one in (first, second)]
        assert [[f'href="/editions/{number}/"' in one for number in range(3, 11)] for one in told] == [
            [False, True, True, True, False, False, False, False],
            [False, False, False, False, True, True, True, False],
        ]

    def test_one_that_became_one_is_told_in_a_word(self, client, otto, ines):
        publish(otto, ines, effective_at=APRIL, **FEW)
        told = self.page(client, otto, f"/staff/proposals/{Proposal.objects.get().pk}/")
        assert 'published as <a href="/editions/3/">edition 3</a>' in told
        assert "which holds from" not in told

    def test_more_of_them_ask_the_database_no_more(self, client, otto, ines, django_assert_max_num_queries):
        publish(otto, ines, **FEW)
        self.page(client, otto, "/staff/proposals/")
        for risk in "ABC":
            publish(otto, ines, risks=f"{risk}.")
        with django_assert_max_num_queries(12):
            read(client, "/staff/proposals/")


class TestBroughtForward:
    """Otto proposes at once what is scheduled for 1 March."""

    def test_otto_reads_that_nothing_more_changes_in_march(self, client, otto):
        one = write(otto, **LONGER, **HURRY)
        client.force_login(otto)
        told = read(client, f"/staff/proposals/{one.pk}/")
        assert "Nothing more: all that edition 2 was to change holds before that day already." in told

    def test_members_read_that_nothing_changes_in_march(self, client, otto, ines):
        publish(otto, ines, **LONGER, **HURRY)
        assert said.edition(4).summary == [f"{SAME} 3, which holds until then."]
        for path in ("/", "/changes/", "/editions/4/", "/changes/feed.json", "/changes/feed.atom"):
            assert f"{SAME} 3, which holds until then." in read(client, path)

    def test_the_use_is_told_to_change_no_more(self, client, otto, ines):
        publish(otto, ines, **LONGER, **HURRY)
        told = read(client, "/uses/communications.messages/job-ranking/training/")
        assert "2 years" in told
        assert "What will change" not in told


class TestCalledOff:
    """Otto proposes for 1 March what holds already."""

    def proposed(self, otto):
        return write(otto, effective_at=MARCH, retention="13 months")

    def test_otto_reads_what_it_takes_the_place_of_and_what_members_will_read(self, client, otto):
        one = self.proposed(otto)
        client.force_login(otto)
        told = read(client, f"/staff/proposals/{one.pk}/")
        assert 'takes the place of <a href="/editions/2/">edition 2</a>, which is for the same day' in told
        assert "Nothing: what members were told for that day is called off, and they read that." in told

    def test_what_changes_is_told_as_members_will_read_it(self, client, otto):
        one = write(otto, effective_at=MARCH, retention="6 months")
        client.force_login(otto)
        assert "was “13 months” and is now “6 months”." in read(client, f"/staff/proposals/{one.pk}/")

    def test_a_later_day_takes_nothings_place(self, client, otto):
        one = write(otto, effective_at=MARCH + timedelta(days=1), retention="6 months")
        client.force_login(otto)
        told = read(client, f"/staff/proposals/{one.pk}/")
        assert "takes the place of" not in told
        assert "was “2 years” and is now “6 months”." in told

    def test_members_read_that_nothing_changes(self, client, otto, ines):
        publish(otto, ines, effective_at=MARCH, retention="13 months")
        assert f"{SAME} 1, which holds until then." in read(client, "/changes/")


class TestSideBySide:
    @pytest.fixture(autouse=True)
    def _published(self, one_waits, otto, ines):
        publish(otto, ines, **FEW)

    def test_an_edition_that_never_holds_is_not_said_to_hold(self, client):
        told = read(client, "/editions/2/to/4/")
        assert 'Edition 2</a> never holds: it was overtaken by <a href="/editions/4/">edition 4</a>.' in told
        assert '<a href="/editions/4/">Edition 4</a> holds from 1 March 2027, 00:00 UTC.' in told

    def test_two_that_are_one_offer_others_and_not_the_same_again(self, client):
        told = read(client, "/editions/2/to/2/")
        assert "They say the same." in told
        assert "The other way round" not in told
        assert 'href="/changes/#compare"' in told
        assert 'id="compare"' in read(client, "/changes/")

    def test_a_published_proposal_says_what_changed(self, client, otto):
        client.force_login(otto)
        told = read(client, f"/staff/proposals/{Proposal.objects.get().pk}/")
        assert "What changed for members</h2>" in told


def test_a_clash_is_told_by_name_and_not_by_key(client, otto):
    one = write(otto, retention="6 months")
    client.force_login(otto)
    told = client.post(f"/staff/proposals/{one.pk}/submit/", follow=True).content.decode()
    assert ">Private messages in Job recommendations: Training the model: edition 2, which waits" in told
