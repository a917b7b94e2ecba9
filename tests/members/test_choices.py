"""The page of choices: what it asks, what a press of a button does, and that no refusal is ever lost."""

import re
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from django.test import Client

from tests.members.choosing import ALL, FEATURE, TRAINING, USE, form_on, page_of, press, state_of
from tests.register.builders import NOON, feature, register, use
from transparency.consent import queries
from transparency.consent.actions import choose, heed_signal
from transparency.consent.models import Choice, Origin
from transparency.consent.precedence import Decision
from transparency.consent.scopes import Signal
from transparency.register.schema import Scope

pytestmark = pytest.mark.django_db
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
ASKED_USE = "use:communications.messages/job-ranking/inference"
OTHER_USE = "use:communications.messages/job-ranking/fine_tuning"
MINE = "use-communications-messages-job-ranking-training"
TODAY = NOON + timedelta(days=40)
BOTH = register(use(), use(stage="inference", scopes=(ASKED,)))


@pytest.fixture
def site(publish, time_machine):
    """Two uses: one on until it is refused, one off until somebody says yes."""
    publish(BOTH)
    time_machine.move_to(TODAY, tick=False)
    return publish


@pytest.fixture
def here(client, site, mia):
    """Mia's browser, signed in."""
    client.force_login(mia)
    return client


def said(key="1000001"):
    return [(one.scope.name, Decision(one.decision).name) for one in queries.choices_of(key)]


def holds(name="communications.messages/job-ranking/training", key="1000001"):
    return queries.outcomes(key, TODAY)[name].allowed


def test_a_stranger_reads_the_questions_and_is_led_to_sign_in(client, site):
    page = page_of(client)
    assert "May its model learn from this?" in page
    assert f'href="/accounts/login/?next=/choices/%23{MINE}"' in page
    assert "<form" not in page


def test_a_stranger_who_sends_an_answer_is_told_after_signing_in_that_it_was_not_saved(client, site, mia):
    answer = client.post("/choices/", {"answer": f"refuse 0 {USE}"})
    assert "/accounts/login/?next=%2Fchoices%2F%3Funsaved%3D" in answer["Location"]
    client.force_login(mia)
    assert "You were signed out, so your answer was not saved" in page_of(client, f"/choices/?unsaved={USE}")


def test_an_account_of_no_member_has_nothing_to_choose(client, site, otto):
    client.force_login(otto)
    assert client.get("/choices/").status_code == 404
    assert client.post("/choices/", {"answer": f"refuse 0 {USE}"}).status_code == 404
    assert not Choice.objects.exists()


def test_whoever_refused_is_told_what_a_pipeline_is_and_led_to_how_each_obeys(here, chooses):
    assert "/how/pipelines/" not in page_of(here)
    chooses.refuses(member="1000001")
    assert '<a href="/how/pipelines/">how we check that each obeys</a>' in page_of(here)


def test_other_methods_are_refused(here):
    assert {getattr(here, method)("/choices/").status_code for method in ("put", "patch", "delete")} == {405}


def test_a_form_from_elsewhere_is_refused(site, mia):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mia)
    assert strict.post("/choices/", {"answer": f"refuse 0 {USE}"}).status_code == 403
    assert not Choice.objects.exists()


def test_every_answer_is_kept_by_nobody(here):
    assert here.get("/choices/")["Cache-Control"] == "no-store, private"
    assert press(here, "refuse", USE)["Cache-Control"] == "no-store, private"


def test_each_question_has_both_answers_once_and_in_one_order(here):
    words = re.findall(r'value="(allow|refuse) \d+ ([^"]+)"', page_of(here))
    scopes = [scope for word, scope in words if word == "allow"]
    assert words == [(word, scope) for scope in scopes for word in ("allow", "refuse")]
    assert {ALL, TRAINING, FEATURE, USE} <= set(scopes)
    assert len(scopes) == len(set(scopes))


def test_nothing_is_pressed_before_the_member_pressed_it(here):
    assert 'aria-pressed="true"' not in page_of(here)


def test_one_press_refuses_and_leads_back_with_a_receipt(here):
    answer = press(here, "refuse", USE)
    assert (answer.status_code, said()) == (303, [(USE, "REFUSE")])
    page = page_of(here, answer["Location"])
    assert "<b>Saved.</b> You refused “Private messages in Job recommendations: training the model”." in page
    assert f"/receipts/{Choice.objects.get().reference}/" in page
    assert state_of(page, MINE) == ("off", "You refused this on 3 January 2027.")


def test_one_press_allows_just_as_well(here):
    answer = press(here, "allow", USE)
    assert (answer.status_code, said()) == (303, [(USE, "ALLOW")])
    assert state_of(page_of(here), MINE) == ("on", "You allowed this on 3 January 2027.")


def test_an_answer_can_be_taken_back(here):
    press(here, "refuse", USE)
    press(here, "follow", USE)
    assert state_of(page_of(here), MINE) == ("on", "It stays on until you refuse.")


def test_what_needs_a_yes_says_that_it_is_off(here):
    assert state_of(page_of(here), MINE.replace("training", "inference")) == ("off", "It stays off until you say yes.")


def test_refusing_everything_switches_everything_off(here):
    press(here, "refuse", ALL)
    page = page_of(here)
    assert state_of(page, "all") == ("off", "You refused this on 3 January 2027.")
    assert state_of(page, MINE) == ("off", "You refused “Everything AI” on 3 January 2027.")


def test_refusing_everything_takes_back_every_yes_to_a_part_of_it(here):
    press(here, "allow", USE)
    press(here, "allow", FEATURE)
    press(here, "refuse", ALL)
    assert not holds()
    assert not holds("communications.messages/job-ranking/inference")


def test_refusing_all_training_leaves_a_yes_to_the_rest_of_a_feature(here):
    press(here, "allow", FEATURE)
    press(here, "refuse", TRAINING)
    assert not holds()
    assert holds("communications.messages/job-ranking/inference")


def test_allowing_everything_takes_back_no_refusal(here):
    press(here, "refuse", USE)
    press(here, "allow", ALL)
    assert not holds()
    assert "1 on, 1 off." in page_of(here)


def test_allowing_after_refusing_everything_lets_just_that_back_in(here):
    press(here, "refuse", ALL)
    press(here, "allow", USE)
    assert holds()
    assert not holds("communications.messages/job-ranking/inference")


def test_a_yes_under_the_new_name_ends_a_refusal_under_the_old_one(here, site, time_machine):
    press(here, "refuse", USE)
    renamed = BOTH.categories[0].__class__
    said_now = {name: getattr(BOTH.categories[0], name) for name in BOTH.categories[0].__struct_fields__}
    new = renamed(**(said_now | {"key": "social.messages", "aliases": ("communications.messages",)}))
    site(register(use("social.messages"), categories=(new,)), at=TODAY)
    press(here, "allow", "use:social.messages/job-ranking/training")
    assert holds("social.messages/job-ranking/training")


def test_the_same_press_twice_is_one_choice(here):
    page = page_of(here)
    assert press(here, "refuse", USE, page)["Location"] == press(here, "refuse", USE, page)["Location"]
    assert len(said()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_yes_from_a_page_that_another_window_overtook_is_not_saved(here):
    page = page_of(here)
    press(here, "refuse", USE)
    answer = press(here, "allow", USE, page)
    assert (answer.status_code, said()) == (409, [(USE, "REFUSE")])
    assert "This was changed since the page was shown." in answer.content.decode()
    assert "You refused this on 3 January 2027." in answer.content.decode()


def test_a_refusal_from_a_page_that_another_window_overtook_is_saved(here):
    page = page_of(here)
    press(here, "allow", USE)
    assert press(here, "refuse", USE, page).status_code == 303
    assert not holds()


def test_a_refusal_from_a_page_whose_form_was_used_already_is_saved(here):
    page = page_of(here)
    press(here, "allow", USE, page)
    assert press(here, "refuse", USE, page).status_code == 303
    assert not holds()


def test_a_refusal_repeated_from_an_old_page_after_a_yes_is_saved_again(here, time_machine):
    old = page_of(here)
    press(here, "refuse", USE, old)
    time_machine.shift(timedelta(minutes=1))
    press(here, "allow", USE)
    time_machine.shift(timedelta(minutes=1))
    press(here, "refuse", USE, old)
    assert not holds()


def test_so_is_a_refusal_of_everything_after_a_yes_to_a_part_of_it(here, time_machine):
    old = page_of(here)
    press(here, "refuse", "all", old)
    time_machine.shift(timedelta(minutes=1))
    press(here, "allow", USE)
    time_machine.shift(timedelta(minutes=1))
    press(here, "refuse", "all", old)
    assert not holds()


def test_a_yes_from_a_page_whose_form_was_used_already_is_explained(here):
    page = page_of(here)
    press(here, "refuse", USE, page)
    answer = press(here, "allow", USE, page)
    assert (answer.status_code, said()) == (422, [(USE, "REFUSE")])
    assert "You had answered on that page before" in answer.content.decode()
    assert "idempotency" not in answer.content.decode()


def test_a_yes_to_what_has_changed_meanwhile_shows_what_changed(here, site):
    page = page_of(here)
    site(register(use(retention="13 years"), use(stage="inference", scopes=(ASKED,))), at=TODAY)
    answer = press(here, "allow", USE, page)
    assert (answer.status_code, said()) == (409, [])
    assert "was “13 months” and is now “13 years”" in answer.content.decode()


def test_a_refusal_of_what_has_changed_meanwhile_is_saved(here, site):
    page = page_of(here)
    site(register(use(retention="13 years")), at=TODAY)
    assert press(here, "refuse", USE, page).status_code == 303
    assert not holds()


def test_a_refusal_of_what_is_gone_meanwhile_is_saved(here, site):
    page = page_of(here)
    site(register(use(stage="inference")), at=TODAY)
    assert press(here, "refuse", USE, page).status_code == 303


@pytest.mark.parametrize("scope", ["use:a/b/training", "feature:none"])
def test_a_scope_that_we_do_not_know_is_explained(here, scope):
    answer = press(here, "refuse", USE, answer=f"refuse 0 {scope}")
    assert (answer.status_code, said()) == (422, [])
    assert "Not saved" in answer.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"answer": ""},
        {"answer": "refuse"},
        {"answer": "destroy 0 all"},
        {"answer": "refuse -1 all"},
        {"answer": "refuse 0 gpc:sharing"},
        {"answer": "refuse 0 all\0"},
        {"answer": f"refuse {'9' * 19} all"},
        {"answer": ["refuse 0 all", "allow 0 all"]},
        {"answer": "allow 0 all"},
        {"answer": "allow 0 all", "edition": "1e3", "key": "a" * 20},
        {"answer": "allow 0 all", "edition": "1", "key": "a" * 65},
    ],
)
def test_a_form_that_is_not_ours_is_explained(here, form):
    answer = here.post("/choices/", form)
    assert (answer.status_code, said()) == (400, [])
    assert 'role="alert"' in answer.content.decode()


def test_a_refusal_needs_neither_edition_nor_key(here):
    assert here.post("/choices/", {"answer": f"refuse 0 {USE}"}).status_code == 303
    assert not holds()


def test_what_changed_since_a_yes_is_asked_again_until_it_is_answered(here, site, time_machine):
    press(here, "allow", USE)
    site(register(use(retention="13 years")), at=TODAY)
    assert "Changed since you chose" in page_of(here)
    assert state_of(page_of(here), MINE)[1].startswith("You allowed this on 3 January 2027, before it changed.")
    press(here, "allow", USE)
    assert "Changed since you chose" not in page_of(here)


def test_nobody_is_asked_again_within_a_year_of_an_answer(here, site, mia, time_machine):
    press(here, "refuse", USE)
    site(register(use(retention="13 years")), at=TODAY)
    site(register(use(retention="13 years", risks="None.")), at=TODAY + timedelta(days=300))
    time_machine.shift(timedelta(days=364))
    here.force_login(mia)
    assert queries.offers(TODAY + timedelta(days=364)).edition == 3
    assert "Changed since you chose" not in page_of(here)


@pytest.mark.parametrize(
    ("show", "expected"),
    [("refused", [USE]), ("off", [USE, ASKED_USE]), ("on", [OTHER_USE]), ("surprise", [USE, ASKED_USE, OTHER_USE])],
)
def test_a_member_may_look_at_a_part_of_the_uses(here, site, show, expected):
    site(register(*BOTH.uses, use(stage="fine_tuning")))
    press(here, "refuse", USE)
    asked = re.findall(r'value="refuse \d+ (use:[^"]+)"', page_of(here, f"/choices/?show={show}"))
    assert sorted(asked) == sorted(expected)


def test_each_part_leads_back_to_all(here):
    press(here, "refuse", "all")
    page = page_of(here, "/choices/?show=on")
    assert "There is none of these." in page
    assert 'href="/choices/">Show all uses' in page
    assert "What you refused: 2" in page


def test_an_answer_given_in_a_part_leads_to_its_question_among_all(here):
    page_of(here, "/choices/?show=on")
    assert press(here, "refuse", USE)["Location"].endswith(f"#{MINE}")
    assert f'id="{MINE}"' in page_of(here)


def test_what_was_answered_elsewhere_can_be_changed_here(here):
    choose(member="1000001", scope="category:communications.messages", decision=Decision.REFUSE, origin=Origin.API,
           edition=1, at=TODAY)  # fmt: skip
    page = page_of(here)
    assert state_of(page, MINE) == ("off", "You refused “Private messages, everywhere” on 3 January 2027.")
    assert ("allow", "category:communications.messages") in form_on(page)[1]


def test_a_privacy_signal_is_shown_as_honoured(here):
    heed_signal(member="1000001", signal=Signal.EVERYTHING, at=TODAY)
    page = page_of(here)
    assert "Opt-out request honoured." in page
    assert state_of(page, MINE)[1] == "Your browser sends a privacy signal. We honour it since 3 January 2027."


def test_one_members_answers_show_nothing_to_another(here, site, person):
    press(here, "refuse", USE)
    other = Client()
    other.force_login(person("Nora", "member", member_key="1000003"))
    assert state_of(page_of(other), MINE) == ("on", "It stays on until you refuse.")
    assert said("1000003") == []


def test_the_page_asks_the_database_no_more_for_a_hundred_choices(here, chooses, django_assert_max_num_queries):
    for act in [chooses.refuses, chooses.allows] * 50:
        act(member="1000001")
    page_of(here)
    with django_assert_max_num_queries(8):
        page_of(here)


def test_the_page_asks_no_more_for_a_hundred_uses(client, publish, mia, time_machine, django_assert_max_num_queries):
    names = [f"feature-{number}" for number in range(100)]
    publish(register(*(use(feature=name) for name in names), features=tuple(feature(name) for name in names)))
    time_machine.move_to(TODAY, tick=False)
    client.force_login(mia)
    page_of(client)
    with django_assert_max_num_queries(8):
        page_of(client)


@pytest.mark.parametrize(("path", "place"), [("/uses/communications.messages/job-ranking/training/", MINE),
                                             ("/features/job-ranking/", "feature-job-ranking")])  # fmt: skip
def test_the_page_of_a_use_and_of_a_feature_leads_to_its_question(here, path, place):
    assert f'href="/choices/#{place}"' in page_of(here, path)
    assert f'<li class="question" id="{place}">' in page_of(here)


@pytest.mark.parametrize("word", ["refuse", "allow"])
def test_choosing_needs_neither_redis_nor_a_worker_nor_the_catalog(here, settings, monkeypatch, word):
    nowhere = "redis://127.0.0.1:1/0"
    settings.REDIS_URL = nowhere
    monkeypatch.setattr(current_app.conf, "broker_url", nowhere)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_asset RENAME TO catalog_asset_is_away")
    answer = press(here, word, USE)
    assert answer.status_code == 303
    assert "Saved." in page_of(here, answer["Location"])
