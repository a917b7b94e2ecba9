"""``/staff/explain/``: by which ways does this data reach that feature, or why does it not?"""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from transparency.catalog import queries
from transparency.catalog.explain import Explanation, explain
from transparency.catalog.models import Counted, Stage
from transparency.members.press import reading_at
from transparency.staff.access import StaffRequest, opens
from transparency.staff.layers import layers

LENGTHS = {"category": 120, "feature": 60, "stage": 12}
SHOWN = 200


@opens("staff.read")
def explaining(request: StaffRequest) -> HttpResponse:
    """A form; with ``?category=``, ``?feature=`` and ``?stage=`` the answer, with fewer what is seen of them."""
    asked = {name: request.GET.get(name, "")[:most].replace("\0", "").strip() for name, most in LENGTHS.items()}
    at = timezone.now()
    answer = explain(**asked, at=at) if all(asked.values()) else None
    reads, (categories, features) = reading_at(at), queries.spoken_of()
    if answer:
        seen = queries.seen_beside(asked["category"], asked["feature"])[:SHOWN]
    else:
        seen = list(queries.observations_of(**asked)[:SHOWN])
    context = {
        "asked": asked,
        "stages": Stage.choices,
        "answer": answer,
        "counted": _counted(answer),
        "picture": layers(answer.ways, answer.breaking) if answer and answer.ways else None,
        "seen": seen,
        "narrowed": any(asked.values()),
        "reading": reads,
        "categories": _named(asked["category"], ((one.key, one.name) for one in reads.register.categories), categories),
        "features": _named(asked["feature"], ((one.slug, one.name) for one in reads.register.features), features),
    }
    return render(request, "staff/explain.html", context)


def _counted(answer: Explanation | None) -> Counted | None:
    """Who said that looking counts, where it is only looked at."""
    if answer is None or answer.direct:
        return None
    return queries.what_counts_it(answer.category, answer.feature, answer.stage)


def _named(asked: str, known: Iterable[tuple[str, str]], others: Sequence[str]) -> list[tuple[str, str]]:
    """What can be chosen, by name: what our record knows, what may be seen without being declared, what was asked."""
    names = dict(known)
    names |= {key: key for key in (*others, asked) if key and key not in names}
    return sorted(names.items(), key=lambda one: one[1].casefold())
