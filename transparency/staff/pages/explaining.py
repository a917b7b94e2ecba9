"""``/staff/explain/``: by which ways does this data reach that feature, or why does it not?"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from transparency.catalog import queries
from transparency.catalog.explain import Explanation, explain
from transparency.catalog.models import Counted, Stage
from transparency.members.press import reading_at
from transparency.staff.access import StaffRequest, opens
from transparency.staff.known import Names, by_name, categories_and_features
from transparency.staff.layers import Layers, layers

LENGTHS = {"category": 120, "feature": 60, "stage": 12}
SHOWN = 200
NOT_KNOWN = {
    "category": "No kind of data has the key “{}”: no rule finds it, and our record does not name it.",
    "feature": "No AI feature has the key “{}”: nothing is bound to it, and our record does not name it.",
    "stage": "There is no stage “{}”.",
}


@opens("staff.read")
def explaining(request: StaffRequest) -> HttpResponse:
    """A form; with ``?category=``, ``?feature=`` and ``?stage=`` the answer, with fewer what is seen of them."""
    asked = {name: request.GET.get(name, "")[:most].replace("\0", "").strip() for name, most in LENGTHS.items()}
    at = timezone.now()
    reads = reading_at(at)
    categories, features = categories_and_features(reads.register)
    known: dict[str, Names] = {"category": categories, "feature": features, "stage": dict(Stage.choices)}
    unknown = [NOT_KNOWN[name].format(text) for name, text in asked.items() if text and text not in known[name]]
    answer = explain(**asked, at=at) if all(asked.values()) and not unknown else None
    if answer:
        seen = queries.seen_beside(asked["category"], asked["feature"])[:SHOWN]
    else:
        seen = list(queries.observations_of(**asked)[:SHOWN])
    context = {
        "asked": asked,
        "stages": Stage.choices,
        "answer": answer,
        "unknown": unknown,
        "counted": _counted(answer),
        "picture": _picture(answer),
        "seen": seen,
        "narrowed": any(asked.values()),
        "reading": reads,
        "categories": by_name(categories, asked["category"]),
        "features": by_name(features, asked["feature"]),
    }
    return render(request, "staff/explain.html", context)


def _picture(answer: Explanation | None) -> Layers | None:
    if answer is None or not answer.ways:
        return None
    return layers(answer.ways, [(one.start, one.end) for one in answer.breaking])


def _counted(answer: Explanation | None) -> Counted | None:
    """Who said that looking counts, where it is only looked at."""
    if answer is None or answer.direct:
        return None
    return queries.what_counts_it(answer.category, answer.feature, answer.stage)
