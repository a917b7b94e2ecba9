"""``/staff/history/``: who did what, when, from where? The address holds what is asked for, so it can be kept."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBadRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from transparency.accounts import queries
from transparency.accounts.models import HistoryEntry
from transparency.register.exports.cells import shielded
from transparency.staff import acts
from transparency.staff.access import StaffRequest, opens

ON_A_PAGE = 50
AT_ONCE = 2_000
COLUMNS = ("when", "who", "from", "act", "in words", "kind", "subject", "before", "after")
DAY = forms.DateInput(attrs={"type": "date"})


class HistoryForm(forms.Form):
    person = forms.TypedChoiceField(label="Who", required=False, coerce=int, empty_value=None)
    act = forms.ChoiceField(label="What", required=False)
    subject = forms.CharField(label="About", required=False, max_length=200)
    since = forms.DateField(label="From", required=False, widget=DAY)
    until = forms.DateField(label="To", required=False, widget=DAY)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        people = [(one.pk, one.name) for one in queries.who_acted()]
        self.fields["person"].choices = [("", "Everybody"), (0, "The system"), *people]  # type: ignore[attr-defined]  # of choices
        grouped = [(name, [(kind, f"All: {name.lower()}"), *verbs]) for kind, name, verbs in acts.groups()]
        self.fields["act"].choices = [("", "Everything"), *grouped]  # type: ignore[attr-defined]  # of choices

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since and until and until < since:
            self.add_error("until", f"This is before the day in “From”, {since:%d %B %Y}.")
        return told


@opens("staff.read")
def history(request: StaffRequest) -> HttpResponse:
    form = HistoryForm(request.GET)
    rows = queries.history(queries.Asked(**form.cleaned_data)) if form.is_valid() else HistoryEntry.objects.none()
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page", "")[:6])
    for entry in page:
        entry.words, entry.changes = acts.told(entry.verb, entry.before, entry.after)  # type: ignore[attr-defined]  # for the page
    kept = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context = {"form": form, "page": page, "kept": urlencode(kept), "narrowed": bool(kept)}
    return render(request, "staff/history.html", context, status=200 if form.is_valid() else 400)


@opens("staff.read")
def export(request: StaffRequest) -> HttpResponseBase:
    """All that is asked for, as CSV, the newest first."""
    form = HistoryForm(request.GET)
    if not form.is_valid():
        told = "; ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
        return HttpResponseBadRequest(told, content_type="text/plain; charset=utf-8")
    rows = queries.history(queries.Asked(**form.cleaned_data)).iterator(AT_ONCE)
    headers = {"Content-Disposition": 'attachment; filename="history.csv"'}
    return StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8", headers=headers)


def _lines(rows: Iterator[HistoryEntry]) -> Iterator[str]:
    """The table line by line; a mark at the start tells spreadsheets that it is UTF-8."""
    yield "\ufeff" + _line(COLUMNS)
    for row in rows:
        when, words = row.at.isoformat(timespec="seconds"), acts.in_words(row.verb)
        what = (row.verb, words, row.subject_kind, row.subject)
        yield _line((when, row.actor_name, row.origin, *what, _json(row.before), _json(row.after)))


def _line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(map(shielded, cells))
    return text.getvalue()


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
