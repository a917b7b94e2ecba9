"""Barriers: one person says that a category stops here, another one agrees; and so it is taken away."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from transparency.accounts.actions import record
from transparency.accounts.agreeing import is_new, require_agreement
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.catalog.actions.marking import AGREEING
from transparency.catalog.models import Barrier


@transaction.atomic
def propose_barrier(
    *,
    by: User,
    key: str,
    reason: str,
    expires_at: datetime,
    downstream_key: str = "",
    category: str = "",
    only_masked: bool = False,
    only_aggregated: bool = False,
) -> Barrier:
    """A barrier that stops nothing yet. Raises ``ValidationError`` naming the field."""
    require(by, "catalog.edit")
    barrier = Barrier(
        author=by,
        key=key,
        downstream_key=downstream_key,
        category=category,
        only_masked=only_masked,
        only_aggregated=only_aggregated,
        reason=reason,
        expires_at=expires_at,
    )
    barrier.full_clean(exclude=("approver", "approved_at"))
    barrier.save()
    record(by=by, verb="barrier.propose", subject_kind="barrier", subject=key, after=_shown(barrier))
    return barrier


@transaction.atomic
def approve_barrier(*, by: User, barrier: Barrier) -> None:
    """Let the barrier count. Refused to its author, by the database as well.

    Raises ``ValidationError`` where it has expired meanwhile, and would stop nothing.
    """
    require(by, "barrier.approve")
    if barrier.author_id == by.pk:
        raise PermissionDenied("You proposed this barrier, so somebody else must approve it.")
    if is_new(by, timezone.now()):
        raise PermissionDenied("You hold your role for less than a day. Whoever is new decides from tomorrow on.")
    if barrier.expires_at <= timezone.now():
        raise ValidationError("Its time is over, so it would stop nothing. Let an editor propose it anew.")
    if Barrier.objects.filter(pk=barrier.pk, approver=None).update(approver=by, approved_at=timezone.now()):
        record(by=by, verb="barrier.approve", subject_kind="barrier", subject=barrier.key, after=_shown(barrier))


@transaction.atomic
def decline_barrier(*, by: User, barrier: Barrier, reason: str) -> None:
    """Take away what somebody else proposed and nobody approved yet; the history keeps why.

    Raises ``ValidationError`` without a reason, or where it counts already: then an editor asks for its removal.
    """
    require(by, "barrier.approve")
    if not (why := reason.strip()[:1000]):
        raise ValidationError({"reason": "Say why, so that whoever proposed it can do better."})
    standing = Barrier.objects.select_for_update().filter(pk=barrier.pk, approver=None).first()
    if standing is None:
        raise ValidationError("It was approved meanwhile. An editor can ask for its removal.")
    after = {"reason": why}
    record(
        by=by, verb="barrier.decline", subject_kind="barrier", subject=barrier.key, before=_shown(standing), after=after
    )
    standing.delete()


@transaction.atomic
def remove_barrier(*, by: User, barrier: Barrier, agreed_by: User | None = None) -> None:
    """One that nobody approved yet stops nothing, so an editor takes it away alone.

    For any other raises as ``agreeing.require_agreement`` does: members would read of data that was said to stop.
    """
    require(by, "catalog.edit")
    if barrier.approver_id is not None:
        require_agreement(by, agreed_by, None, timezone.now(), AGREEING)
    record(by=by, verb="barrier.remove", subject_kind="barrier", subject=barrier.key, before=_shown(barrier))
    barrier.delete()


def _shown(barrier: Barrier) -> dict[str, object]:
    names = ("key", "downstream_key", "category", "only_masked", "only_aggregated", "reason")
    return {name: getattr(barrier, name) for name in names} | {"expires_at": barrier.expires_at.isoformat()}
