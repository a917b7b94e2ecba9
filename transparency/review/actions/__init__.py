"""The only writes of this room."""

from transparency.review.actions.digests import send_digests
from transparency.review.actions.documents import BroughtPolicy, PolicyRehearsal, bring_policy, rehearse_policy
from transparency.review.actions.findings import compare, dismiss, propose_from, reopen
from transparency.review.actions.importing import INVENTORY, TABLE, Brought, Rehearsal, import_file, rehearse_import
from transparency.review.actions.proposals import (
    Conflict,
    approve,
    bring_up_to_date,
    change_terms,
    comment,
    publish,
    put_record,
    remove_record,
    return_to_author,
    settle,
    start_proposal,
    submit,
    undo_edit,
    withdraw,
)

__all__ = [
    "INVENTORY",
    "TABLE",
    "Brought",
    "BroughtPolicy",
    "Conflict",
    "PolicyRehearsal",
    "Rehearsal",
    "approve",
    "bring_policy",
    "bring_up_to_date",
    "change_terms",
    "comment",
    "compare",
    "dismiss",
    "import_file",
    "propose_from",
    "publish",
    "put_record",
    "rehearse_import",
    "rehearse_policy",
    "remove_record",
    "reopen",
    "return_to_author",
    "send_digests",
    "settle",
    "start_proposal",
    "submit",
    "undo_edit",
    "withdraw",
]
