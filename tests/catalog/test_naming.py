"""Which names are one: what people rule, what they keep apart, and what follows from it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError

from tests.catalog.builders import NOON, WAREHOUSE, flow, key, snapshot
from transparency.accounts import wishes
from transparency.accounts.agreeing import NotAlone
from transparency.accounts.models import HistoryEntry
from transparency.catalog import actions, queries
from transparency.catalog.cards import asset_card, joined_names
from transparency.catalog.connectors.base import SeenAlias
from transparency.catalog.explain import explain
from transparency.catalog.models import Apart, NameRule, Observation
from transparency.catalog.trials import try_rule, would

CASE = {"kind": "case", "namespace": "postgres://*", "reason": "The database ignores case."}
LATER = NOON + timedelta(hours=1)
USE = ("contact.email", "job-ranking", "training")


@pytest.fixture(autouse=True)
def _a_model_is_fed_by_what_is_written_otherwise(read, otto, time_machine):
    """users.email -> FEATURES.email; features -> model ranker."""
    time_machine.move_to(NOON)
    actions.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    actions.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")
    read(snapshot(flow("users.email", "FEATURES.email"), flow("features", "model ranker"), tags={"users.email": "pii"}))
    actions.recompute(at=NOON)


def seen():
    actions.recompute(at=LATER)
    return list(Observation.objects.filter(seen=True).values_list("category", flat=True))


def rename(read, old, new):
    column = old if old.startswith("model") else f"{old}.email"
    told = snapshot(flow("users.email", column), flow(new, "model ranker"), tags={"users.email": "pii"})
    told.aliases.append(SeenAlias(key(old), key(new), "rename", NOON))
    read(told)


def test_names_that_differ_in_case_are_two_until_somebody_rules(otto):
    assert seen() == []
    actions.add_name_rule(by=otto, **CASE)
    assert seen() == ["contact.email"]


def test_a_rule_taken_back_counts_no_more(otto):
    rule = actions.add_name_rule(by=otto, **CASE)
    assert seen() == ["contact.email"]
    actions.remove_name_rule(by=otto, rule=rule)
    assert seen() == []


def test_a_barrier_at_one_way_to_write_it_holds_for_all(otto, ines):
    actions.add_name_rule(by=otto, agreed_by=ines, **CASE)
    until = NOON + timedelta(days=9)
    one = actions.propose_barrier(by=otto, key=key("Features"), reason="Counted.", expires_at=until)
    actions.approve_barrier(by=ines, barrier=one)
    assert seen() == []
    assert explain(*USE, LATER).why_not.endswith("is one flow upstream of a barrier, at features.")


def test_what_flows_in_a_place_that_is_left_out_does_not_count(otto, read, warehouse):
    rename(read, "features", "store")
    assert seen() == ["contact.email"]
    rule = actions.add_name_rule(by=otto, kind="left_out", namespace="postgres*", source="warehouse", reason="Trials.")
    assert seen() == []
    assert str(rule) == "postgres*: What flows there does not count"


def test_what_is_left_out_of_one_source_counts_where_another_tells_it(otto, read):
    rename(read, "features", "store")
    other = queries.Source.objects.create(slug="other", name="Other", connector="dbt")
    actions.add_name_rule(by=otto, kind="left_out", namespace="postgres*", source=other.slug, reason="Trials.")
    assert seen() == ["contact.email"]


def test_a_model_in_a_place_that_is_left_out_is_no_loose_end(otto, read):
    read(snapshot(flow("users.email", "model other"), tags={"users.email": "pii"}))
    assert queries.loose_ends(LATER).unbound == [key("model other")]
    actions.add_name_rule(by=otto, kind="left_out", namespace="postgres*", reason="Trials.")
    assert queries.loose_ends(LATER).unbound == []


def test_what_is_kept_apart_is_two_whatever_the_source_tells_again(otto, read):
    rename(read, "features", "store")
    assert seen() == ["contact.email"]
    actions.keep_apart(by=otto, key=key("features"), other=key("store"), reason="A new table of an old name.")
    assert seen() == []
    rename(read, "features", "store")
    assert seen() == []


def test_what_was_kept_apart_may_be_one_again(otto, read):
    rename(read, "features", "store")
    apart = actions.keep_apart(by=otto, key=key("features"), other=key("store"), reason="They are two.")
    actions.join_again(by=otto, apart=apart)
    assert seen() == ["contact.email"]


def test_two_names_that_are_two_are_not_kept_apart(otto):
    with pytest.raises(ValidationError, match="not one now"):
        actions.keep_apart(by=otto, key=key("users"), other=key("features"), reason="They are two.")


def test_the_history_says_who_did_what_and_why(otto, read):
    rename(read, "features", "store")
    actions.add_name_rule(by=otto, **CASE)
    actions.keep_apart(by=otto, key=key("features"), other=key("store"), reason="They are two.")
    rule, part = HistoryEntry.objects.filter(subject_kind="names").order_by("pk")
    assert (rule.verb, part.verb) == ("names.rule", "names.part")
    assert (rule.after["reason"], part.after["reason"]) == ("The database ignores case.", "They are two.")


def test_nobody_rules_alone_where_a_reviewer_could_agree(otto, ines):
    with pytest.raises(NotAlone):
        actions.add_name_rule(by=otto, **CASE)
    assert actions.add_name_rule(by=otto, agreed_by=ines, **CASE).agreed_by == ines


def test_nobody_parts_or_joins_alone_where_a_reviewer_could_agree(otto, ines, read):
    rename(read, "features", "store")
    two = {"key": key("features"), "other": key("store")}
    with pytest.raises(NotAlone):
        actions.keep_apart(by=otto, reason="They are two.", **two)
    apart = actions.keep_apart(by=otto, agreed_by=ines, reason="They are two.", **two)
    with pytest.raises(NotAlone):
        actions.join_again(by=otto, apart=apart)


def test_what_was_asked_for_happens_when_a_reviewer_agrees(otto, ines):
    asked = {"verb": "names.rule", "subject_kind": "names", "facts": CASE, "subject": "postgres://*"}
    wish = wishes.do_or_ask(by=otto, at=NOON, **asked).wish
    assert not NameRule.objects.exists()
    wishes.agree(by=ines, wish=wish, at=NOON)
    assert NameRule.objects.get().agreed_by == ines


def test_taking_back_is_asked_for_too(otto, ines):
    actions.add_name_rule(by=otto, agreed_by=ines, **CASE)
    facts = {"kind": "case", "namespace": "postgres://*", "source": ""}
    wish = wishes.do_or_ask(by=otto, at=NOON, verb="names.unrule", subject_kind="names", facts=facts).wish
    wishes.agree(by=ines, wish=wish, at=NOON)
    assert not NameRule.objects.exists()


def test_another_editor_is_no_reviewer(otto, olga, ines):
    with pytest.raises(PermissionDenied, match="A reviewer must agree"):
        actions.add_name_rule(by=otto, agreed_by=olga, **CASE)


def test_an_auditor_may_not_rule(ada):
    with pytest.raises(PermissionDenied):
        actions.add_name_rule(by=ada, **CASE)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"kind": "case", "namespace": " "}, "namespace"),
        ({"kind": "case", "namespace": "a", "same_as": "b"}, "same_as"),
        ({"kind": "case", "namespace": "a", "source": "warehouse"}, "source"),
        ({"kind": "case", "namespace": "a", "source": "nowhere"}, "source"),
        ({"kind": "place", "namespace": "a"}, "same_as"),
        ({"kind": "place", "namespace": "a*", "same_as": "b"}, "same_as"),
        ({"kind": "place", "namespace": "*a", "same_as": "*b"}, "same_as"),
        ({"kind": "place", "namespace": "a", "same_as": "a"}, "same_as"),
        ({"kind": "place", "namespace": "old", "same_as": "here"}, "same_as"),
        ({"kind": "left_out", "namespace": " ** "}, "namespace"),
        ({"kind": "no such", "namespace": "a"}, "kind"),
    ],
)
def test_a_rule_that_can_not_hold_is_refused_by_its_field(otto, told, field):
    actions.add_name_rule(by=otto, kind="place", namespace="here", same_as="old", reason="Moved.")
    with pytest.raises(ValidationError) as refused:
        actions.add_name_rule(by=otto, reason="So it is.", **told)
    assert field in refused.value.message_dict


def test_the_same_rule_twice_is_refused(otto):
    actions.add_name_rule(by=otto, **CASE)
    with pytest.raises(ValidationError, match="already"):
        actions.add_name_rule(by=otto, **CASE)
    with pytest.raises(IntegrityError):
        NameRule.objects.create(author=otto, **CASE)


def test_a_rule_is_tried_on_the_catalog_before_it_is_saved(otto):
    tried = try_rule(NameRule(author=otto, **CASE), LATER)
    assert (tried.names, tried.into, tried.examples) == (2, 1, [[key("FEATURES"), key("features")]])
    assert tried.would.new == [(*USE, True)]
    assert not NameRule.objects.exists()


def test_a_trial_tells_how_many_flows_would_be_left_out(otto):
    rule = NameRule(author=otto, kind="left_out", namespace="postgres*", reason="Trials.")
    assert (try_rule(rule, LATER).flows, try_rule(rule, LATER).names) == (2, 5)


def test_what_keeping_apart_would_take_away_is_told(otto, read):
    rename(read, "features", "store")
    seen()
    two = {"key": key("features"), "other": key("store"), "reason": "They are two.", "author": otto}
    assert would(lambda: Apart.objects.create(**two), LATER).gone == [(*USE, True)]


def test_a_card_says_which_rule_joins_its_names(otto):
    actions.add_name_rule(by=otto, **CASE)
    (one,) = joined_names(key("features"))
    assert (one.key, one.canonical_key, one.told_by) == (key("FEATURES"), key("features"), "Otto")
    assert one.why == "postgres://*: Capital and small letters are the same there"


def test_a_card_says_what_is_kept_apart_and_why(otto, read):
    rename(read, "features", "store")
    actions.keep_apart(by=otto, key=key("features"), other=key("store"), reason="They are two.")
    (one,) = joined_names(key("features"))
    assert one.apart.reason == "They are two."


def test_a_card_is_found_by_the_name_that_a_rule_makes(otto, read):
    read(snapshot(flow("USERS", "model ranker"), complete=False))
    actions.add_name_rule(by=otto, kind="case", namespace="postgres://*", reason="So it is.")
    assert asset_card(f"dataset:{WAREHOUSE}/Model".lower()) is None
    assert asset_card(key("features.EMAIL".lower())).key == key("FEATURES.email")


def test_a_card_tells_what_is_said_of_any_name(otto, read):
    rename(read, "model ranker", "model sorter")
    assert asset_card(key("model sorter")).bindings[0].feature == "job-ranking"


def test_an_unclassified_table_is_none_where_it_is_labelled_by_its_old_name(otto, read):
    actions.add_rule(by=otto, matches="dataset", pattern="old", category="contact.email")
    told = snapshot(flow("old", "x"), flow("store", "model ranker"), tags={"users.email": "pii"})
    read(told)
    seen()
    assert queries.loose_ends(LATER).unclassified == [(key("store"), "job-ranking")]
    told.aliases.append(SeenAlias(key("old"), key("store"), "rename", NOON))
    read(told)
    seen()
    assert queries.loose_ends(LATER).unclassified == []


def test_a_model_bound_by_its_old_name_is_bound_and_was_seen_running(read):
    told = snapshot(flow("store", "model sorter"), tags={"users.email": "pii"})
    told.aliases.append(SeenAlias(key("model ranker"), key("model sorter"), "rename", NOON))
    read(told)
    assert queries.loose_ends(LATER).unbound == []
    assert queries.last_runs()["job-ranking", "training"].at == NOON
