"""What is only looked at counts as used, where two people say so; and counts no more, once two take it back."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.catalog.actions.marking import require_two
from transparency.catalog.models import Counted
from transparency.catalog.queries import what_counts_it


@transaction.atomic
def count_looking(
    *, by: User, category: str, reason: str, feature: str = "", stage: str = "", agreed_by: User | None = None
) -> Counted:
    """Let it count where ``feature`` only looks at ``category``; where none is named, in every feature.

    It adds to what findings and members are told, and changes nothing of what is said. Raises ``ValidationError``
    naming the field, also where it counts already by what was said of more.
    """
    require_two(by, agreed_by)
    counted = Counted(category=category, feature=feature, stage=stage, reason=reason.strip(), author=by)
    counted.full_clean(exclude=("author",), validate_constraints=False)
    if stage and not feature:
        raise ValidationError({"feature": "Say of which feature this stage is, or leave out the stage."})
    if already := what_counts_it(category, feature, stage):
        raise ValidationError(f"It counts already: {already.author.name} said so of {already}.")
    counted.save()
    record(by=by, verb="looking.count", subject_kind="looking", subject=str(counted), after=_shown(counted))
    return counted


@transaction.atomic
def count_no_more(*, by: User, counted: Counted, agreed_by: User | None = None) -> None:
    """Take it back: from the next comparison on it is shown to staff only."""
    require_two(by, agreed_by)
    record(by=by, verb="looking.uncount", subject_kind="looking", subject=str(counted), before=_shown(counted))
    counted.delete()


def _shown(counted: Counted) -> dict[str, object]:
    return model_to_dict(counted, ("category", "feature", "stage", "reason"))
