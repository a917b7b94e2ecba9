"""The one sensible next step for each kind of finding, for whoever may take it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from transparency.accounts.models import User
from transparency.accounts.policies import may
from transparency.review.models import Finding, Proposal

Kind = Finding.Kind


@dataclass(frozen=True)
class NextStep:
    """What to do, where; ``sends`` where it is a form's button rather than a link."""

    words: str
    address: str
    sends: bool = False


def next_step(finding: Finding, user: User) -> NextStep | None:
    """What this person could do about the finding, besides dismissing it."""
    if finding.state == Finding.State.IN_PROPOSAL and finding.proposal_id:
        return NextStep("See the proposal", reverse("staff:proposal", kwargs={"pk": finding.proposal_id}))
    if finding.state != Finding.State.OPEN:
        return None
    if finding.kind in (Kind.STALE_SOURCE, Kind.FAILING_SOURCE, Kind.HELD_SOURCE):
        return NextStep("Look at the source", reverse("staff:source", kwargs={"slug": finding.subject}))
    if finding.kind in ABOUT_PIPELINES:
        slug = str(finding.evidence.get("pipeline", ""))
        page = reverse("staff:pipeline", kwargs={"slug": slug}) if slug else reverse("staff:pipelines")
        return NextStep("Look at the pipeline" if slug else "See the pipelines and whom to ask", page)
    if finding.kind == Kind.CLAUSE_CHANGED:
        slug, _, number = finding.subject.partition("/")
        page = reverse("members:clause", kwargs={"slug": slug, "number": number})
        return NextStep("Compare the wordings", f"{page}#wordings")
    if finding.kind in PROPOSED and may(user, "proposal.edit"):
        return NextStep(PROPOSED[finding.kind], reverse("staff:propose", kwargs={"pk": finding.pk}), sends=True)
    return _marked(finding) if may(user, "catalog.edit") else None


def _marked(finding: Finding) -> NextStep | None:
    """What an editor may say of the catalog."""
    if finding.kind == Kind.BARRIER_PROPOSED:
        start = {name: finding.evidence.get(name, "") for name in ("key", "downstream_key")}
        only = f"only_{finding.evidence.get('kind', '')}"
        start |= {only: "on", "reason": finding.sentence.partition(":")[0] + "."}
        return NextStep("Propose a barrier there", f"{reverse('staff:barriers')}?{urlencode(start)}#propose")
    if finding.kind in MARKED:
        words, page, by_key = MARKED[finding.kind]
        query = f"?{urlencode({'key': finding.subject})}" if by_key else f"#barrier-{finding.subject}"
        return NextStep(words, reverse(f"staff:{page}") + query)
    return None


def question(use: str) -> str:
    """What to ask of the page that explains why a use is seen, for its address; nothing where it is no use’s id."""
    parts = use.split("/")
    return urlencode(dict(zip(("category", "feature", "stage"), parts, strict=True))) if len(parts) == 3 else ""


def first_page(finding: Finding, proposal: Proposal) -> str:
    """Where somebody goes on who has just made a proposal of a finding: the record that must change, or the draft."""
    pages = {Kind.UNCOVERED_USE: ("edit", {"kind": "use"}), Kind.IDLE_PURPOSE: ("document", {})}
    if finding.kind not in pages:
        return reverse("staff:proposal", kwargs={"pk": proposal.pk})
    name, parts = pages[Kind(finding.kind)]
    subject = finding.subject.partition("/")[0] if finding.kind == Kind.IDLE_PURPOSE else finding.subject
    return f"{reverse(f'staff:{name}', kwargs={'pk': proposal.pk, **parts})}?{urlencode({'subject': subject})}"


ABOUT_PIPELINES = (Kind.RUN_IGNORED, Kind.RUN_LATE, Kind.RUN_IMPOSSIBLE, Kind.RUN_UNASKED, Kind.WEBHOOK_OFF)
PROPOSED: dict[str, str] = {
    Kind.UNDECLARED_USE: "Propose to declare it",
    Kind.NOT_OBSERVED: "Propose to remove it",
    Kind.UNCOVERED_USE: "Propose to name its clause",
    Kind.IDLE_PURPOSE: "Propose to change the document",
}
MARKED: dict[str, tuple[str, str, bool]] = {
    Kind.UNCLASSIFIED: ("Say what data it holds", "suggestions", True),
    Kind.UNBOUND_MODEL: ("Say which feature it is part of", "bindings", True),
    Kind.BARRIER_EXPIRED: ("Renew or remove the barrier", "barriers", False),
    Kind.BARRIER_EXPIRING: ("Renew or remove the barrier", "barriers", False),
}
# What each kind means, for whoever meets it for the first time.
MEANING: dict[str, str] = {
    Kind.UNDECLARED_USE: "Data flows into this feature, and members are not told. Declare the use, or stop the flow.",
    Kind.NOT_OBSERVED: "Members are told of a use that no source shows. Remove it, or find out why it is not seen.",
    Kind.UNCLASSIFIED: "It may hold data about people. As long as nobody has said so, nothing can be said about it.",
    Kind.UNBOUND_MODEL: "Nobody has said which feature this model works for, so its data is not told to members.",
    Kind.BARRIER_EXPIRED: "Data that was stopped here counts as flowing on again, until somebody looks once more.",
    Kind.BARRIER_EXPIRING: "When it expires, data that is stopped here counts as flowing on.",
    Kind.STALE_SOURCE: "What we show of it is old, and what is missing in it proves nothing.",
    Kind.RUN_IGNORED: "Data of members who refused was used. Ask its team to run it again, and pause it till then.",
    Kind.RUN_LATE: "It ran with choices older than members are promised. A run with the newest ones closes this.",
    Kind.RUN_IMPOSSIBLE: "What the pipeline tells of itself contradicts what we know. Ask its team what really ran.",
    Kind.RUN_UNASKED: "The catalog shows a run of which no pipeline told us. Ask the teams which of them it was.",
    Kind.WEBHOOK_OFF: "It is not told at once when somebody refuses. It still gets the choices when it asks.",
    Kind.HELD_SOURCE: "It did not keep what it promised, or lost much of what it showed. What was seen before still "
    "stands.",
    Kind.UNCOVERED_USE: "Nothing that members agreed to speaks of this use. Name the clause that covers it.",
    Kind.CLAUSE_CHANGED: "Does it still cover these uses? Write them anew, or say here why they may stay as they are.",
    Kind.BARRIER_PROPOSED: "The catalog says that this step masks or aggregates. It stops nothing until somebody "
    "proposes a barrier and somebody else approves it. If one can still tell whose data it is, dismiss it and say why: "
    "it is not asked again.",
    Kind.IDLE_PURPOSE: "The document speaks of what nobody does. Take it out, or find out what is not declared.",
    Kind.FAILING_SOURCE: "It could not be read several times in a row. What was seen before still stands.",
}
