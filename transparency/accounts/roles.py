"""Who may do what, as one table. Pure: no ORM, no request."""

from django.db.models import TextChoices


class Role(TextChoices):
    MEMBER = "member", "Member"
    EDITOR = "editor", "Editor"
    REVIEWER = "reviewer", "Reviewer"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


STAFF = frozenset({Role.EDITOR, Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR})

# Every permission there is, in the words of the person who asks for it, and the roles that hold it.
PERMISSIONS: dict[str, frozenset[Role]] = {
    "staff.read": STAFF,
    "finding.decide": frozenset({Role.EDITOR, Role.REVIEWER}),
    "proposal.edit": frozenset({Role.EDITOR}),
    "proposal.comment": frozenset({Role.EDITOR, Role.REVIEWER}),
    "proposal.decide": frozenset({Role.REVIEWER}),
    "catalog.edit": frozenset({Role.EDITOR}),
    "catalog.agree": frozenset({Role.REVIEWER}),
    "barrier.approve": frozenset({Role.REVIEWER}),
    "source.refresh": frozenset({Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR}),
    "source.edit": frozenset({Role.ADMINISTRATOR}),
    "pipeline.manage": frozenset({Role.ADMINISTRATOR}),
    "pipeline.pause": frozenset({Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR}),
    "choice.on_behalf": frozenset({Role.EDITOR, Role.ADMINISTRATOR}),
    "choice.import": frozenset({Role.ADMINISTRATOR}),
    "member.erase": frozenset({Role.ADMINISTRATOR}),
    "token.manage": frozenset({Role.ADMINISTRATOR}),
    "user.manage": frozenset({Role.ADMINISTRATOR}),
}

# What a machine's key may do, by the first part of its scope, and what somebody must hold themselves to give it away.
# Roles are given without being held, for nobody holds two: there, two administrators must agree.
GIVEN_WITH: dict[str, str] = {
    "lineage": "source.edit",
    "pipeline": "pipeline.manage",
    "choices": "choice.on_behalf",
}
