"""What pages say of pipelines."""

from django import template

from transparency.enforcement.wording import BRIEFLY, age
from transparency.staff import acts

register = template.Library()


@register.filter
def briefly(verdict: str) -> str:
    """What is to be said of a run."""
    return BRIEFLY.get(verdict, verdict)


@register.filter
def age_in_words(seconds: int) -> str:
    return age(seconds)


@register.filter
def scope_in_words(scope: str) -> str:
    return acts.scope_in_words(scope)


@register.filter
def act_in_words(verb: str) -> str:
    return acts.in_words(verb)
