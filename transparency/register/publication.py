"""What keeps a register from being published now, beside its own faults: notice, coverage, and what stays for ever."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from transparency.register import queries, rules
from transparency.register.diff import changes, more
from transparency.register.models import Edition
from transparency.register.phrases import day
from transparency.register.rules import Fault
from transparency.register.schema import Correction, Register

FURTHEST = timedelta(days=731)  # two years


def faults(
    register: Register, last: Edition | None, *, effective_at: datetime, sooner: str, at: datetime
) -> list[Fault]:
    """Everything against publishing ``register`` at ``at``, after ``last``; ``sooner`` is why it can't wait, if so."""
    before = queries.document(last).register if last else Register()
    found = [*rules.faults(register), *_corrections(before, register, effective_at), *_too_late(effective_at, at)]
    if settings.REQUIRE_POLICY_COVERAGE:
        found += rules.coverage_faults(register)
    if last and not sooner.strip():
        found += _notice(before, register, effective_at, at)
    return found


def faults_anew(register: Register, edition: Edition, urgent: Register, *, sooner: str, at: datetime) -> list[Fault]:
    """Everything against publishing ``edition``, which waits, anew as ``register``, because ``urgent`` holds before."""
    was = queries.document(edition).register
    found = [*rules.faults(register), *_corrections(was, register, edition.effective_at)]
    if settings.REQUIRE_POLICY_COVERAGE:
        found += rules.coverage_faults(register)
    if not sooner.strip() and is_untold(register, was, urgent) and _is_soon(edition.effective_at, at):
        found.append(Fault("", "effective_at", _must_wait(at)))
    words = f"Edition {edition.number} is published anew with it: "
    return [Fault(one.subject, one.field, f"{words}{one.message}") for one in found]


def wrote(edition: Edition, approver: str) -> Iterator[Fault]:
    """That whoever approves ``edition`` anew has written a part of it, if so."""
    if approver in edition.authors:
        words = f"{approver} wrote a part of edition {edition.number}, which is published anew with it"
        yield Fault("", "approver", f"{words}, so somebody else must approve it.")


def is_untold(register: Register, *told: Register) -> bool:
    """Whether more is done with data than members read of in any of what they were ``told``."""
    known = [{use.id: use for use in one.uses} for one in told]
    return any(set.intersection(*(more(one.get(use.id), use) for one in known)) for use in register.uses)


def _too_late(effective_at: datetime, at: datetime) -> Iterator[Fault]:
    """Editions never change, and hold one after the other: with a slip in the year none would ever hold again."""
    if effective_at > at + FURTHEST:
        when, last = (day(moment.astimezone(UTC).date().isoformat()) for moment in (effective_at, at + FURTHEST))
        words = f"It would hold from {when} only, and no later edition before that. Choose {last} or earlier."
        yield Fault("", "effective_at", words)


def _notice(before: Register, after: Register, effective_at: datetime, at: datetime) -> Iterator[Fault]:
    """More may be done with data only after members had time; a correction says what is done already."""
    found = changes(before, after)
    corrected = any(change.kind == "correction" for change in found)
    if any(change.material for change in found) and not corrected and _is_soon(effective_at, at):
        yield Fault("", "effective_at", _must_wait(at))


def _first_day(at: datetime) -> date:
    return at.astimezone(UTC).date() + timedelta(days=settings.NOTICE_DAYS)


def _is_soon(effective_at: datetime, at: datetime) -> bool:
    return effective_at.astimezone(UTC).date() < _first_day(at)


def _must_wait(at: datetime) -> str:
    must = f"More is done with data, so members must know {settings.NOTICE_DAYS} days before."
    return f"{must} Let it hold from {day(_first_day(at).isoformat())} or later, or say why it can’t wait."


def _corrections(before: Register, after: Register, effective_at: datetime) -> Iterator[Fault]:
    standing = {one.slug: one for one in after.corrections}
    known = {one.slug: one for one in before.corrections}
    for slug, one in known.items():
        if standing.get(slug) != one:
            yield Fault(slug, "", "This correction was published. It can’t be changed or taken away: add another.")
    for slug in standing.keys() - known.keys():
        yield from _new_correction(standing[slug], effective_at)


def _new_correction(one: Correction, effective_at: datetime) -> Iterator[Fault]:
    try:
        since, until = date.fromisoformat(one.since), date.fromisoformat(one.until)
    except ValueError:
        return  # the rules have said so
    if until > effective_at.astimezone(UTC).date():
        yield Fault(one.slug, "until", "The last day on which we said it can’t be after the day of the correction.")
    elif not queries.was_said(one.about, one.subject, _begin(since), _begin(until) + timedelta(days=1)):
        words = f"Between these days no edition spoke of “{one.subject[:80]}”. Choose what we did speak of, and when."
        yield Fault(one.slug, "subject", words)


def _begin(one: date) -> datetime:
    return datetime.combine(one, time.min, UTC)
