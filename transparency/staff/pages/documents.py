"""A policy document in a proposal: brought as a file or pasted, looked at as members would read it, then put in."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from transparency.register.clauses import LONGEST, written
from transparency.register.schema import Policy, PolicyKind
from transparency.review import actions, queries
from transparency.review.actions import BroughtPolicy, PolicyRehearsal
from transparency.review.models import Edit, Proposal
from transparency.staff.access import StaffRequest, opens, tried

BYTES = 4 * LONGEST
KINDS = (
    (PolicyKind.TERMS.value, "Terms"),
    (PolicyKind.PRIVACY.value, "Privacy policy"),
    (PolicyKind.OTHER.value, "Another document"),
)


class DocumentForm(forms.Form):
    """What one says of a document, and the document: a file, or else the text."""

    title = forms.CharField(max_length=80, help_text="As members know it: Privacy policy.")
    slug = forms.SlugField(
        max_length=60,
        label="Short name",
        help_text="In its address, for ever, and what uses cite it by: privacy-policy is “Privacy policy 3.2”.",
    )
    kind = forms.ChoiceField(choices=KINDS)
    version = forms.CharField(
        max_length=40, required=False, help_text="What you call this wording, if you number them: 4.1"
    )
    file = forms.FileField(required=False, max_length=200, label="A Markdown file, saved as UTF-8")
    text = forms.CharField(
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "true"}),
        label="Or the text itself, in Markdown",
        help_text="Number the clauses: “## 3.2 Training” or “3.2 We train …”. A line “Purposes: …” names purposes.",
    )

    def clean_file(self) -> str:
        given = self.cleaned_data["file"]
        if not given:
            return ""
        if given.size > BYTES:
            raise forms.ValidationError(f"The file is larger than {BYTES // 1000} kB. Make two documents of it.")
        try:
            return str(given.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError("The file is not text in UTF-8. Save it as Markdown or plain text.") from None

    @property
    def brought(self) -> BroughtPolicy:
        said = {name: self.cleaned_data[name] for name in ("slug", "title", "kind", "version")}
        return BroughtPolicy(**said, source=self.cleaned_data["file"] or self.cleaned_data["text"])


@opens("proposal.edit", "GET", "HEAD", "POST")
def document(request: StaffRequest, pk: int) -> HttpResponse:
    """The form of one document, ``?subject=`` names it; its answer shows what members would read."""
    proposal = get_object_or_404(Proposal, pk=pk)
    standing = _standing(proposal, request.GET.get("subject", ""))
    if request.method == "POST" and "remove" in request.POST and standing:
        return _removed(request, proposal, standing)
    form = DocumentForm(request.POST or None, request.FILES or None, initial=_initial(standing))
    if request.method != "POST" or not form.is_valid():
        context = {"proposal": proposal, "form": form, "standing": standing}
        return render(request, "staff/document.html", context, status=400 if request.method == "POST" else 200)
    return _answered(request, proposal, form.brought, standing)


def _standing(proposal: Proposal, slug: str) -> Policy | None:
    found = queries.records(queries.draft_register(proposal), Edit.Kind.POLICY).get(slug)
    if slug and found is None:
        raise Http404(f"There is no document “{slug[:60]}”.")
    return found if isinstance(found, Policy) else None


def _initial(standing: Policy | None) -> dict[str, str]:
    if standing is None:
        return {}
    said = {name: str(getattr(standing, name)) for name in ("slug", "title", "version")}
    return said | {"kind": standing.kind.value, "text": written(standing)}


def _answered(
    request: StaffRequest, proposal: Proposal, brought: BroughtPolicy, standing: Policy | None
) -> HttpResponse:
    rehearsed = actions.rehearse_policy(proposal=proposal, brought=brought)
    if "keep" in request.POST and not rehearsed.faults:
        version = request.POST.get("proposal_version", "")
        number = int(version) if version.isdecimal() and len(version) < 10 else -1

        def act() -> None:
            actions.bring_policy(by=request.user, proposal=proposal, version=number, brought=brought)

        if tried(request, act, "The document is in the proposal."):
            return redirect("staff:proposal", pk=proposal.pk)
    return _shown(request, proposal, brought, rehearsed, standing)


def _shown(
    request: StaffRequest,
    proposal: Proposal,
    brought: BroughtPolicy,
    rehearsed: PolicyRehearsal,
    standing: Policy | None,
) -> HttpResponse:
    said = {name: getattr(brought, name) for name in ("slug", "title", "kind", "version")}
    policy = rehearsed.policy
    context = {
        "proposal": proposal,
        "form": DocumentForm(initial=said | {"text": brought.source}),
        "rehearsed": rehearsed,
        "rows": [(one, rehearsed.resting.get(f"{policy.slug}/{one.number}", [])) for one in policy.clauses]
        if policy
        else [],
        "standing": standing,
    }
    return render(request, "staff/document.html", context, status=400 if rehearsed.faults else 200)


def _removed(request: StaffRequest, proposal: Proposal, standing: Policy) -> HttpResponse:
    version = request.POST.get("proposal_version", "")
    number = int(version) if version.isdecimal() and len(version) < 10 else -1

    def act() -> None:
        kind = Edit.Kind.POLICY
        actions.remove_record(by=request.user, proposal=proposal, version=number, kind=kind, subject=standing.slug)

    if not tried(request, act, "Proposed: the document is kept here no more."):
        messages.info(request, "Open the document again to remove it.")
    return redirect("staff:proposal", pk=proposal.pk)
