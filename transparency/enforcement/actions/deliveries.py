"""What a pipeline was given."""

from datetime import datetime, timedelta

from django.db import connection

from transparency.enforcement.models import Pipeline

TO_THE = timedelta(minutes=1)
# Where there is nothing to write, nothing is locked: a pipeline asks many times for the same sequence, all at once.
RECORD = """
INSERT INTO enforcement_delivery AS known (pipeline_id, feature, stage, sequence, at, asked_at)
SELECT %(pipeline)s, %(feature)s, %(stage)s, %(sequence)s, %(at)s, %(at)s
WHERE NOT EXISTS (
    SELECT FROM enforcement_delivery WHERE pipeline_id = %(pipeline)s AND feature = %(feature)s AND stage = %(stage)s
    AND sequence >= %(sequence)s AND asked_at > %(recently)s
)
ON CONFLICT (pipeline_id, feature, stage) DO UPDATE SET
    at = CASE WHEN excluded.sequence > known.sequence THEN excluded.at ELSE known.at END,
    sequence = greatest(known.sequence, excluded.sequence),
    asked_at = greatest(known.asked_at, excluded.asked_at)
"""


def record_delivery(*, pipeline: Pipeline, feature: str, stage: str, sequence: int, at: datetime) -> None:
    """Note that the pipeline was given the choices up to ``sequence``. What stands only grows; call it every time."""
    given: dict[str, int | str | datetime] = {
        "pipeline": pipeline.pk,
        "feature": feature,
        "stage": stage,
        "sequence": sequence,
        "at": at,
        "recently": at - TO_THE,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD, given)
