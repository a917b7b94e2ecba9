"""A catalog in which one column is suggested, and what a worker does to find it."""

from datetime import timedelta

from tests.catalog.builders import NOON, flow
from transparency.catalog import actions
from transparency.catalog.models import Suggestion
from transparency.catalog.suggesting import Category

SOON = NOON + timedelta(hours=1)
EMAIL, PLACE, SALARY = "contact.email", "profile.place", "work.salary"
CATEGORIES = [
    Category(EMAIL, "E-mail address", keywords=("E-mail addresses",)),
    Category(PLACE, "Where you live", keywords=("Your town",)),
    Category(SALARY, "Salary", "What you earn.", ("Bonus",)),
]
OF_EMAIL = [flow("users.email", "features.email"), flow("features.email", "model ranker")]
TAGS = {"users.email": "pii", "users.city": "place"}


def look(at=SOON):
    """What a worker does after a refresh."""
    actions.recompute(at=at)
    actions.suggest_labels(at=at, categories=CATEGORIES)
    return {(one.key, one.category): one for one in Suggestion.objects.order_by("key", "category")}


def states():
    return {(one.key, one.category): one.state for one in Suggestion.objects.all()}


def the_one():
    return Suggestion.objects.get()
