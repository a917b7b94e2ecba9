"""The only writes of this room."""

from transparency.enforcement.actions.acknowledging import acknowledge
from transparency.enforcement.actions.continuing import continue_numbers
from transparency.enforcement.actions.deliveries import record_delivery
from transparency.enforcement.actions.fetching_lists import Lost, OutOfReach, fetch_list
from transparency.enforcement.actions.giving_lists import forget_lists_given, give_list
from transparency.enforcement.actions.keeping_lists import (
    forget_expired_lists,
    make_list,
    order_list,
    release_lost_lists,
)
from transparency.enforcement.actions.pipelines import (
    SETTINGS,
    change_pipeline,
    issue_pipeline_key,
    pause_pipeline,
    register_pipeline,
    resume_pipeline,
    retire_pipeline,
    revoke_pipeline_key,
    stamp_of,
)
from transparency.enforcement.actions.telling import (
    change_webhook_secret,
    forget_messages,
    queue_messages,
    send_message,
    tell_again,
)
from transparency.enforcement.actions.trying import aim_canary, record_trial, start_trials, stop_trials

__all__ = [
    "SETTINGS",
    "Lost",
    "OutOfReach",
    "acknowledge",
    "aim_canary",
    "change_pipeline",
    "change_webhook_secret",
    "continue_numbers",
    "fetch_list",
    "forget_expired_lists",
    "forget_lists_given",
    "forget_messages",
    "give_list",
    "issue_pipeline_key",
    "make_list",
    "order_list",
    "pause_pipeline",
    "queue_messages",
    "record_delivery",
    "record_trial",
    "register_pipeline",
    "release_lost_lists",
    "resume_pipeline",
    "retire_pipeline",
    "revoke_pipeline_key",
    "send_message",
    "stamp_of",
    "start_trials",
    "stop_trials",
    "tell_again",
]
