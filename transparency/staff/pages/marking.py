"""Rules and bindings: what people say about assets."""

from django import forms
from django.core.paginator import Paginator
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.catalog import queries, said_wishes, searching
from transparency.catalog.models import Asset, Binding, ClassificationRule
from transparency.members import reading
from transparency.register import queries as said
from transparency.staff.access import StaffRequest, opens
from transparency.staff.asking import tried_or_asked
from transparency.staff.sensitive import waiting

SHOWN, ON_A_PAGE, FOUND = 500, 200, 50
COUNTS = "It counts from now on."
# A field called plainly “matches” would hide the browser's own form.matches().
PREFIX = "rule"
AN_ASSET = RegexValidator(
    rf"\A({'|'.join(Asset.Kind.values)}):.",
    "Write the key as its page under Assets has it, e.g. model:mlflow://models/ranker.",
)
# The browser offers what the register knows, from the list of that name on the page.
KNOWN = {"list": "known", "autocomplete": "off"}


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = ClassificationRule
        fields = ("matches", "pattern", "category", "note")
        labels = {"matches": "Looks at", "category": "Says it is"}  # noqa: RUF012 - Django's own way
        widgets = {"category": forms.TextInput(attrs=KNOWN)}  # noqa: RUF012 - Django's own way


class OfAnAsset(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What names an asset by its key: a slip in its first word would name nothing, ever."""

    def clean_key(self) -> str:
        AN_ASSET(key := str(self.cleaned_data["key"]).strip())
        return key


class BindingForm(OfAnAsset):
    class Meta:
        model = Binding
        fields = ("key", "feature", "stage", "note")
        labels = {"key": "Key of the asset"}  # noqa: RUF012 - Django's own way
        widgets = {"feature": forms.TextInput(attrs=KNOWN)}  # noqa: RUF012 - Django's own way


@opens("staff.read")
def rules(request: StaffRequest) -> HttpResponse:
    """The rules in order; with ``?matches=`` and ``?pattern=``, also what such a rule would label."""
    asked = request.GET.get("key", "")[:1100]
    tries = f"{PREFIX}-matches" in request.GET
    form = RuleForm(request.GET if tries else None, prefix=PREFIX)
    matches, pattern = (request.GET.get(f"{PREFIX}-{name}", "")[:1100] for name in ("matches", "pattern"))
    preview = queries.rule_preview(matches, pattern) if pattern and matches in ClassificationRule.Matches else None
    context = {
        "rules": Paginator(ClassificationRule.objects.all(), ON_A_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "preview": preview,
        "wishes": waiting(request.user, timezone.now(), subject_kind="rule"),
        "asked": asked,
        "categories": said.newest_register()[1].categories,
    }
    return render(request, "staff/rules.html", context)


@opens("catalog.edit", "POST")
def add_rule(request: StaffRequest) -> HttpResponse:
    form = RuleForm(request.POST, prefix=PREFIX)
    if not form.is_valid():
        return render(request, "staff/form.html", {"form": form, "heading": "A new rule"}, status=400)
    subject = str(ClassificationRule(**form.cleaned_data))
    tried_or_asked(request, COUNTS, verb="rule.add", subject_kind="rule", subject=subject, facts=form.cleaned_data)
    return redirect("staff:rules")


@opens("catalog.edit", "POST")
def change_rule(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    """Remove it, or let it be tried at the place that is sent."""
    rule, place = get_object_or_404(ClassificationRule, pk=pk), request.POST.get("place", "")
    number = int(place) if place.isdecimal() and len(place) < 9 else 0
    facts = said_wishes.gone(rule) if verb == "remove" else said_wishes.moved(rule, number)
    tried_or_asked(request, "Done.", verb=f"rule.{verb}", subject_kind="rule", subject=str(rule), facts=facts)
    return redirect("staff:rules")


@opens("staff.read")
def bindings(request: StaffRequest) -> HttpResponse:
    asked = request.GET.get("q", "")[:200].replace("\0", "")
    found = searching.keys_with(asked, FOUND, columns=False) if asked else []
    context = {
        "bindings": Binding.objects.order_by("feature", "stage")[:SHOWN],
        "found": found,
        "most": FOUND,
        "wishes": waiting(request.user, timezone.now(), subject_kind="binding"),
        "asked": asked,
        "form": BindingForm(initial={"key": request.GET.get("key", "")[:1100]}),
        "features": said.newest_register()[1].features,
        "reading": reading.now(timezone.now()),
    }
    return render(request, "staff/bindings.html", context)


@opens("catalog.edit", "POST")
def add_binding(request: StaffRequest) -> HttpResponse:
    form = BindingForm(request.POST)
    if not form.is_valid():
        return render(request, "staff/form.html", {"form": form, "heading": "A new binding"}, status=400)
    subject = str(Binding(**form.cleaned_data))
    what = {"verb": "binding.add", "subject_kind": "binding", "subject": subject, "facts": form.cleaned_data}
    tried_or_asked(request, COUNTS, **what)
    return redirect("staff:bindings")


@opens("catalog.edit", "POST")
def remove_binding(request: StaffRequest, pk: int) -> HttpResponse:
    binding = get_object_or_404(Binding, pk=pk)
    what = {"subject_kind": "binding", "subject": str(binding), "facts": said_wishes.gone(binding)}
    tried_or_asked(request, "Removed.", verb="binding.remove", **what)
    return redirect("staff:bindings")
