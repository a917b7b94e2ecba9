"""What pipelines say of their runs."""

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from transparency.consent import queries as consent
from transparency.enforcement import missed
from transparency.enforcement.acknowledgements import FIELDS, Contradiction, Statement, check
from transparency.enforcement.models import Acknowledgement, Delivery, Pipeline
from transparency.enforcement.obedience import Run, verdict
from transparency.enforcement.obedience import missed as missed_by
from transparency.failpoints import failpoint
from transparency.ledger.actions import enter
from transparency.register.models import Edition


@transaction.atomic
def acknowledge(*, pipeline: Pipeline, statement: Statement, at: datetime) -> tuple[Acknowledgement, bool]:
    """Keep what the pipeline says of a run, judged; and whether it is new. The same again returns the first.

    Raises ``Implausible``, and ``Contradiction`` that names the first field in which it differs from the first.
    """
    newest = Edition.objects.values_list("number", flat=True).first() or 0
    check(statement, head=consent.head().sequence, newest_edition=newest, at=at)
    same_run = Acknowledgement.objects.filter(pipeline=pipeline, run=statement.run)
    if not same_run.exists():
        row = _judged(pipeline, statement, at)
        try:
            with transaction.atomic():
                with failpoint("acknowledgement.keep"):
                    row.save(force_insert=True)
                with failpoint("acknowledgement.enter"):
                    enter(kind="acknowledgement", subject=str(row.pk), facts=_entered(row), at=at)
        except IntegrityError:  # another request of the same moment was first
            pass
        else:
            return row, True
    known = same_run.get()
    _agree(known, statement)
    return known, False


def _judged(pipeline: Pipeline, statement: Statement, at: datetime) -> Acknowledgement:
    asked = Delivery.objects.filter(pipeline=pipeline, feature=statement.feature, stage=statement.stage)
    run = Run(
        sequence=statement.sequence,
        delivered=asked.values_list("sequence", flat=True).first() or 0,
        members_seen=statement.members_seen,
        members_left_out=statement.members_left_out,
        started_at=statement.started_at,
    )
    since = missed.since(
        sequence=run.sequence, feature=statement.feature, stage=statement.stage, at=statement.started_at
    )
    age = timedelta(seconds=pipeline.max_age)
    return Acknowledgement(
        pipeline=pipeline,
        received_at=at,
        delivered=run.delivered,
        max_age=pipeline.max_age,
        overtaken_at=since.overtaken_at,
        refused_at=next(iter(since.refusals), None),
        missed=len(missed_by(run, since, age)),
        verdict=verdict(run, since, age),
        **{name: getattr(statement, name) for name in FIELDS},
    )


def _entered(row: Acknowledgement) -> dict[str, object]:
    """What the public log keeps: a pipeline can't say otherwise later. A run's id is a team's own text, so hashed."""
    return {
        "pipeline": row.pipeline.slug,
        "run": hashlib.sha256(row.run.encode()).hexdigest(),
        "feature": row.feature,
        "stage": row.stage,
        "sequence": row.sequence,
        "edition": row.edition,
        "members_seen": str(row.members_seen),
        "members_left_out": str(row.members_left_out),
        "started_at": row.started_at.isoformat(),
        "verdict": row.verdict,
    }


def _agree(known: Acknowledgement, statement: Statement) -> None:
    for name in FIELDS:
        if getattr(known, name) != getattr(statement, name):
            message = f"This run was acknowledged before, with another “{name}”. A correction is another run's id."
            raise Contradiction(f"/{name}", "contradiction", message)
