"""``/categories/``: where does this kind of my data go?"""

from django.http import Http404

from transparency.members.news import Asked, ahead
from transparency.members.reading import Reading, by_stage


def categories(reading: Reading) -> tuple[str, dict[str, object]]:
    return "members/categories.html", {"reading": reading}


def category(reading: Reading, key: str) -> tuple[str, dict[str, object]]:
    found = reading.categories.get(reading.aliases.get(key, key))
    if found is None:
        raise Http404(f"We know no kind of data called “{key[:80]}”.")
    family = {one.key for one in reading.family(found)}
    uses = reading.uses_of_family(found)
    context: dict[str, object] = {
        "reading": reading,
        "category": found,
        "parent": reading.categories.get(found.parent),
        "children": reading.children.get(found.key, []),
        "feeds": len({shown.use.feature for shown in uses}),
        "trains": len({shown.use.feature for shown in uses if shown.trains}),
        **by_stage(uses),
        "corrections": reading.corrected(f"category:{found.key}", *(f"use:{shown.use.id}" for shown in uses)),
        "undeclared": [row for row in reading.undeclared if row.category in family],
        "ahead": ahead(Asked(category=found.key), reading),
    }
    return "members/category.html", context
