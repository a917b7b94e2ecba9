"""``/staff/names/``: which names are one, which are not, and what does not count?"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.catalog.actions.naming import check
from transparency.catalog.cards import JoinedName, joined_names
from transparency.catalog.models import Apart, NameRule
from transparency.catalog.places import places
from transparency.catalog.trials import Tried, try_rule, would
from transparency.members import reading
from transparency.staff.access import StaffRequest, opens
from transparency.staff.asking import tried_or_asked
from transparency.staff.sensitive import waiting

SHOWN, LONGEST = 200, 1100
# A name of its own: a field called plainly “kind” or “source” is met elsewhere on the page.
PREFIX = "rule"
WHY = "Say why, so that others understand it next year."


class NameForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = NameRule
        fields = ("kind", "namespace", "same_as", "source", "reason")
        labels = {  # noqa: RUF012 - Django's own way
            "namespace": "Of names in",
            "source": "Told by",
            "reason": "Why it is so",
        }
        help_texts = {"reason": "e.g. “Snowflake ignores case.”"}  # noqa: RUF012 - Django's own way
        widgets = {  # noqa: RUF012 - Django's own way
            "namespace": forms.TextInput(attrs={"list": "places", "autocomplete": "off"}),
            "same_as": forms.TextInput(attrs={"list": "places", "autocomplete": "off"}),
            "reason": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].empty_label = "Every source"  # type: ignore[attr-defined]  # it chooses among models

    def clean(self) -> dict[str, Any]:
        """What a rule may say beside the rules that stand is the room's own to tell."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                check(NameRule(**cleaned))
            except ValidationError as invalid:
                self.add_error(None, invalid)
        return cleaned

    def _post_clean(self) -> None:
        """The room has looked at the whole already."""

    def facts(self) -> dict[str, str]:
        """What is asked for."""
        source = self.cleaned_data["source"]
        return {**self.cleaned_data, "source": source.slug if source else ""}


class ApartForm(forms.Form):
    reason = forms.CharField(max_length=1000, label="Why they are two", widget=forms.Textarea(attrs={"rows": 3}))


@opens("staff.read")
def names(request: StaffRequest) -> HttpResponse:
    """The rules and what is kept apart; with a whole rule in the address, also what it would do."""
    tries = f"{PREFIX}-kind" in request.GET and request.user.role == "editor"
    form = NameForm(request.GET if tries else None, prefix=PREFIX, initial=_offered(request))
    return _names(request, form, _tried(form, request) if tries and form.is_valid() else None)


def _names(request: StaffRequest, form: NameForm, tried: Tried | None, status: int = 200) -> HttpResponse:
    search = request.GET.get("q", "")[:200].replace("\0", "")
    found = places(search)
    context = {
        "rules": NameRule.objects.select_related("author", "agreed_by", "source")[:SHOWN],
        "apart": Apart.objects.select_related("author", "agreed_by")[:SHOWN],
        "places": found,
        "asked": search,
        "form": form,
        "tried": tried,
        "reading": reading.now(timezone.now()),
        "wishes": waiting(request.user, timezone.now(), subject_kind="names"),
    }
    return render(request, "staff/names.html", context, status=status)


def _offered(request: StaffRequest) -> dict[str, str]:
    """What a link fills in."""
    return {name: request.GET.get(name, "")[:LONGEST] for name in ("kind", "namespace", "same_as")}


def _tried(form: NameForm, request: StaffRequest) -> Tried:
    rule = NameRule(**form.cleaned_data, author=request.user)
    return try_rule(rule, timezone.now())


@opens("catalog.edit", "POST")
def add_rule(request: StaffRequest) -> HttpResponse:
    form = NameForm(request.POST, prefix=PREFIX)
    if not form.is_valid():
        return _names(request, form, None, status=400)
    facts = form.facts()
    subject = f"{facts['namespace']}: {NameRule.Kind(facts['kind']).label}"
    done = "The rule counts from now on. What is seen follows in a moment."
    tried_or_asked(request, done, verb="names.rule", subject_kind="names", subject=subject, facts=facts)
    return redirect("staff:names")


@opens("catalog.edit", "POST")
def remove_rule(request: StaffRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(NameRule.objects.select_related("source"), pk=pk)
    source = rule.source.slug if rule.source else ""
    facts = {"kind": rule.kind, "namespace": rule.namespace, "source": source}
    tried_or_asked(
        request, "It holds no more.", verb="names.unrule", subject_kind="names", subject=str(rule), facts=facts
    )
    return redirect("staff:names")


@opens("catalog.edit", "GET", "HEAD", "POST")
def part(request: StaffRequest) -> HttpResponse:
    """Keep apart the two names that ``?key=`` and ``?other=`` say, which must be one now."""
    joined = _joined(request)
    form = ApartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        facts = {"key": joined.key, "other": joined.canonical_key, "reason": form.cleaned_data["reason"]}
        done = "They are two from now on. What is seen follows in a moment."
        tried_or_asked(request, done, verb="names.part", subject_kind="names", subject=joined.key, facts=facts)
        return redirect("staff:names")
    at, two = timezone.now(), {"key": joined.key, "other": joined.canonical_key}
    effect = would(lambda: Apart.objects.create(**two, reason=WHY, author=request.user), at)
    context = {"joined": joined, "form": form, "would": effect, "reading": reading.now(at)}
    return render(request, "staff/part.html", context, status=400 if form.errors else 200)


def _joined(request: StaffRequest) -> JoinedName:
    key, other = (request.GET.get(name, "")[:LONGEST].replace("\0", "") for name in ("key", "other"))
    for one in joined_names(key):
        if (one.key, one.canonical_key) == (key, other) and one.apart is None:
            return one
    raise Http404("These two names are not one now.")


@opens("catalog.edit", "POST")
def join(request: StaffRequest, pk: int) -> HttpResponse:
    apart = get_object_or_404(Apart, pk=pk)
    facts = {"key": apart.key, "other": apart.other}
    done = "They are one again, as far as sources and rules say so."
    tried_or_asked(request, done, verb="names.join", subject_kind="names", subject=apart.key, facts=facts)
    return redirect("staff:names")
