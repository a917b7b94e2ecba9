"""What people say of the graph, as far as it counts at a moment; and what observations follow from."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.forms.models import model_to_dict

from transparency.catalog.models import Apart, Barrier, Binding, ClassificationRule, NameRule, Source


@dataclass(frozen=True)
class Said:
    """What people say of the graph, as far as it counts at ``at``."""

    at: datetime
    rules: list[ClassificationRule]
    bindings: list[Binding]
    barriers: list[Barrier]
    sources: list[Source]
    names: list[NameRule]
    apart: list[Apart]

    @property
    def categories(self) -> list[str]:
        """All that rules may find."""
        return sorted({rule.category for rule in self.rules})

    @cached_property
    def digest(self) -> str:
        said = [model_to_dict(one) for one in (*self.rules, *self.bindings, *self.barriers, *self.names, *self.apart)]
        return _digest([said, [(source.pk, source.horizon_days) for source in self.sources]])

    @cached_property
    def inputs(self) -> str:
        """Of everything that follows from it: time counts only as far as it changes what counts."""
        return _digest([self.digest, [(s.pk, s.version, s.counts_as_asked(self.at)) for s in self.sources]])

    @property
    def horizons(self) -> dict[str, str]:
        """For each source the moment before which a flow was last seen too long ago."""
        oldest = {s: s.counts_as_asked(self.at) - timedelta(days=s.horizon_days) for s in self.sources}
        return {str(source.pk): moment.isoformat() for source, moment in oldest.items()}


def as_said(at: datetime) -> Said:
    """All of it, as it stands."""
    return Said(
        at,
        list(ClassificationRule.objects.all()),
        list(Binding.objects.order_by("pk")),
        list(Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at).order_by("pk")),
        list(Source.objects.order_by("pk")),
        list(NameRule.objects.order_by("pk")),
        list(Apart.objects.order_by("pk")),
    )


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()
