"""The only writes of this room."""

from transparency.catalog.actions.barriers import approve_barrier, decline_barrier, propose_barrier, remove_barrier
from transparency.catalog.actions.counting import count_looking, count_no_more
from transparency.catalog.actions.deciding import (
    Decided,
    accept_suggestion,
    accept_suggestions,
    reject_suggestions,
    reopen_suggestion,
)
from transparency.catalog.actions.drawing import draw
from transparency.catalog.actions.marking import (
    add_binding,
    add_rule,
    move_rule,
    remove_binding,
    remove_rule,
)
from transparency.catalog.actions.naming import add_name_rule, join_again, keep_apart, remove_name_rule
from transparency.catalog.actions.recomputing import recompute
from transparency.catalog.actions.refreshing import (
    AlreadyRunning,
    NotHeld,
    Retired,
    accept_held_refresh,
    refresh,
    release_lost_claims,
    request_refresh,
    ring_again,
)
from transparency.catalog.actions.retiring import retire_source
from transparency.catalog.actions.sources import add_source, change_source, stamp_of
from transparency.catalog.actions.suggesting import suggest_labels
from transparency.catalog.actions.trying import StillRunning, ask_to_try, give_up_trying, try_source
from transparency.catalog.intake import StoredEvents, forget_applied_events, store_events

__all__ = [
    "AlreadyRunning",
    "Decided",
    "NotHeld",
    "Retired",
    "StillRunning",
    "StoredEvents",
    "accept_held_refresh",
    "accept_suggestion",
    "accept_suggestions",
    "add_binding",
    "add_name_rule",
    "add_rule",
    "add_source",
    "approve_barrier",
    "ask_to_try",
    "change_source",
    "count_looking",
    "count_no_more",
    "decline_barrier",
    "draw",
    "forget_applied_events",
    "give_up_trying",
    "join_again",
    "keep_apart",
    "move_rule",
    "propose_barrier",
    "recompute",
    "refresh",
    "reject_suggestions",
    "release_lost_claims",
    "remove_barrier",
    "remove_binding",
    "remove_name_rule",
    "remove_rule",
    "reopen_suggestion",
    "request_refresh",
    "retire_source",
    "ring_again",
    "stamp_of",
    "store_events",
    "suggest_labels",
    "try_source",
]
