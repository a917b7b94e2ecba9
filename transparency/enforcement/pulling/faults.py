"""Why it can't be told whether members may be used. Whoever meets one of these uses nobody."""


class CannotTell(Exception):  # noqa: N818 - an answer: neither yes nor no
    """Whether these members may be used is not known, so they may not. No message ever holds a member key."""


class Unreachable(CannotTell):
    """No answer, not in time, or one that says to come back later."""


class NotEntitled(CannotTell):
    """The server answers this pipeline nothing: wrong key, paused, not assigned to the feature, or no such feature."""


class Untrusted(CannotTell):
    """What came is not what the server sealed, not for us, or older than what we had."""


class NotKept(CannotTell):
    """The list can't be written to the disk, or read from it."""


class OutOfDate(CannotTell):
    """The list that we keep has expired, and no newer one could be had."""


class Contradicted(CannotTell):
    """The run was acknowledged before, and otherwise: what was said first stands."""


class BadMembers(CannotTell):
    """What was given to be filtered are not member keys."""
