"""Which policy clauses cover which uses, and where the two come apart. Pure.

A use cites a clause by the document's name and the clause's number: “Privacy policy 3.2”. The name, in small letters
with hyphens, is the document's slug. Whoever cites a clause cites what is part of it, too.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from transparency.register.clauses import NUMBER, below, wording
from transparency.register.schema import Clause, Policy, Register, Use

CITATION = re.compile(
    rf"(?P<name>\S.*?)[\s,/:#]+(?:(?:article|clause|section|§)\s*)?(?P<number>{NUMBER})", re.IGNORECASE
)
Pins = Mapping[str, Mapping[str, str]]
"""By use id, then by clause: the digest of its wording when the use was last written."""


@dataclass(frozen=True)
class Cover:
    """A clause that a use cites: the document, the clause itself, and all that belongs to it."""

    citation: str
    policy: Policy
    clause: Clause
    clauses: tuple[Clause, ...]

    @property
    def name(self) -> str:
        """``slug/number``: what a clause is known by."""
        return f"{self.policy.slug}/{self.clause.number}"

    @property
    def digest(self) -> str:
        return digest(self.clauses)


@dataclass(frozen=True)
class Idle:
    """A purpose that a clause names, and that no use has."""

    policy: Policy
    clause: Clause
    purpose: str


def digest(clauses: tuple[Clause, ...]) -> str:
    """SHA-256 of what clauses say, in hexadecimal."""
    return hashlib.sha256(wording(clauses).encode()).hexdigest()


def named(citation: str) -> tuple[str, str] | None:
    """Slug and number of the clause that is cited; ``None`` where the text cites none."""
    found = CITATION.fullmatch(citation.strip())
    return (_slug(found["name"]), found["number"].lower()) if found else None


def _slug(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.casefold()).strip("-")


def covers(use: Use, policies: Mapping[str, Policy]) -> list[Cover]:
    """The clauses that a use cites and that exist, in its order. ``policies`` are by slug."""
    return [found for citation in use.clauses if (found := _cover(citation, policies))]


def _cover(citation: str, policies: Mapping[str, Policy]) -> Cover | None:
    slug, number = named(citation) or ("", "")
    found = below(policies[slug], number) if slug in policies else ()
    clause = next((one for one in found if one.number == number), None)
    return Cover(citation, policies[slug], clause, found) if clause else None


def by_slug(register: Register) -> dict[str, Policy]:
    return {policy.slug: policy for policy in register.policies}


def astray(use: Use, policies: Mapping[str, Policy]) -> list[str]:
    """Citations of clauses that a document, which is here, does not have."""
    found = ((citation, named(citation)) for citation in use.clauses)
    return [citation for citation, name in found if name and name[0] in policies and not _cover(citation, policies)]


def uncovered(register: Register) -> list[Use]:
    """Uses that no clause covers. Where no document is kept here at all, nothing can be said of any."""
    policies = by_slug(register)
    return [use for use in register.uses if policies and not covers(use, policies)]


def idle(register: Register) -> list[Idle]:
    """Purposes that clauses name and nobody pursues."""
    pursued = {use.purpose for use in register.uses}
    return [
        Idle(policy, clause, purpose)
        for policy in register.policies
        for clause in policy.clauses
        for purpose in clause.purposes
        if purpose not in pursued
    ]


def resting(register: Register) -> dict[str, list[Use]]:
    """By clause (``slug/number``), the uses that cite it or something that it belongs to."""
    found: dict[str, list[Use]] = defaultdict(list)
    policies = by_slug(register)
    for use in register.uses:
        names = {f"{cover.policy.slug}/{one.number}" for cover in covers(use, policies) for one in cover.clauses}
        for name in names:
            found[name].append(use)
    return dict(found)


def pins(before: Register, known: Pins, after: Register) -> dict[str, dict[str, str]]:
    """For each use of ``after``: the wording of its clauses when the use was last written.

    ``known`` is the answer for ``before``, the edition that came first. A use that reads as it did keeps what it had.
    """
    old, policies = {use.id: use for use in before.uses}, by_slug(after)
    now = {use.id: {cover.name: cover.digest for cover in covers(use, policies)} for use in after.uses}
    kept = {use.id: known.get(use.id, {}) for use in after.uses if old.get(use.id) == use}
    return {name: {**found, **_still(kept.get(name, {}), found)} for name, found in now.items()}


def _still(kept: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    return {clause: digest for clause, digest in kept.items() if clause in found}


def moved(register: Register, known: Pins) -> Iterator[tuple[Cover, list[Use]]]:
    """Clauses that read otherwise than when uses that cite them were written, with those uses."""
    policies = by_slug(register)
    found: dict[str, tuple[Cover, list[Use]]] = {}
    for use in register.uses:
        for cover in covers(use, policies):
            if known.get(use.id, {}).get(cover.name, cover.digest) != cover.digest:
                found.setdefault(cover.name, (cover, []))[1].append(use)
    yield from found.values()
