"""Many records at once, from a table or an inventory: first what would happen, then all of it or nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec
from django.db import transaction

from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.register import diff, rules
from transparency.register import queries as said
from transparency.register.exports.uses import told
from transparency.register.schema import Record, Register
from transparency.review import queries, undoing
from transparency.review.actions.proposals import Invalid, comment, put_record, remove_record
from transparency.review.inventory import KINDS, read_inventory
from transparency.review.models import Proposal
from transparency.review.spreadsheet import CellFault, Table, read_uses

TABLE, INVENTORY = "table", "inventory"
TOLD = 15
"""So many of the things that a file undoes are named in the comment about it."""
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

    ``edition`` is the one that the file was taken from, 0 where it does not say so, and ``undoes`` what others have
    changed since then and it would take back. ``missing`` is what must be mended in the proposal before it can be
    submitted, ``aside`` what was in the file and has no place in the register, ``uses`` how many there are now.
    """

    records: list[tuple[str, Record]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    uses: int = 0
    changes: list[diff.Change] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    missing: list[rules.Fault] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    edition: int = 0
    undoes: list[str] = field(default_factory=list)

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
        rehearsed = _rehearsed(draft, found.records, brought, faults, sorted(found.aside))
        return _with_undone(rehearsed, draft, undoing.edition_of(brought.data), proposal.base)
    table = read_uses(brought.data)
    faults = table.faults or list(_misread(draft, table))
    rehearsed = _rehearsed(draft, {"use": dict(table.uses)}, brought, faults, [])
    return _with_undone(rehearsed, draft, table.edition, proposal.base)


def _with_undone(rehearsed: Rehearsal, draft: Register, number: int, base: int) -> Rehearsal:
    """The same, saying what of it is older than what the proposal stands on."""
    edition = said.edition(number) if 0 < number < base and not rehearsed.faults else None
    if edition is None:
        return rehearsed
    before = said.document(edition).register
    then, now = _records(before), _records(draft)
    given: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
    for kind, record in rehearsed.records:
        given[kind][str(getattr(record, queries.KINDS[kind][1]))] = record

    def called(kind: str, subject: str) -> str:
        return f"“{queries.called(kind, subject, before, draft)}”"

    undoes = [*undoing.undone(then, now, given, called), *undoing.new_since(then, rehearsed.removed, called)]
    return replace(rehearsed, edition=number, undoes=undoes)


def _records(register: Register) -> dict[str, dict[str, Record]]:
    return {kind: queries.records(register, kind) for kind in KINDS}


def _rehearsed(
    draft: Register,
    given: Mapping[str, Mapping[str, tuple[int, Record]]],
    brought: Brought,
    faults: list[CellFault],
    aside: list[str],
) -> Rehearsal:
    standing = _records(draft)
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
    """Cells of columns for reading that say otherwise than the register: they would change nothing.

    Of a kind of data or a feature that it doesn't know it says nothing: that is the fault, and not what is told of it.
    """
    categories, features = queries.records(draft, "category"), queries.records(draft, "feature")
    says = {name: told(use, categories, features) for name, (_, use) in table.uses.items()}  # type: ignore[arg-type]  # by kind

    def is_unknown(name: str, column: str) -> bool:
        use = table.uses[name][1]
        what = {"category": use.category not in categories, "feature": use.feature not in features}
        return what.get(column.partition("_")[0], False)

    for row, name, column, cell in table.told:
        if name not in says or is_unknown(name, column):
            continue
        if says[name][column] != cell.strip():
            message = f"This column is for reading, and the register says “{says[name][column][:80]}”. Change it there."
            yield CellFault(row, column, message)


@transaction.atomic
def import_file(
    *, by: User, proposal: Proposal, version: int, brought: Brought, confirmed: bool = False
) -> tuple[int, int]:
    """Put every record of the file that differs into the proposal, and take out what is to go.

    Where it undoes what others changed since the edition that the file was taken from, a comment tells the reviewer.
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
    if rehearsed.undoes:
        comment(by=by, proposal=proposal, text=_warning(rehearsed, proposal.base))
    return len(rehearsed.records), len(rehearsed.removed)


def _warning(rehearsed: Rehearsal, base: int) -> str:
    """What the proposal's reader must know of a file that was out of date."""
    head = f"The imported file was of edition {rehearsed.edition}, and edition {base} stands now."
    lines = [f"- {one}" for one in rehearsed.undoes[:TOLD]]
    lines += [f"- and {len(rehearsed.undoes) - TOLD} more"] if len(rehearsed.undoes) > TOLD else []
    return "\n".join([f"{head} This takes back what was changed since:", *lines])
