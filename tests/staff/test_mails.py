"""Staff choose which e-mails they get, on the page of their account; members are never asked."""

import pytest

from transparency.accounts.mails import Mail
from transparency.accounts.models import HistoryEntry, MailChoice
from transparency.accounts.queries import mails_of, wanting


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


def choose(client, *kinds):
    return client.post("/staff/mails/", {"mail": kinds}, follow=True).content.decode()


def test_unasked_a_reviewer_hears_of_proposals_and_gets_no_letter_of_the_day(ines):
    assert mails_of(ines) == [(Mail.DIGEST, False), (Mail.TO_REVIEW, True), (Mail.OF_MINE, True)]


def test_an_auditor_is_not_asked_about_reviews(ada):
    assert [mail for mail, _ in mails_of(ada)] == [Mail.DIGEST, Mail.OF_MINE]


def test_otto_asks_for_the_letter_of_the_day(client, otto):
    client.force_login(otto)
    assert "Saved: you get what you chose" in choose(client, "digest")
    assert list(wanting(Mail.DIGEST)) == [otto]
    assert not wanting(Mail.OF_MINE).exists()


def test_and_wants_it_no_more(client, otto):
    client.force_login(otto)
    choose(client, "digest")
    choose(client)
    assert not wanting(Mail.DIGEST).exists()
    assert MailChoice.objects.filter(user=otto).count() == 2


def test_the_page_shows_what_was_chosen(client, otto):
    client.force_login(otto)
    page = choose(client, "digest")
    assert 'value="digest" id="mail-digest" checked' in page
    assert 'value="of_mine" id="mail-of_mine">' in page


def test_a_choice_stands_in_the_history(client, otto):
    client.force_login(otto)
    choose(client, "digest")
    assert HistoryEntry.objects.get(verb="account.mails").after == {"digest": True, "of_mine": False}


def test_what_is_no_kind_of_mail_is_not_kept(client, otto):
    client.force_login(otto)
    choose(client, "to_review", "\0", "x" * 10_000, "<script>")
    assert set(MailChoice.objects.values_list("kind", flat=True)) == {"digest", "of_mine"}


def test_somebody_who_is_switched_off_gets_none(otto):
    type(otto).objects.update(is_active=False)
    assert not wanting(Mail.OF_MINE).exists()


def test_who_was_staff_and_is_a_member_now_gets_none(client, otto):
    client.force_login(otto)
    choose(client, "digest", "of_mine")
    type(otto).objects.update(role="member")
    assert not wanting(Mail.DIGEST).exists()


def test_a_member_is_not_asked(client, mia):
    client.force_login(mia)
    assert "Which e-mails you get" not in client.get("/accounts/here/").content.decode()


def test_without_a_password_nobody_is_asked_to_change_it(client, otto):
    otto.set_unusable_password()
    otto.save()
    client.force_login(otto)
    assert "/accounts/password/change/" not in client.get("/accounts/here/").content.decode()
