"""Reads of this room."""

from transparency.enforcement.models import Assignment, Pipeline

SCOPE = "pipeline:"


def scope_of(pipeline: Pipeline) -> str:
    """The scope of this pipeline's keys."""
    return f"{SCOPE}{pipeline.slug}"


def pipeline_named(slug: str) -> Pipeline | None:
    """The pipeline with this short name, unless it is paused or retired."""
    return Pipeline.objects.filter(slug=slug, active=True).first()


def is_assigned(pipeline: Pipeline, feature: str, stage: str) -> bool:
    return Assignment.objects.filter(pipeline=pipeline, feature=feature, stage=stage).exists()
