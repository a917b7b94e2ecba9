"""So that nobody writes over what they never saw: a form carries the stamp of what it was made from. Pure."""

import hashlib
import json
from collections.abc import Mapping

from django.core.exceptions import ValidationError

LONGEST = 80


class Overtaken(ValidationError):  # noqa: N818 - a situation, not a fault
    """Somebody changed it meanwhile; the sentence says what stands now. Nothing of theirs was overwritten."""


def stamp(values: Mapping[str, object]) -> str:
    """What tells these values from all others: 32 hexadecimal digits."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:32]


def refuse_overtaken(seen: str | None, standing: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    """Raise ``Overtaken`` where ``seen`` is not the stamp of what stands; ``None`` is of those who saw no form."""
    if seen is None or seen == stamp(standing):
        return
    differing = [name for name in standing if name in wanted and wanted[name] != standing[name]]
    now = "; ".join(f"{name.replace('_', ' ')} is “{str(standing[name])[:LONGEST]}”" for name in differing)
    raise Overtaken(
        "Somebody changed this while you were writing. Nothing of theirs was overwritten. "
        + (f"What stands differs from what you typed: {now}. Save again to replace it." if now else "Save again.")
    )
