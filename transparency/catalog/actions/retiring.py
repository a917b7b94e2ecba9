"""Retiring a source: it is never read again, and what it told stops counting."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from transparency.accounts.actions import record, revoke_token
from transparency.accounts.agreeing import require_agreement
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.accounts.queries import tokens_with
from transparency.catalog.actions.refreshing import request_refresh
from transparency.catalog.models import Refresh, Source, Tryout
from transparency.catalog.untrusted import clean_text

REASON = 1_000
FRESH = timedelta(days=1)
State = Refresh.State


@transaction.atomic
def retire_source(
    *, by: User, source: Source, reason: str, stops: Sequence[str], at: datetime, agreed_by: User | None = None
) -> Source:
    """End it for good: its keys end, and a worker takes what it told out of the graph. Its history stays.

    ``stops`` is what people read that would stop counting: raises ``ValidationError`` where that was not what a worker
    found in the last day. Raises as ``agreeing.require_agreement`` does, too.
    """
    require(by, "source.edit")
    locked = Source.objects.select_for_update().get(pk=source.pk)
    why = _reason(reason)
    _refuse_unforeseen(locked, stops, at)
    require_agreement(by, agreed_by, None, at, "source.edit")
    keys = [one for one in tokens_with(f"lineage:{locked.slug}") if len(one.scopes) == 1]
    for key in keys:
        revoke_token(by=by, token=key)
    locked.enabled, locked.retired_at, locked.retired_because = False, at, why
    locked.save(update_fields=("enabled", "retired_at", "retired_because"))
    running = locked.refreshes.filter(state__in=(State.QUEUED, State.RUNNING))
    running.update(state=State.FAILED, phase="", finished_at=at, error="The source was retired meanwhile.")
    request_refresh(by=None, source=locked)
    told = {"reason": why, "stops_counting": list(stops), "keys_ended": [key.prefix for key in keys]}
    record(by=by, verb="source.retire", subject_kind="source", subject=locked.slug, after=told)
    return locked


def _reason(text: str) -> str:
    why = clean_text(text).strip()[:REASON]
    if not why:
        raise ValidationError("Say why it is retired: whoever comes after you must understand.")
    return why


def _refuse_unforeseen(source: Source, stops: Sequence[str], at: datetime) -> None:
    if source.retired_at:
        raise ValidationError("It is retired already.")
    looked = source.tryouts.filter(kind=Tryout.Kind.RETIREMENT, state=Tryout.State.DONE).first()
    if looked is None or looked.finished_at is None or looked.finished_at < at - FRESH:
        raise ValidationError("Have it worked out first what would stop counting; that holds for a day.")
    if looked.would_stop != list(stops):
        raise ValidationError("Something else would stop counting by now. Read it again.")
