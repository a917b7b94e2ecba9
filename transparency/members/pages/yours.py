"""What the overview says to its reader alone: what they refused, and what changed since their last visit."""

from datetime import datetime
from functools import lru_cache

from django.http import HttpRequest
from django.template.loader import render_to_string

from transparency.accounts.actions import note_seen
from transparency.accounts.models import User
from transparency.accounts.stored import read_along, read_of
from transparency.consent import queries
from transparency.consent.offers import offers_of, told
from transparency.members.access import user_of
from transparency.register import queries as said
from transparency.register.diff import sentences
from transparency.register.standing import standing

BEFORE = "edition_before"  # in the session: the newest edition that was shown before this visit


def yours(request: HttpRequest, at: datetime) -> str:
    """Empty for strangers, and for accounts of no member."""
    read_along(request.session, queries.WORDS_OF_PERSON)
    user = user_of(request)
    digest = standing(at)[1]
    if user is None or not user.member_key or not digest:
        return ""
    read = read_of(request.session, user)
    refused, again = told(digest, queries.words_in(read) if read else queries.words_of(user.member_key))
    return _words(refused, again, _before(request, user, offers_of(digest).edition), digest)


def _before(request: HttpRequest, user: User, edition: int) -> int:
    """The edition that the last visit ended with; 0 on the first. A visit is a session."""
    if user.seen_edition < edition:
        request.session.setdefault(BEFORE, user.seen_edition)
        note_seen(user=user, edition=edition)
    return int(request.session.get(BEFORE, edition))


@lru_cache(maxsize=1_000)
def _words(refused: int, again: int, before: int, digest: str) -> str:
    """Made once for all who are told the same; nothing in it names anybody."""
    context = {"refused": refused, "again": again, "sentences": _changes(before, digest)}
    return render_to_string("members/_yours.html", context)


@lru_cache(maxsize=100)
def _changes(before: int, digest: str) -> tuple[str, ...]:
    then, now = said.edition(before) if before else None, said.by_digest(digest)
    if then is None or now is None:
        return ()
    return sentences(said.changes_between(then, now))
