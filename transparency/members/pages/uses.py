"""``/uses/…``: why, on what basis, how long, who else, can I refuse, how do you know?"""

from datetime import timedelta

from django.http import Http404

from transparency.consent.scopes import of_use
from transparency.members.news import Asked, ahead
from transparency.members.pages.policies import to_come
from transparency.members.questions import anchor
from transparency.members.reading import Reading
from transparency.register import queries


def use(reading: Reading, category: str, feature: str, stage: str) -> tuple[str, dict[str, object]]:
    name = f"{reading.aliases.get(category, category)}/{feature}/{stage}"
    shown = reading.uses_by_id.get(name)
    if shown is None:
        return _undeclared(reading, name)
    together = reading.uses_by_feature[shown.use.feature]
    context = {
        "reading": reading,
        "shown": shown,
        "use": shown.use,
        "siblings": [one for one in together if one.category == shown.category and one.use.stage != shown.use.stage],
        "covers": [(one, to_come(reading, one.policy.slug, one.clause.number)) for one in reading.covers(shown.use)],
        "ahead": ahead(Asked(category=shown.use.category, feature=feature), reading),
        "corrections": reading.corrected(f"use:{name}", f"feature:{feature}", f"category:{shown.use.category}"),
        "refusable": shown.refusal != "no",
        "anchor": anchor(of_use(shown.use.category, feature, stage)),
    }
    return "members/use.html", context


def _undeclared(reading: Reading, name: str) -> tuple[str, dict[str, object]]:
    row = next((row for row in reading.undeclared if f"{row.category}/{row.feature}/{row.stage}" == name), None)
    if row is None:
        return _ended(reading, name)
    context = {
        "reading": reading,
        "row": row,
        "category": reading.categories.get(row.category),
        "feature": reading.features.get(row.feature),
        "ahead": ahead(Asked(category=row.category, feature=row.feature), reading),
    }
    return "members/undeclared.html", context


def _ended(reading: Reading, name: str) -> tuple[str, dict[str, object]]:
    """Links to a use outlive it: on pages of past days, in receipts, in letters."""
    with_it = queries.ended(name, upto=reading.number)
    last = queries.before(with_it) if with_it else None
    if with_it is None or last is None:
        raise Http404("We know no such use of your data.")
    then = Reading(queries.document(last).register, last.number).uses_by_id[name]
    day_before = with_it.effective_at.date() - timedelta(days=1)
    context = {
        "reading": reading,
        "then": then,
        "edition": with_it,
        "last": last,
        "day": day_before.isoformat() if last.effective_at.date() <= day_before else "",
        "category": reading.categories.get(then.category.key),
        "feature": reading.features.get(then.feature.slug),
    }
    return "members/ended.html", context
