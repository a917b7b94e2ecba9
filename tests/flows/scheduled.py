"""A register with one use; an edition of it is in force on 4 December 2026, and something is scheduled for 1 March."""

from datetime import UTC, datetime, timedelta

import msgspec

from tests.register.builders import NOON, register, use
from transparency.register import queries as said
from transparency.register.schema import Scope
from transparency.review import actions, queries

MARCH, APRIL = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC)
NOW = NOON + timedelta(days=10)  # 4 December 2026
PAGE = "/uses/communications.messages/job-ranking/training/"
LONGER = {"retention": "2 years"}
FEW = {"risks": "Few people read it."}
HURRY = {"sooner": "A mistake, found today."}
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")


def content(corrections=(), **fields):
    """A register with one use, which needs a yes."""
    return register(use(scopes=(ASKED,), **fields), corrections=corrections)


def write(otto, effective_at=None, sooner="", **fields):
    """What Otto proposes of the one use, on top of what holds."""
    one = actions.start_proposal(by=otto, title="Urgent", sooner=sooner, effective_at=effective_at)
    holds = queries.base_register(one).uses[0]
    content = msgspec.to_builtins(msgspec.structs.replace(holds, **fields))
    actions.put_record(by=otto, proposal=one, version=one.version, kind="use", content=content)
    return one


def agree(otto, ines, proposal):
    actions.submit(by=otto, proposal=proposal)
    actions.approve(by=ines, proposal=proposal, content_digest=queries.content_digest(proposal))
    return proposal


def publish(otto, ines, **told):
    return actions.publish(by=ines, proposal=agree(otto, ines, write(otto, **told)))


def read(client, path=PAGE):
    return client.get(path).content.decode()


def uses(number):
    return said.document(said.edition(number)).register.uses
