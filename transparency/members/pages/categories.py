"""``/categories/``: where does this kind of my data go?"""

from django.http import Http404

from transparency.members.reading import Reading


def categories(reading: Reading) -> tuple[str, dict[str, object]]:
    return "members/categories.html", {"reading": reading}


def category(reading: Reading, key: str) -> tuple[str, dict[str, object]]:
    found = reading.categories.get(reading.aliases.get(key, key))
    if found is None:
        raise Http404(f"We know no kind of data called “{key[:80]}”.")
    children = [one for one in reading.register.categories if one.parent == found.key]
    uses = [shown for one in (found, *children) for shown in reading.uses_by_category.get(one.key, [])]
    context = {
        "reading": reading,
        "category": found,
        "parent": reading.categories.get(found.parent),
        "children": children,
        "training": [shown for shown in uses if shown.trains],
        "other": [shown for shown in uses if not shown.trains],
        "undeclared": [row for row in reading.undeclared if row.category == found.key],
    }
    return "members/category.html", context
