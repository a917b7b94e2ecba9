"""Reads of suggestions: what waits for a decision, what was decided, and what a wider rule would label."""

from dataclasses import dataclass

from django.db.models import IntegerField, QuerySet
from django.db.models.expressions import Func
from django.db.models.functions import Cast

from transparency.catalog import region
from transparency.catalog.keys import dataset_of, field_of
from transparency.catalog.models import Asset, ClassificationRule, Label, Suggesting, Suggestion
from transparency.catalog.queries import RulePreview, matched, preview_of
from transparency.catalog.speaking import COMMON
from transparency.catalog.words import name_words, plain_words

WIDEST = 20_000  # assets upstream of one beyond which only its own columns are looked at
SHOWN = 20
SORTS = {
    "changes": ("-new", "-reach", "-weight", "key", "category"),
    "weight": ("-weight", "-new", "key", "category"),
    "newest": ("-found_at", "key", "category"),
    "name": ("key", "category"),
}


@dataclass(frozen=True)
class Asked:
    """What somebody looks for among the suggestions; empty fields don't narrow.

    ``key`` is an asset: then what is suggested of it, of its columns, and of what its data comes from.
    """

    state: str = Suggestion.State.OPEN
    category: str = ""
    feature: str = ""
    least: int = 0
    text: str = ""
    key: str = ""
    sort: str = "changes"


def suggestions(asked: Asked) -> QuerySet[Suggestion]:
    """Suggestions as they are asked for; those that would change most first, unless said otherwise."""
    found = Suggestion.objects.filter(state=asked.state).select_related("decided_by")
    found = found.filter(category=asked.category) if asked.category else found
    found = found.filter(features__contains=[asked.feature]) if asked.feature else found
    found = found.filter(weight__gte=asked.least) if asked.least else found
    found = found.filter(key__icontains=asked.text) if asked.text else found
    found = found.filter(key__in=_upstream(asked.key)) if asked.key else found
    found = found.annotate(new=_length("news"), reach=_length("features"))
    return found.order_by(*SORTS.get(asked.sort, SORTS["changes"]))


def _length(field: str) -> Func:
    return Cast(Func(field, function="jsonb_array_length"), IntegerField())


def _upstream(key: str) -> list[str]:
    """The keys of suggestions about the asset, its columns, and everything from which its data comes."""
    known = Asset.objects.filter(key__in=Suggestion.objects.values("key")).values_list("pk", "key")
    try:
        rows = set(region.upstream([key], WIDEST))
    except region.TooWide:
        return sorted({one for _, one in known if key in (one, dataset_of(one))})
    return sorted({one for row, one in known if row in rows})


def suggested_of(key: str) -> list[Suggestion]:
    """What is suggested of an asset or of its columns, and what was decided, the weightiest first."""
    there = Suggestion.objects.exclude(state=Suggestion.State.GONE).select_related("decided_by")
    own = (
        there.filter(key__startswith=f"column:{key.removeprefix('dataset:')}#") if key.startswith("dataset:") else None
    )
    return list((there.filter(key=key) if own is None else own).order_by("-weight", "key")[:SHOWN])


def how_many() -> tuple[int, int]:
    """How many suggestions wait for a decision, and how many columns were too many to be looked at."""
    last = Suggesting.objects.filter(pk=1).first()
    return Suggestion.objects.filter(state=Suggestion.State.OPEN).count(), last.left_out if last else 0


@dataclass(frozen=True)
class Wider:
    """What a rule for every column of such a name would do.

    ``labelled`` counts what it would match in vain, since an earlier rule labels it; ``rejected`` are columns of which
    somebody said that they do not hold it.
    """

    preview: RulePreview
    labelled: int
    rejected: list[str]


def wider(suggestion: Suggestion, pattern: str) -> Wider:
    """Try a pattern for column names against the catalog as it is, without saving anything."""
    found = matched(ClassificationRule.Matches.COLUMN, pattern)
    keys = {asset.key for asset in found}
    labelled = keys.intersection(Label.objects.values_list("key", flat=True))
    no = Suggestion.objects.filter(category=suggestion.category, state=Suggestion.State.REJECTED)
    refused = sorted(keys.difference(labelled).intersection(no.values_list("key", flat=True)))
    return Wider(preview_of(found), len(labelled), refused[:SHOWN])


def pattern_for(suggestion: Suggestion) -> str:
    """A pattern for names like the column's: the words in it that tell something, with whatever is around them."""
    name = field_of(suggestion.key)
    words = plain_words(name)
    telling = [word for word in words if not set(name_words(word)) <= COMMON] or list(words)
    return f"*{'*'.join(telling)}*" if telling and "*" not in name and "?" not in name else name
