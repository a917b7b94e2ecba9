"""Uses in a spreadsheet, and inventories: brought into a proposal as files, after a rehearsal."""

from pathlib import PurePath

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from transparency.register import queries as said
from transparency.register.exports.uses import write_uses
from transparency.review import actions, queries
from transparency.review.models import Proposal
from transparency.review.spreadsheet import BYTES
from transparency.staff.access import StaffRequest, opens, tried

FORMS = {
    actions.TABLE: "A table of uses, saved as “CSV UTF-8”",
    actions.INVENTORY: "An inventory in Fideslang (YAML)",
}
ENDINGS = {".csv": actions.TABLE, ".yml": actions.INVENTORY, ".yaml": actions.INVENTORY}


class FileForm(forms.Form):
    form = forms.ChoiceField(label="What it is", choices=list(FORMS.items()))
    table = forms.FileField(label="The file", max_length=200)
    whole = forms.BooleanField(label="Take out the uses that are not in it", required=False)

    def clean_table(self) -> bytes:
        given = self.cleaned_data["table"]
        if given.size > BYTES:
            raise forms.ValidationError(f"The file is larger than {BYTES // 1024 // 1024} MB. Import it in parts.")
        form = self.cleaned_data.get("form", "")
        meant = ENDINGS.get(PurePath(given.name).suffix.lower(), form)
        if form and meant != form:
            raise forms.ValidationError(f"By its name this is something else. Choose “{FORMS[meant]}” above.")
        return bytes(given.read())


@opens("staff.read")
def uses(request: StaffRequest) -> HttpResponse:
    """All uses of the newest edition, or of a proposal, as CSV."""
    number = request.GET.get("proposal", "")
    proposal = get_object_or_404(Proposal, pk=int(number)) if number.isdecimal() and len(number) < 15 else None
    register = queries.draft_register(proposal) if proposal else said.newest_register()[1]
    headers = {"Content-Disposition": 'attachment; filename="uses.csv"'}
    return HttpResponse(write_uses(register.uses), content_type="text/csv; charset=utf-8", headers=headers)


@opens("proposal.edit", "GET", "HEAD", "POST")
def table(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose a file; the answer says what it would change, or line by line what is wrong with it."""
    proposal = get_object_or_404(Proposal, pk=pk)
    form = FileForm(request.POST or None, request.FILES or None)
    context = {"proposal": proposal, "form": form, "newest": proposal.base}
    if request.method != "POST" or not form.is_valid():
        return render(request, "staff/table.html", context, status=400 if request.method == "POST" else 200)
    given = form.cleaned_data
    brought = actions.Brought(given["table"], given["form"], given["whole"])
    rehearsed = actions.rehearse_import(proposal=proposal, brought=brought)
    context |= {"form": FileForm(initial={"form": brought.form}), "rehearsed": rehearsed, "brought": brought}
    if not rehearsed.faults:
        context["text"] = brought.data.decode("utf-8-sig")
    return render(request, "staff/table.html", context, status=400 if rehearsed.faults else 200)


@opens("proposal.edit", "POST")
def bring(request: StaffRequest, pk: int) -> HttpResponse:
    """Import what was rehearsed; it is read anew, so nothing counts that has changed meanwhile."""
    proposal = get_object_or_404(Proposal, pk=pk)
    version, data = request.POST.get("version", ""), request.POST.get("text", "").encode("utf-8", "replace")
    number = int(version) if version.isdecimal() and len(version) < 10 else -1
    form = request.POST.get("form", actions.TABLE)
    brought = actions.Brought(data, form if form in FORMS else actions.TABLE, bool(request.POST.get("whole")))
    confirmed = bool(request.POST.get("confirmed"))

    def act() -> None:
        actions.import_file(by=request.user, proposal=proposal, version=number, brought=brought, confirmed=confirmed)

    done = tried(request, act, "All of the file is in the proposal.")
    return redirect("staff:proposal" if done else "staff:table", pk=pk)
