"""``/``: what of mine feeds which AI?"""

from transparency.members.matrix import matrix
from transparency.members.news import Asked, ahead
from transparency.members.picture import pictures
from transparency.members.reading import Reading
from transparency.register import queries


def overview(reading: Reading) -> tuple[str, dict[str, object]]:
    if not reading.number:
        return "members/nothing_yet.html", {"reading": reading}
    latest = queries.edition(reading.number)
    context = {
        "reading": reading,
        "pictures": pictures(reading),
        "matrix": matrix(reading),
        "latest": latest,
        "ahead": ahead(Asked(), reading),
    }
    return "members/overview.html", context


def how(reading: Reading) -> tuple[str, dict[str, object]]:
    """``/how/``: how do you know?"""
    return "members/how.html", {"reading": reading}
