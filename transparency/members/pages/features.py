"""``/features/``: what does this feature know of me?"""

from django.http import Http404

from transparency.consent.scopes import of_feature
from transparency.members.news import Asked, ahead
from transparency.members.questions import anchor
from transparency.members.reading import Reading, by_stage


def features(reading: Reading) -> tuple[str, dict[str, object]]:
    return "members/features.html", {"reading": reading}


def feature(reading: Reading, slug: str) -> tuple[str, dict[str, object]]:
    found = reading.features.get(slug)
    if found is None:
        raise Http404(f"We know no AI feature called “{slug[:80]}”.")
    uses = reading.uses_by_feature.get(slug, [])
    context: dict[str, object] = {
        "reading": reading,
        "feature": found,
        "kinds": len({shown.use.category for shown in uses}),
        **by_stage(uses),
        "refusable": any(shown.refusal != "no" for shown in uses),
        "corrections": reading.corrected(f"feature:{slug}", *(f"use:{shown.use.id}" for shown in uses)),
        "anchor": anchor(of_feature(slug)),
        "ahead": ahead(Asked(feature=slug), reading),
        "undeclared": [row for row in reading.undeclared if row.feature == slug],
    }
    return "members/feature.html", context
