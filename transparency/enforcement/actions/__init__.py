"""The only writes of this room."""

from transparency.enforcement.actions.acknowledging import acknowledge
from transparency.enforcement.actions.deliveries import record_delivery
from transparency.enforcement.actions.pipelines import (
    SETTINGS,
    change_pipeline,
    issue_pipeline_key,
    pause_pipeline,
    register_pipeline,
    resume_pipeline,
    retire_pipeline,
    revoke_pipeline_key,
)

__all__ = [
    "SETTINGS",
    "acknowledge",
    "change_pipeline",
    "issue_pipeline_key",
    "pause_pipeline",
    "record_delivery",
    "register_pipeline",
    "resume_pipeline",
    "retire_pipeline",
    "revoke_pipeline_key",
]
