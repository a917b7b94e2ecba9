"""Kinds of data and AI features that can be chosen from a list: what our record knows, and what rules already name."""

from collections.abc import Mapping

from transparency.catalog import queries
from transparency.register.schema import Register

Names = Mapping[str, str]
"""By key, what people call it; the key itself where only a rule or a binding names it so far."""


def categories_and_features(register: Register) -> tuple[Names, Names]:
    """Both, by key: one query, whatever the size of the graph."""
    ruled, bound = queries.spoken_of()
    categories = {key: key for key in ruled} | {one.key: one.name for one in register.categories}
    features = {slug: slug for slug in bound} | {one.slug: one.name for one in register.features}
    return categories, features


def by_name(known: Names, asked: str = "") -> list[tuple[str, str]]:
    """Each with its name, for a list to choose from. What was asked stands in it too, so that it is seen again."""
    named = {asked: asked} | dict(known) if asked else known
    return sorted(named.items(), key=lambda one: one[1].casefold())
