"""What became of a refusal: from recorded, to delivered, to in effect. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from transparency.enforcement.obedience import Verdict


@dataclass(frozen=True)
class AtPipeline:
    """What one pipeline did with one refusal.

    ``delivered`` says whether it was given the refusal. ``since`` is when its first run began that honoured it, with no
    later one that did not; ``last_use`` when its last run began that did not know of it, and used the data. ``verdict``
    is what is to be said of its latest run, ``None`` before the first.
    """

    slug: str
    name: str
    active: bool
    delivered: bool
    since: datetime | None
    last_use: datetime | None
    verdict: Verdict | None

    @property
    def is_late(self) -> bool:
        """Whether its latest run did not honour what it had to honour."""
        return self.verdict not in (None, Verdict.FINE)


@dataclass(frozen=True)
class Effect:
    """What became of a member's refusal of one use.

    ``at`` and ``sequence`` are those of the choice since which it is off, ``by`` is the one that decides now: a member
    who refuses what they have refused already takes nothing back of what came of it.
    """

    use: str
    at: datetime
    sequence: int
    by: int
    pipelines: tuple[AtPipeline, ...] = field(default=())

    def rests_on(self, sequence: int) -> bool:
        """Whether the choice with this number began it, or decides now."""
        return sequence in (self.sequence, self.by)

    @property
    def assigned(self) -> int:
        """M: how many pipelines run this feature at this stage."""
        return len(self.pipelines)

    @property
    def delivered(self) -> int:
        """N of M: how many of them were given the refusal."""
        return sum(one.delivered for one in self.pipelines)

    @property
    def in_effect(self) -> int:
        """How many of them have run since, and honoured it."""
        return sum(one.since is not None for one in self.pipelines)

    @property
    def since(self) -> datetime | None:
        """When the last of them began to honour it; ``None`` as long as one does not."""
        moments = [one.since for one in self.pipelines]
        return None if None in moments else max((at for at in moments if at), default=None)

    @property
    def last_use(self) -> datetime | None:
        """When the last run began, of any of them, that did not know of it and used the data."""
        return max((one.last_use for one in self.pipelines if one.last_use), default=None)

    @property
    def is_late(self) -> bool:
        return any(one.is_late for one in self.pipelines)
