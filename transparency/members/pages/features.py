"""``/features/``: what does this feature know of me?"""

from django.http import Http404

from transparency.members.reading import Reading


def features(reading: Reading) -> tuple[str, dict[str, object]]:
    return "members/features.html", {"reading": reading}


def feature(reading: Reading, slug: str) -> tuple[str, dict[str, object]]:
    found = reading.features.get(slug)
    if found is None:
        raise Http404(f"We know no AI feature called “{slug[:80]}”.")
    uses = reading.uses_by_feature.get(slug, [])
    context = {
        "reading": reading,
        "feature": found,
        "training": [shown for shown in uses if shown.trains],
        "other": [shown for shown in uses if not shown.trains],
        "undeclared": [row for row in reading.undeclared if row.feature == slug],
    }
    return "members/feature.html", context
