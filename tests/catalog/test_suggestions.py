"""Suggestions: worked out by workers, decided on by people, remembered. Nothing is ever labelled without a person."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from tests.catalog.builders import NOON, flow, key, snapshot
from tests.catalog.suggested import CATEGORIES, EMAIL, OF_EMAIL, SALARY, SOON, TAGS, look, states, the_one
from transparency.accounts.models import HistoryEntry
from transparency.catalog import actions
from transparency.catalog.actions import suggesting
from transparency.catalog.models import ClassificationRule, Label, Suggesting, Suggestion


def test_an_unlabelled_column_that_reaches_a_feature_is_suggested_with_the_reason(suggested):
    assert (suggested.key, suggested.category, suggested.state) == (key("users.email"), EMAIL, "open")
    assert suggested.reasons == ["Its name speaks of “email”."]
    assert (suggested.features, suggested.news, suggested.found_at) == (["job-ranking"], ["job-ranking"], SOON)


def test_nothing_is_labelled_and_no_rule_is_made(suggested):
    assert not Label.objects.filter(category=EMAIL).exists()
    assert ClassificationRule.objects.count() == 1


def test_a_column_that_reaches_no_feature_is_left_alone(places_known, read):
    read(snapshot(flow("users.email", "copy.email"), flow("posts.text", "model ranker")))
    assert look() == {}


def test_a_labelled_column_is_left_alone_and_so_is_one_of_a_labelled_table(places_known, read, otto):
    read(snapshot(flow("users.email", "model ranker"), flow("towns.salary", "model ranker"), tags={"towns": "place"}))
    actions.add_rule(by=otto, matches="column", pattern="email", category=EMAIL)
    assert look() == {}


def test_only_the_first_column_on_the_way_is_suggested(places_known, read, pipeline):
    read(pipeline)
    assert list(look()) == [(key("users.email"), EMAIL)]


def test_of_a_circle_that_nothing_leads_into_each_column_is_suggested(places_known, read):
    read(snapshot(flow("a.email", "b.email"), flow("b.email", "a.email"), flow("b.email", "model ranker")))
    assert list(look()) == [(key("a.email"), EMAIL), (key("b.email"), EMAIL)]


def test_a_column_where_the_category_comes_already_is_left_alone(places_known, read, otto):
    read(snapshot(flow("people", "users"), flow("users.email", "model ranker"), tags={"people.c1": "pii"}))
    actions.add_rule(by=otto, matches="key", pattern=key("people.c1"), category=EMAIL)
    assert look() == {}


def barrier(otto, ines, **at):
    one = actions.propose_barrier(by=otto, reason="Hashed.", expires_at=NOON + timedelta(days=30), **at)
    actions.approve_barrier(by=ines, barrier=one)


def test_what_a_barrier_stops_altogether_reaches_no_feature(places_known, read, pipeline, otto, ines, time_machine):
    time_machine.move_to(NOON)
    read(pipeline)
    barrier(otto, ines, key=key("features.email"))
    assert look() == {}


def test_a_barrier_for_one_category_stops_no_other(places_known, read, otto, ines, time_machine):
    time_machine.move_to(NOON)
    read(snapshot(flow("users.email", "model ranker"), flow("users.salary", "model ranker")))
    barrier(otto, ines, key=key("users"), category=EMAIL)
    assert list(look()) == [(key("users.salary"), SALARY)]


def test_what_was_stopped_on_purpose_is_not_suggested_below_the_barrier(places_known, read, otto, ines, time_machine):
    time_machine.move_to(NOON)
    read(snapshot(flow("people", "users"), flow("users.email", "model ranker"), tags={"people.c1": "pii"}))
    actions.add_rule(by=otto, agreed_by=ines, matches="key", pattern=key("people.c1"), category=EMAIL)
    barrier(otto, ines, key=key("people"), downstream_key=key("users"))
    assert look() == {}


def test_what_a_forgotten_flow_once_brought_is_known_by_where_it_came_from(places_known, read, warehouse, otto):
    old = NOON - timedelta(days=60)
    read(snapshot(flow("people.c1", "users.c2", last_seen=old), flow("users.c2", "model ranker")))
    actions.add_rule(by=otto, matches="key", pattern=key("people.c1"), category=SALARY)
    found = look()[key("users.c2"), SALARY]
    assert found.reasons == ["Every column it is computed from is “Salary”."]


def test_what_most_features_would_hear_of_comes_first_and_the_rest_is_counted(places_known, read, otto, monkeypatch):
    monkeypatch.setattr(suggesting, "COLUMNS", 1)
    actions.add_binding(by=otto, key=key("model other"), feature="ads", stage="training")
    two = [flow("users.salary", "model ranker"), flow("users.salary", "model other")]
    read(snapshot(flow("users.email", "model ranker"), *two))
    assert list(look()) == [(key("users.salary"), SALARY)]
    assert (Suggesting.objects.get().columns, Suggesting.objects.get().left_out) == (2, 1)


def test_a_feature_where_it_is_seen_already_is_no_news(places_known, read, otto):
    read(snapshot(flow("users.email", "model ranker"), flow("copy.c1", "model ranker")))
    actions.add_rule(by=otto, matches="key", pattern=key("copy.c1"), category=EMAIL)
    found = look()[key("users.email"), EMAIL]
    assert (found.features, found.news) == (["job-ranking"], [])


def test_accepting_makes_a_rule_for_that_column_alone(suggested, otto):
    rule = actions.accept_suggestion(by=otto, suggestion=suggested, reason="I asked the team.")
    assert (rule.matches, rule.pattern, rule.category) == ("key", key("users.email"), EMAIL)
    assert "Its name speaks of “email”." in rule.note
    one = the_one()
    assert (one.state, one.decided_by, one.reason, one.rule) == ("accepted", otto, "I asked the team.", rule)
    look(SOON + timedelta(hours=1))
    assert Label.objects.get(category=EMAIL).key == key("users.email")
    assert states() == {(key("users.email"), EMAIL): "accepted"}


def test_accepting_by_a_pattern_settles_whatever_it_labels(places_known, read, otto):
    read(snapshot(flow("a.email", "model ranker"), flow("b.user_email", "model ranker")))
    found = look()
    rule = actions.accept_suggestion(by=otto, suggestion=found[key("a.email"), EMAIL], pattern="*email")
    assert (rule.matches, rule.pattern) == ("column", "*email")
    assert set(states().values()) == {"accepted"}
    assert "By the rule" in Suggestion.objects.get(key=key("b.user_email")).reason


def test_what_else_was_suggested_of_the_column_is_gone_once_one_is_accepted(suggested, otto):
    other = Suggestion.objects.create(key=suggested.key, category=SALARY, weight=50, found_at=SOON)
    actions.accept_suggestion(by=otto, suggestion=suggested)
    assert Suggestion.objects.get(pk=other.pk).state == "gone"


def test_a_pattern_that_does_not_match_the_column_itself_is_refused(suggested, otto):
    with pytest.raises(ValidationError, match="does not match the column itself"):
        actions.accept_suggestion(by=otto, suggestion=suggested, pattern="*phone*")
    assert ClassificationRule.objects.count() == 1


def test_a_rejection_stays_whatever_is_read_later(suggested, otto, read, pipeline):
    actions.reject_suggestions(by=otto, suggestions=[suggested], reason="It is the company's own address.")
    actions.add_rule(by=otto, matches="tag", pattern="other", category="other")
    read(pipeline)
    look(SOON + timedelta(days=1))
    one = the_one()
    assert (one.state, one.decided_by, one.reason) == ("rejected", otto, "It is the company's own address.")


def test_a_rejection_is_of_the_column_whatever_it_is_called_later(suggested, otto, read, warehouse, pipeline):
    actions.reject_suggestions(by=otto, suggestions=[suggested], reason="No.")
    read(snapshot(*OF_EMAIL, flow("people.email", "model ranker"), tags=TAGS))
    warehouse.aliases.create(key=key("users"), canonical_key=key("people"), reason="rename", as_of=NOON)
    look(SOON + timedelta(days=1))
    assert states() == {(key("users.email"), EMAIL): "rejected"}


def test_what_is_computed_from_a_rejected_column_is_not_asked_about_again(suggested, otto, read):
    actions.reject_suggestions(by=otto, suggestions=[suggested], reason="No.")
    look(SOON + timedelta(days=1))
    assert states() == {(key("users.email"), EMAIL): "rejected"}


def test_a_rejection_says_nothing_of_other_columns_of_a_table_that_it_is_poured_into(suggested, otto, read):
    actions.reject_suggestions(by=otto, suggestions=[suggested], reason="No.")
    read(snapshot(*OF_EMAIL, flow("users", "copies"), flow("copies.email", "model ranker"), tags=TAGS))
    look(SOON + timedelta(days=1))
    assert states()[key("copies.email"), EMAIL] == "open"


def test_a_rejection_can_be_taken_back(suggested, otto):
    actions.reject_suggestions(by=otto, suggestions=[suggested], reason="No.")
    actions.reopen_suggestion(by=otto, suggestion=the_one())
    one = the_one()
    assert (one.state, one.decided_by, one.reason) == ("open", None, "")


def test_what_speaks_for_nothing_any_more_is_gone_and_comes_back(suggested, rerouted, read, pipeline):
    rerouted()
    look(SOON + timedelta(hours=1))
    assert the_one().state == "gone"
    read(pipeline)
    look(SOON + timedelta(hours=2))
    assert (the_one().state, the_one().found_at) == ("open", SOON + timedelta(hours=2))


def test_what_is_long_gone_is_forgotten_and_what_was_decided_never(suggested, otto, rerouted):
    rejected = {"state": "rejected", "decided_by": otto, "reason": "No."}
    for number, more in enumerate(({"state": "gone"}, rejected)):
        Suggestion.objects.create(key=f"column:a/b#{number}", category=EMAIL, weight=50, found_at=SOON, **more)
    rerouted()
    look(SOON + timedelta(days=91))
    assert states() == {(key("users.email"), EMAIL): "gone", ("column:a/b#1", EMAIL): "rejected"}


def test_what_was_long_gone_and_is_suggested_again_waits_for_a_decision(suggested, otto):
    Suggestion.objects.update(state="gone")
    actions.add_rule(by=otto, matches="tag", pattern="other", category="other")
    look(SOON + timedelta(days=1))
    assert the_one().state == "open"
    Suggestion.objects.update(state="gone", found_at=SOON - timedelta(days=200))
    actions.add_rule(by=otto, matches="tag", pattern="another", category="other")
    look(SOON + timedelta(days=2))
    assert the_one().state == "open"


def test_once_its_rule_is_removed_it_waits_for_a_decision_again(suggested, otto):
    rule = actions.accept_suggestion(by=otto, suggestion=suggested)
    look(SOON + timedelta(hours=1))
    actions.remove_rule(by=otto, rule=rule)
    look(SOON + timedelta(hours=2))
    assert (the_one().state, the_one().decided_by) == ("open", None)


def test_several_are_accepted_at_once_or_none(places_known, read, otto):
    read(snapshot(flow("a.email", "model ranker"), flow("b.salary", "model ranker")))
    one, other = look().values()
    actions.reject_suggestions(by=otto, suggestions=[other], reason="No.")
    with pytest.raises(actions.Decided, match="Nothing was changed"):
        actions.accept_suggestions(by=otto, suggestions=[one, other])
    assert Suggestion.objects.get(pk=one.pk).state == "open"
    assert ClassificationRule.objects.count() == 1


def test_two_categories_for_one_column_can_not_be_accepted_together(suggested, otto):
    other = Suggestion.objects.create(key=suggested.key, category=SALARY, weight=50, found_at=SOON)
    with pytest.raises(ValidationError, match="chosen more than once"):
        actions.accept_suggestions(by=otto, suggestions=[suggested, other])
    assert set(states().values()) == {"open"}


@pytest.mark.parametrize("act", [actions.accept_suggestion, actions.reopen_suggestion])
def test_what_is_decided_is_not_decided_twice(suggested, otto, act):
    actions.accept_suggestion(by=otto, suggestion=suggested)
    with pytest.raises(actions.Decided):
        act(by=otto, suggestion=suggested)


def test_what_was_labelled_meanwhile_is_not_accepted(suggested, otto):
    actions.add_rule(by=otto, matches="column", pattern="email", category=SALARY)
    actions.recompute(at=SOON)
    with pytest.raises(actions.Decided, match="is labelled by now"):
        actions.accept_suggestion(by=otto, suggestion=suggested)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_a_rejection_without_a_reason_is_refused(suggested, otto, reason):
    with pytest.raises(ValidationError, match="Say why"):
        actions.reject_suggestions(by=otto, suggestions=[suggested], reason=reason)


@pytest.mark.parametrize("name", ["mia", "ines", "ada", "amir"])
def test_only_editors_decide(suggested, otto, request, name):
    somebody = request.getfixturevalue(name)
    with pytest.raises(PermissionDenied):
        actions.accept_suggestion(by=somebody, suggestion=suggested)
    with pytest.raises(PermissionDenied):
        actions.reject_suggestions(by=somebody, suggestions=[suggested], reason="No.")
    with pytest.raises(PermissionDenied):
        actions.reopen_suggestion(by=somebody, suggestion=suggested)
    assert the_one().state == "open"


def test_each_decision_leaves_a_trace(suggested, otto):
    actions.reject_suggestions(by=otto, suggestions=[suggested], reason="No.")
    actions.reopen_suggestion(by=otto, suggestion=the_one())
    actions.accept_suggestion(by=otto, suggestion=the_one(), reason="Yes.")
    told = HistoryEntry.objects.filter(subject=str(suggested)).order_by("id")
    assert [one.verb for one in told] == ["suggestion.reject", "suggestion.reopen", "suggestion.accept"]
    assert [one.actor for one in told] == [otto] * 3
    assert told[0].after["reason"] == "No."


def test_the_database_keeps_no_decision_of_nobody(suggested):
    with pytest.raises(IntegrityError), transaction.atomic():
        Suggestion.objects.update(state="accepted")


def test_an_empty_catalog_has_nothing_to_suggest(db):
    assert actions.suggest_labels(at=SOON, categories=CATEGORIES) == 0
    assert look() == {}


def test_a_column_of_which_all_that_it_is_computed_from_is_labelled_is_left_alone(places_known, read, otto):
    read(snapshot(flow("users.city", "profile.email"), flow("profile.email", "model ranker"), tags=TAGS))
    assert look() == {}


def test_a_column_that_is_also_computed_from_what_nobody_labelled_is_looked_at(places_known, read, otto):
    both = [flow("users.city", "profile.email"), flow("users.c1", "profile.email")]
    read(snapshot(*both, flow("profile.email", "model ranker"), tags=TAGS))
    assert list(look()) == [(key("profile.email"), EMAIL)]
