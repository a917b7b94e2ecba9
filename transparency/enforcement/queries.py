"""Reads of this room."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from transparency.accounts.actions import digest_of
from transparency.accounts.models import ServiceToken
from transparency.accounts.prepared import first_row
from transparency.accounts.sealing import unseal
from transparency.consent import queries as consent
from transparency.consent.looking_back import Turn, turns
from transparency.consent.offers import Offer
from transparency.consent.precedence import Said
from transparency.enforcement.effects import AtPipeline, Effect
from transparency.enforcement.models import Assignment, Canary, KeptList, Message, Pipeline, Trial
from transparency.enforcement.obedience import Verdict

SCOPE = "pipeline:"
KEY_OF_CANARY = "key of the canary"
NOTICED_WITHIN = timedelta(minutes=14)  # a refusal that does not take effect is noticed in a quarter of an hour
NOT_TRIED = "Nobody tried of late: the worker or the timetable stands still."
# Who asks, what for, and the head of the journal: one round trip before each decision.
ASKING = f"""
SELECT token.id, token.last_used_at, token.scopes, pipeline.id, pipeline.slug, ARRAY(
    SELECT feature || '@' || stage FROM enforcement_assignment WHERE pipeline_id = pipeline.id
), head.*
FROM ({consent.HEAD}) AS head
LEFT JOIN accounts_servicetoken AS token
    ON token.digest = %(digest)s AND token.revoked_at IS NULL
    AND (token.expires_at IS NULL OR token.expires_at > %(at)s)
LEFT JOIN enforcement_pipeline AS pipeline ON pipeline.active AND '{SCOPE}' || pipeline.slug = ANY(token.scopes)
"""  # noqa: S608 - put together from constants
MOST_AT_ONCE = 200
# One statement, however many uses were refused and pipelines there are.
EFFECTS = """
SELECT refused.feature, refused.stage, refused.sequence, refused.off_from,
       pipeline.slug, pipeline.name, pipeline.active,
       coalesce(delivery.sequence, 0) >= refused.sequence, honoured.at, used.at, latest.verdict
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::int[])
    AS refused (feature, stage, sequence, at, off_from)
JOIN enforcement_assignment AS assigned USING (feature, stage)
JOIN enforcement_pipeline AS pipeline
    ON pipeline.id = assigned.pipeline_id AND pipeline.retired_at IS NULL AND NOT pipeline.is_probe
LEFT JOIN enforcement_delivery AS delivery
    ON (delivery.pipeline_id, delivery.feature, delivery.stage) = (pipeline.id, refused.feature, refused.stage)
CROSS JOIN LATERAL (
    SELECT max(started_at) AS at FROM enforcement_acknowledgement AS run
    WHERE (run.pipeline_id, run.feature, run.stage) = (pipeline.id, refused.feature, refused.stage)
    AND (run.sequence < refused.sequence AND coalesce(run.edition < refused.off_from, true)
        OR run.verdict = 'impossible')
) AS used
CROSS JOIN LATERAL (
    SELECT min(started_at) AS at FROM enforcement_acknowledgement AS run
    WHERE (run.pipeline_id, run.feature, run.stage) = (pipeline.id, refused.feature, refused.stage)
    AND run.sequence >= refused.sequence
    AND run.started_at >= refused.at AND run.started_at > coalesce(used.at, '-infinity')
) AS honoured
LEFT JOIN LATERAL (
    SELECT verdict FROM enforcement_acknowledgement AS run
    WHERE (run.pipeline_id, run.feature, run.stage) = (pipeline.id, refused.feature, refused.stage)
    ORDER BY started_at DESC, id DESC LIMIT 1
) AS latest ON true
ORDER BY pipeline.name
"""


def scope_of(pipeline: Pipeline) -> str:
    """The scope of this pipeline's keys."""
    return f"{SCOPE}{pipeline.slug}"


def pipeline_named(slug: str) -> Pipeline | None:
    """The pipeline with this short name, unless it is paused or retired."""
    return Pipeline.objects.filter(slug=slug, active=True).first()


def any_pipeline_named(slug: str) -> Pipeline | None:
    """The pipeline with this short name, paused and retired ones too."""
    return Pipeline.objects.filter(slug=slug).first()


@dataclass(frozen=True)
class Asking:
    """Who asks with a key: the key and the pipeline, where there are such; what the pipeline is for; and the head."""

    token: ServiceToken | None
    pipeline: Pipeline | None
    assignments: frozenset[str]
    head: consent.Head
    edition: str

    def is_assigned(self, feature: str, stage: str) -> bool:
        return f"{feature}@{stage}" in self.assignments


def asking(secret: str, at: datetime) -> Asking:
    """Who asks with this key at that moment, and the head of the journal, in one statement."""
    row = first_row(ASKING, {"digest": digest_of(secret), "at": at}) or ()
    token_id, used, scopes, pipeline_id, slug, assignments, *head = row
    token = _token(token_id, used, tuple(scopes)) if token_id else None
    pipeline = _pipeline(pipeline_id, slug) if pipeline_id else None
    return Asking(token, pipeline, frozenset(assignments), *consent.head_of(*head))


# To make rows takes longer than to read them, and each question of a pipeline has the same two.
@lru_cache(maxsize=1024)
def _token(number: int, used: datetime | None, scopes: tuple[str, ...]) -> ServiceToken:
    return ServiceToken(pk=number, last_used_at=used, scopes=list(scopes))


@lru_cache(maxsize=1024)
def _pipeline(number: int, slug: str) -> Pipeline:
    return Pipeline(pk=number, slug=slug)


def is_assigned(pipeline: Pipeline, feature: str, stage: str) -> bool:
    return Assignment.objects.filter(pipeline=pipeline, feature=feature, stage=stage).exists()


def messages_due(at: datetime) -> list[int]:
    """The messages to pipelines that are to be tried now."""
    waiting = Message.objects.filter(sent_at=None, given_up_at=None, due_at__lte=at)
    return list(waiting.order_by("due_at").values_list("pk", flat=True)[:MOST_AT_ONCE])


@dataclass(frozen=True)
class Refusal:
    """A use that a member's choice refuses.

    ``sequence`` and ``at`` are those of the choice since which it is off; ``by`` is the one that decides now, which may
    be a later one that says the same again.
    """

    use: str
    feature: str
    stage: str
    sequence: int
    at: datetime
    by: int
    off_from: int | None = None


def refusals(key: str, at: datetime) -> list[Refusal]:
    """The uses that this member's choices or browser refuse, each with the choice since which they do."""
    said = {one.scope: one for one in consent.said_by(key)}
    outcomes = [(offer, offer.outcome(said)) for offer in consent.offers(at).by_use.values()] if said else []
    off = [(offer, outcome.by) for offer, outcome in outcomes if not outcome.allowed and outcome.by]
    if not off:
        return []
    acts = consent.acts_of(key, {covering.name for offer, _ in off for covering in offer.covering})
    found = turns([offer for offer, _ in off], said, acts)
    return [_refusal(offer, found[offer.use.id], by) for offer, by in off]


def _refusal(offer: Offer, turn: Turn, by: Said) -> Refusal:
    use, since = offer.use, turn.since
    off_from = None if turn.was_on else offer.terms.since
    return Refusal(use.id, use.feature, use.stage, since.said.sequence, since.at, by.sequence, off_from)


def effects(key: str, at: datetime) -> dict[str, Effect]:
    """What became of each refusal of this member, by the use's id. Takes the same few queries however many."""
    return effects_of(refusals(key, at))


def effects_of(refused: Iterable[Refusal]) -> dict[str, Effect]:
    """What became of these refusals, by the use's id."""
    told = list(refused)
    asked = list({(one.feature, one.stage, one.sequence, one.at, one.off_from) for one in told})
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(EFFECTS, [list(column) for column in zip(*asked, strict=True)])
        rows = cursor.fetchall()
    pipelines: dict[tuple[str, str, int, int | None], list[AtPipeline]] = defaultdict(list)
    for *choice, slug, name, active, delivered, since, last_use, verdict in rows:
        known = Verdict(verdict) if verdict else None
        one = AtPipeline(slug, name, active, delivered, since, last_use, known)
        pipelines[(choice[0], choice[1], choice[2], choice[3])].append(one)
    return {
        one.use: Effect(
            one.use,
            one.at,
            one.sequence,
            one.by,
            tuple(pipelines[(one.feature, one.stage, one.sequence, one.off_from)]),
        )
        for one in told
    }


def kept_list(pipeline: Pipeline, reference: UUID) -> KeptList | None:
    """A list of this pipeline's own, in whatever state it is."""
    return KeptList.objects.filter(pipeline=pipeline, reference=reference).first()


def ready_lists(
    pipeline: Pipeline, feature: str, stage: str, categories: Sequence[str], form: str
) -> QuerySet[KeptList]:
    """The lists that were made of this, the newest first."""
    what = {"pipeline": pipeline, "feature": feature, "stage": stage, "categories": list(categories), "form": form}
    return KeptList.objects.filter(**what, state=KeptList.State.READY).order_by("-id")


def canary() -> Canary | None:
    """Who tries for us whether refusing works; ``None`` where nobody does."""
    return Canary.objects.select_related("account", "pipeline").filter(active=True).first()


def key_of_canary(of: Canary) -> str:
    """The secret that its pipeline asks with. Raises ``InvalidToken`` where ``SECRET_KEY`` was changed since."""
    return unseal(of.key, KEY_OF_CANARY)


def latest_trials(count: int = 5) -> list[Trial]:
    """What came of the latest tries, newest first."""
    return list(Trial.objects.all()[:count])


def refusing_fails(at: datetime) -> str:
    """Why refusing may not work, in a sentence; empty where it was tried of late with success, or nobody tries."""
    standing = canary()
    if standing is None:
        return ""
    last = Trial.objects.filter(step="").first()
    since = last.at if last else standing.pipeline.created_at
    if at - since < NOTICED_WITHIN:
        return ""
    newest = Trial.objects.first()
    return newest.fault if newest and newest.fault else NOT_TRIED
