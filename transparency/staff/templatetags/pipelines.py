"""What pages say of pipelines."""

from django import template

from transparency.enforcement.models import STAGES
from transparency.enforcement.wording import JUDGED, age
from transparency.staff import acts

register = template.Library()


@register.filter
def judged(verdict: str) -> str:
    """What is to be said of a run."""
    return JUDGED.get(verdict, verdict)


@register.filter
def age_in_words(seconds: int) -> str:
    return age(seconds)


@register.filter
def stage_name(stage: str) -> str:
    return dict(STAGES).get(stage, stage).lower()


@register.filter
def act_in_words(verb: str) -> str:
    return acts.in_words(verb)
