"""Many records at once, from a table or an inventory: first what would happen, then all of it or nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from django.db import transaction

from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.register import diff, rules
from transparency.register.exports.uses import told
from transparency.register.schema import Record, Register
from transparency.review import queries
from transparency.review.actions.proposals import Invalid, put_record, remove_record
from transparency.review.inventory import KINDS, read_inventory
from transparency.review.models import Proposal
from transparency.review.spreadsheet import CellFault, Table, read_uses

TABLE, INVENTORY = "table", "inventory"
MANY = 0.2
"""The part of the uses that an import may take out without being asked again."""


@dataclass(frozen=True)
class Brought:
    """A file, what it is, and whether uses that are not in it are to be taken out."""

    data: bytes
    form: str = TABLE
    whole: bool = False


@dataclass(frozen=True)
class Rehearsal:
    """What an import would do: records that differ, by kind, uses it takes out, and the changes in words; or the faults
    that keep all of it out.

    ``missing`` is what must be mended in the proposal before it can be submitted, ``aside`` what was in the file and
    has no place in the register, ``uses`` how many there are now.
    """

    records: list[tuple[str, Record]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    uses: int = 0
    changes: list[diff.Change] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    missing: list[rules.Fault] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    @property
    def many(self) -> bool:
        """Whether it takes out so much that it may be a mistake."""
        return len(self.removed) > MANY * self.uses


def rehearse_import(*, proposal: Proposal, brought: Brought) -> Rehearsal:
    """Read a file against the proposal's draft, without changing anything."""
    draft = queries.draft_register(proposal)
    if brought.form == INVENTORY:
        found = read_inventory(brought.data, draft)
        faults = found.faults or list(_unreadable(found.records))
        return _rehearsed(draft, found.records, brought, faults, sorted(found.aside))
    table = read_uses(brought.data)
    return _rehearsed(draft, {"use": dict(table.uses)}, brought, table.faults or list(_misread(draft, table)), [])


def _rehearsed(
    draft: Register,
    given: Mapping[str, Mapping[str, tuple[int, Record]]],
    brought: Brought,
    faults: list[CellFault],
    aside: list[str],
) -> Rehearsal:
    standing = {kind: queries.records(draft, kind) for kind in KINDS}
    new = [
        (kind, record)
        for kind, several in given.items()
        for name, (_, record) in several.items()
        if standing[kind].get(name) != record
    ]
    removed = [name for name in standing["use"] if name not in given["use"]] if brought.whole else []
    merged = _merged(draft, standing, new, removed)
    lines = {name: line for several in given.values() for name, (line, _) in several.items()}
    against = [one for one in rules.faults(merged) if one.subject in lines]
    if brought.form == TABLE:
        faults = faults or [CellFault(lines[one.subject], one.field, one.message) for one in against]
    if faults:
        return Rehearsal(faults=faults)
    return Rehearsal(new, removed, len(draft.uses), diff.changes(draft, merged), [], against, aside)


def _merged(
    draft: Register, standing: dict[str, dict[str, Record]], new: list[tuple[str, Record]], removed: list[str]
) -> Register:
    """The draft as it would be then; of what no file can hold, documents and corrections, all stays."""
    content = {kind: dict(several) for kind, several in standing.items()}
    for kind, record in new:
        content[kind][str(getattr(record, queries.KINDS[kind][1]))] = record
    for name in removed:
        del content["use"][name]
    return msgspec.structs.replace(
        draft, **{queries.KINDS[kind][0]: tuple(found.values()) for kind, found in content.items()}
    )


def _unreadable(given: Mapping[str, Mapping[str, tuple[int, Record]]]) -> Iterator[CellFault]:
    """Texts with characters that nobody sees can't even be put into a draft."""
    for several in given.values():
        for line, record in several.values():
            for one in rules.text_faults(record):
                yield CellFault(line, one.field, one.message)


def _misread(draft: Register, table: Table) -> Iterator[CellFault]:
    """Cells of columns for reading that say otherwise than the register: they would change nothing."""
    categories, features = queries.records(draft, "category"), queries.records(draft, "feature")
    says = {name: told(use, categories, features) for name, (_, use) in table.uses.items()}  # type: ignore[arg-type]  # by kind
    for row, name, column, cell in table.told:
        if name in says and says[name][column] != cell.strip():
            message = f"This column is for reading, and the register says “{says[name][column][:80]}”. Change it there."
            yield CellFault(row, column, message)


@transaction.atomic
def import_file(
    *, by: User, proposal: Proposal, version: int, brought: Brought, confirmed: bool = False
) -> tuple[int, int]:
    """Put every record of the file that differs into the proposal, and take out what is to go.

    Returns how many of both. Raises ``Conflict``, or ``Invalid`` with every fault, also where much would go and nobody
    said that this is meant.
    """
    require(by, "proposal.edit")
    rehearsed = rehearse_import(proposal=proposal, brought=brought)
    if rehearsed.faults:
        raise Invalid([rules.Fault(f"row {one.row}", one.column, one.message) for one in rehearsed.faults])
    if rehearsed.many and not confirmed:
        message = f"It takes out {len(rehearsed.removed)} of {rehearsed.uses} uses. Say that you mean it."
        raise Invalid([rules.Fault("", "confirmed", message)])
    for kind, record in rehearsed.records:
        content = msgspec.to_builtins(record)
        put_record(by=by, proposal=proposal, version=version, kind=kind, content=content)
        version = proposal.version
    for name in rehearsed.removed:
        remove_record(by=by, proposal=proposal, version=version, kind="use", subject=name)
        version = proposal.version
    return len(rehearsed.records), len(rehearsed.removed)
