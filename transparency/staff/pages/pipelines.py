"""``/staff/pipelines/``: who must obey, and do they?"""

from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts import queries as accounts
from transparency.accounts import wishes
from transparency.accounts.models import ServiceToken
from transparency.enforcement import actions
from transparency.enforcement.duties import duties, needing_a_yes, standing_of, standings
from transparency.enforcement.models import STAGES, Pipeline
from transparency.enforcement.queries import scope_of
from transparency.members import reading
from transparency.register.queries import newest_register
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.asking import do_or_ask, tried_or_asked
from transparency.staff.saving import again
from transparency.staff.sensitive import waiting

RUNS, ACTS, MESSAGES = 50, 30, 10
APART = "@"  # between a feature and a stage, in the form


class PipelineForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    assignments = forms.MultipleChoiceField(
        label="What it runs",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="It may ask for these and for nothing else.",
    )

    class Meta:
        model = Pipeline
        fields = actions.SETTINGS
        labels: ClassVar = {
            "slug": "Short name",
            "contact": "Its team",
            "max_age": "How old choices may be, in seconds",
            "webhook_url": "Web address that is told of new choices",
        }
        field_classes: ClassVar = {"webhook_url": partial(forms.URLField, assume_scheme="https")}

    def __init__(self, data: Any = None, instance: Pipeline | None = None) -> None:
        standing = [(one.feature, one.stage) for one in instance.assignments.all()] if instance else []
        super().__init__(data, instance=instance, initial={"assignments": [APART.join(pair) for pair in standing]})
        self.fields["assignments"].choices = _choices(standing)  # type: ignore[attr-defined]  # a field with choices
        self.fields["slug"].disabled = instance is not None

    def told(self) -> dict[str, Any]:
        """What was typed, as the wishes take it."""
        said = dict(self.cleaned_data)
        said["assignments"] = [", ".join(pair.split(APART)) for pair in said["assignments"]]
        return said


def _choices(standing: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every feature at every stage at which our record says that it uses data, and what the pipeline has already."""
    register = newest_register()[1]
    names, stages = {one.slug: one.name for one in register.features}, dict(STAGES)
    pairs = {(use.feature, str(use.stage)) for use in register.uses} | set(standing)
    return [(f"{f}{APART}{s}", f"{names.get(f, f)}: {stages[s].lower()}") for f, s in sorted(pairs)]


@opens("staff.read")
def pipelines(request: StaffRequest) -> HttpResponse:
    return render(request, "staff/pipelines.html", {"standings": standings(), "reading": reading.now(timezone.now())})


@opens("staff.read")
def pipeline(request: StaffRequest, slug: str) -> HttpResponse:
    return _shown(request, get_object_or_404(Pipeline, slug=slug))


def _shown(
    request: StaffRequest, found: Pipeline, secret: str = "", signing: str = "", status: int = 200
) -> HttpResponse:
    its, at = duties(found), timezone.now()
    told = list(found.messages.all()[:MESSAGES])
    context = {
        "reading": reading.now(at),
        "yes_first": [(duty, needing_a_yes(duty.feature, duty.stage, at)) for duty in its],
        "pipeline": found,
        "standing": standing_of(found, its),
        "duties": its,
        "keys": accounts.tokens_with(scope_of(found)).select_related("created_by", "agreed_by"),
        "secret": secret,
        "webhook_host": urlsplit(found.webhook_url).netloc,
        "signing": signing,
        "messages_sent": [(one, one.is_being_tried(at)) for one in told],
        "now": at,
        "may_hurry": found.webhook_off_at or any(one.failures and one.waits for one in told),
        "runs": found.acknowledgements.all()[:RUNS],
        "history": accounts.history_of("pipeline", found.slug)[:ACTS],
        "wishes": waiting(request.user, timezone.now(), subject_kind="pipeline", subject=found.slug),
    }
    return render(request, "staff/pipeline.html", context, status=status)


@opens("pipeline.manage", "GET", "HEAD", "POST")
def change(request: StaffRequest, slug: str = "") -> HttpResponse:
    """Register a pipeline, or change the named one; or ask another administrator to agree."""
    standing = get_object_or_404(Pipeline, slug=slug, retired_at=None) if slug else None
    seen = actions.stamp_of(standing) if standing else ""
    form = PipelineForm(request.POST or None, instance=standing)
    if request.method == "POST" and form.is_valid() and (result := _save(request, slug, form)):
        slug = form.cleaned_data["slug"]
        return redirect("staff:sensitive") if result.wish else redirect("staff:pipeline", slug=slug)
    heading = standing.name if standing else "A new pipeline"
    return again(request, form, heading, seen)


def _save(request: StaffRequest, slug: str, form: PipelineForm) -> wishes.Result | None:
    facts = form.told() | ({"seen": request.POST.get("seen", "")} if slug else {})
    verb = "pipeline.change" if slug else "pipeline.register"
    try:
        return do_or_ask(request, "", verb=verb, subject_kind="pipeline", subject=facts["slug"], facts=facts)
    except ValidationError as wrong:
        form.add_error(None, wrong)
        return None


@opens("pipeline.pause", "POST")
def act(request: StaffRequest, slug: str, verb: str) -> HttpResponse:
    """Pause a pipeline, or answer it again."""
    found = get_object_or_404(Pipeline, slug=slug)
    reason = request.POST.get("reason", "")
    if verb == "pause":
        done = "Paused: its next question is refused."
        tried(request, lambda: actions.pause_pipeline(by=request.user, pipeline=found, reason=reason), done)
    else:
        done = "Resumed: it is answered again."
        tried_or_asked(request, done, verb="pipeline.resume", facts={}, **_of(found))
    return redirect("staff:pipeline", slug=slug)


@opens("pipeline.manage", "POST")
def retire(request: StaffRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Pipeline, slug=slug)

    def end() -> None:
        if request.POST.get("sure") != "yes":
            raise ValidationError("Say that you are sure: a pipeline that is retired never comes back.")
        actions.retire_pipeline(by=request.user, pipeline=found, at=timezone.now())

    tried(request, end, "Retired. Its keys have ended; what it did stays here.")
    return redirect("staff:pipeline", slug=slug)


@opens("pipeline.manage", "POST")
def issue_key(request: StaffRequest, slug: str) -> HttpResponse:
    """One more key; its secret is shown once, in the answer to the form, or fetched once somebody else agreed."""
    found, name = get_object_or_404(Pipeline, slug=slug), request.POST.get("name", "").strip()[:100]
    if not name or not name.isprintable():
        messages.error(request, "Say which machine uses the key.")
        return _shown(request, found, status=400)
    done = "A new key. The older ones stay valid until you revoke them."
    result = tried_or_asked(request, done, verb="pipeline_key", facts={"name": name}, **_of(found))
    if result and result.wish:
        return redirect("staff:sensitive")
    return _shown(request, found, result.shown if result else "", status=200 if result else 400)


def _of(pipeline: Pipeline) -> dict[str, Any]:
    """What a wish says of which pipeline it is about."""
    return {"subject_kind": "pipeline", "subject": pipeline.slug}


@opens("pipeline.manage", "POST")
def revoke_key(request: StaffRequest, slug: str, pk: int) -> HttpResponse:
    found, token = get_object_or_404(Pipeline, slug=slug), get_object_or_404(ServiceToken, pk=pk)
    done = "Revoked: its next request fails."
    tried(request, lambda: actions.revoke_pipeline_key(by=request.user, pipeline=found, token=token), done)
    return redirect("staff:pipeline", slug=slug)


@opens("pipeline.manage", "POST")
def webhook_secret(request: StaffRequest, slug: str) -> HttpResponse:
    """Another secret to sign with; it is shown once, in the answer to the form, or fetched as a key is."""
    found, done = get_object_or_404(Pipeline, slug=slug), "A new secret. The one before signs too for a day."
    result = tried_or_asked(request, done, verb="pipeline.webhook_secret", facts={}, **_of(found))
    if result and result.wish:
        return redirect("staff:sensitive")
    found.refresh_from_db()
    return _shown(request, found, signing=result.shown if result else "", status=200 if result else 400)


@opens("pipeline.manage", "POST")
def tell_again(request: StaffRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Pipeline, slug=slug)
    now = timezone.now()
    tried(request, lambda: actions.tell_again(by=request.user, pipeline=found, at=now), "It is told again from now on.")
    return redirect("staff:pipeline", slug=slug)
