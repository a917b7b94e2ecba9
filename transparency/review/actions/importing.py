"""Many uses at once, from a table: first what would happen, then all of it or nothing."""

from dataclasses import dataclass

import msgspec
from django.db import transaction

from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.register import diff, rules
from transparency.register.schema import Register, Use
from transparency.review import queries
from transparency.review.actions.proposals import Invalid, put_record
from transparency.review.models import Edit, Proposal
from transparency.review.spreadsheet import CellFault, read_uses


@dataclass(frozen=True)
class Rehearsal:
    """What an import would do: the uses that differ and the changes in words, or the faults that keep all of it out."""

    uses: list[Use]
    changes: list[diff.Change]
    faults: list[CellFault]


def rehearse_import(*, proposal: Proposal, data: bytes) -> Rehearsal:
    """Read a table against the proposal's draft, without changing anything."""
    table = read_uses(data)
    draft = queries.draft_register(proposal)
    standing = {use.id: use for use in draft.uses}
    new = [use for name, (_, use) in table.uses.items() if standing.get(name) != use]
    merged = msgspec.structs.replace(draft, uses=tuple({**standing, **{use.id: use for use in new}}.values()))
    faults = table.faults or _faults(merged, {name: row for name, (row, _) in table.uses.items()})
    return Rehearsal([], [], faults) if faults else Rehearsal(new, diff.changes(draft, merged), [])


def _faults(register: Register, rows: dict[str, int]) -> list[CellFault]:
    """What the rules have against the uses of the table; faults that were there before are not its fault."""
    return [
        CellFault(rows[one.subject], one.field, one.message) for one in rules.faults(register) if one.subject in rows
    ]


@transaction.atomic
def import_uses(*, by: User, proposal: Proposal, version: int, data: bytes) -> int:
    """Put every use of the table that differs into the proposal. Returns how many; raises ``Invalid``, ``Conflict``."""
    require(by, "proposal.edit")
    rehearsed = rehearse_import(proposal=proposal, data=data)
    if rehearsed.faults:
        raise Invalid([rules.Fault(f"row {one.row}", one.column, one.message) for one in rehearsed.faults])
    for use in rehearsed.uses:
        content = msgspec.to_builtins(use)
        put_record(by=by, proposal=proposal, version=version, kind=Edit.Kind.USE, content=content)
        version = proposal.version
    return len(rehearsed.uses)
