"""``/choices/history/``: everything that I ever chose, to read and to keep."""

import re
from collections.abc import Iterator
from itertools import chain, islice

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.consent import history as table
from transparency.consent import queries
from transparency.consent.models import Choice, Origin
from transparency.consent.precedence import Decision
from transparency.consent.words import name_of
from transparency.members.access import members_only
from transparency.members.press import reading_at
from transparency.register.schema import Register

ON_A_PAGE = 50
SEQUENCE = re.compile(r"[1-9][0-9]{0,17}")


@require_safe
@members_only
def history(request: HttpRequest, key: str) -> HttpResponse:
    """The newest first, so many on a page; ``before`` is the number of the last one on the page before."""
    given = request.GET.getlist("before")
    if given and not (len(given) == 1 and SEQUENCE.fullmatch(given[0])):
        raise Http404("This page of your history does not exist.")
    rows = queries.choices_of(key)
    older = rows.filter(sequence__lt=int(given[0])) if given else rows
    found = list(older[: ON_A_PAGE + 1])
    here = reading_at(timezone.now())
    context = {
        "reading": here,
        "lines": [_line(row, here.register) for row in found[:ON_A_PAGE]],
        "older": found[ON_A_PAGE - 1].sequence if len(found) > ON_A_PAGE else None,
        "newest": not given,
    }
    return render(request, "members/history.html", context)


@require_safe
@members_only
def history_json(request: HttpRequest, key: str) -> HttpResponseBase:
    return _to_keep(table.as_json(_lines(key)), "json", "application/json")


@require_safe
@members_only
def history_csv(request: HttpRequest, key: str) -> HttpResponseBase:
    return _to_keep(table.as_csv(_lines(key)), "csv", "text/csv; charset=utf-8")


def _lines(key: str) -> Iterator[table.Line]:
    """All of them. The first are read at once: where nothing can be read, no answer has begun."""
    register, rows = reading_at(timezone.now()).register, queries.all_choices_of(key)
    first = list(islice(rows, 1))
    return (_line(row, register) for row in chain(first, rows))


def _line(row: Choice, register: Register) -> table.Line:
    return table.Line(
        sequence=row.sequence,
        at=row.at,
        decision=Decision(row.decision).name.lower(),
        about=name_of(row.scope.name, register),
        scope=row.scope.name,
        through=str(Origin(row.origin).label),
        edition=row.edition,
        receipt=str(row.reference),
    )


def _to_keep(parts: Iterator[str], ending: str, form: str) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="your-choices.{ending}"'}
    return StreamingHttpResponse(parts, content_type=form, headers=headers)
