"""``/uses/…``: why, on what basis, how long, who else, can I refuse, how do you know?"""

from django.http import Http404

from transparency.consent.scopes import of_use
from transparency.members.news import Asked, ahead
from transparency.members.questions import anchor
from transparency.members.reading import Reading


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
        "covers": reading.covers(shown.use),
        "ahead": ahead(Asked(category=shown.use.category, feature=feature), reading),
        "corrections": reading.corrected(f"use:{name}", f"feature:{feature}", f"category:{shown.use.category}"),
        "refusable": shown.refusal != "no",
        "anchor": anchor(of_use(shown.use.category, feature, stage)),
    }
    return "members/use.html", context


def _undeclared(reading: Reading, name: str) -> tuple[str, dict[str, object]]:
    row = next((row for row in reading.undeclared if f"{row.category}/{row.feature}/{row.stage}" == name), None)
    if row is None:
        raise Http404("We know no such use of your data.")
    context = {
        "reading": reading,
        "row": row,
        "category": reading.categories.get(row.category),
        "feature": reading.features.get(row.feature),
    }
    return "members/undeclared.html", context
