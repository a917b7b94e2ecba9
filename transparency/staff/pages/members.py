"""``/staff/members/``: a member asked us for something. No address and no history of these pages says who.

Staff record refusals and never see what a member chose: whoever asks can't be shown to be who they say they are.
"""

from collections.abc import Iterator

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from transparency.accounts.member_keys import LONGEST, BadKey, fault
from transparency.accounts.policies import may
from transparency.consent import earlier, queries, standing_in
from transparency.consent.actions import Refused
from transparency.consent.scopes import RANK, kind_of
from transparency.consent.words import name_of
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.asking import tried_or_asked

GROUPS = {
    "all": "Everything",
    "stage": "A stage",
    "feature": "An AI feature",
    "category": "A kind of data",
    "feature@stage": "An AI feature at a stage",
    "use": "One use",
}


def _is_key(value: str) -> None:
    if fault(value):
        raise ValidationError(fault(value))


class MemberForm(forms.Form):
    member = forms.CharField(
        label="The member’s id on the platform",
        max_length=LONGEST,
        validators=[_is_key],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class RefusalForm(MemberForm):
    scope = forms.ChoiceField(label="What they refuse")
    reason = forms.CharField(
        label="How they asked for it",
        help_text="For the history: how you know that it was them. Leave the id out.",
        min_length=10,
        max_length=standing_in.LONGEST_REASON,
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a form's data, or none
        self.fields["scope"].choices = list(_scopes())  # type: ignore[attr-defined]  # as Django's field has it


class ErasureForm(MemberForm):
    deleted = forms.BooleanField(
        label="The member asked for it, and their data on the platform is deleted, or they know that our defaults"
        " hold for their id again.",
    )


class EarlierForm(forms.Form):
    table = forms.FileField(label="The table, saved as “CSV UTF-8”", max_length=200)

    def clean_table(self) -> bytes:
        given = self.cleaned_data["table"]
        if given.size > earlier.BYTES:
            raise ValidationError(f"The file is larger than {earlier.BYTES // 1024} kB. Bring it in parts.")
        return bytes(given.read())


def _scopes() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Everything that can be refused, the widest first, in groups."""
    offers = queries.offers(timezone.now())
    names = [name for name, found in offers.by_scope.items() if any(one.terms.refusable for one in found)]
    for kind in sorted(GROUPS, key=RANK.__getitem__):
        group = [(name, name_of(name, offers.register)) for name in names if kind_of(name) == kind]
        if group:
            yield GROUPS[kind], sorted(group, key=lambda one: one[1])


@opens("choice.on_behalf", "GET", "HEAD", "POST")
def members(request: StaffRequest) -> HttpResponse:
    """Record a refusal that a member asked for. The reference in the answer is theirs to keep."""
    form = RefusalForm(request.POST or None)
    reference = _refuse(request, form) if request.method == "POST" and form.is_valid() else ""
    if reference:
        form = RefusalForm()
    told = {"may_import": may(request.user, "choice.import"), "may_erase": may(request.user, "member.erase")}
    status = 400 if request.method == "POST" and not reference else 200
    return render(request, "staff/members.html", {"form": form, "reference": reference, **told}, status=status)


def _refuse(request: StaffRequest, form: RefusalForm) -> str:
    try:
        choice = standing_in.refuse_on_behalf(by=request.user, at=timezone.now(), **form.cleaned_data)
    except ValidationError as wrong:
        form.add_error("reason", wrong)
    except BadKey as bad:
        form.add_error("member", str(bad))
    except Refused as refused:
        form.add_error("scope", str(refused))
    else:
        return str(choice.reference)
    return ""


@opens("choice.import", "GET", "HEAD", "POST")
def earlier_refusals(request: StaffRequest) -> HttpResponse:
    """Choose a file; the answer says what it would record, or by row and column what is wrong with it."""
    form = EarlierForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form, "rows": earlier.ROWS}
    if request.method != "POST" or not form.is_valid():
        return render(request, "staff/earlier.html", context, status=400 if request.method == "POST" else 200)
    data = form.cleaned_data["table"]
    rehearsed = standing_in.rehearse(data=data, at=timezone.now())
    context |= {"form": EarlierForm(), "rehearsed": rehearsed}
    context |= {} if rehearsed.faults else {"text": data.decode("utf-8-sig")}
    return render(request, "staff/earlier.html", context, status=400 if rehearsed.faults else 200)


@opens("choice.import", "POST")
def bring_refusals(request: StaffRequest) -> HttpResponse:
    """Import what was rehearsed; it is read anew, so what changed meanwhile counts."""
    data = request.POST.get("text", "").encode("utf-8", "replace")
    done: list[int] = []
    tried(
        request,
        lambda: done.append(standing_in.bring(by=request.user, data=data, at=timezone.now())),
        "Recorded. Whatever was recorded before was left as it is.",
    )
    return redirect("staff:earlier-refusals")


@opens("member.erase", "GET", "HEAD", "POST")
def erase_member(request: StaffRequest) -> HttpResponse:
    """Unlink a member's choices from the member, for ever; or ask another administrator to agree."""
    form = ErasureForm(request.POST or None)
    erased: int | None = None
    if request.method == "POST" and form.is_valid():
        told = {"subject_kind": "choice", "subject": "a member’s choices"}
        facts = {"member": form.cleaned_data["member"]}
        result = tried_or_asked(request, "", verb="member.erase", facts=facts, **told)
        if result is None or result.wish:
            return redirect("staff:sensitive" if result else "staff:erase-member")
        erased, form = int(result.shown), ErasureForm()
    status = 400 if request.method == "POST" and erased is None else 200
    return render(request, "staff/erase.html", {"form": form, "erased": erased}, status=status)
