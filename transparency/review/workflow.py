"""Which state of a proposal follows which, as one table. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Transition:
    """One step: the state it leads to, and the permission that it takes."""

    to: str
    permission: str


EDITABLE = ("draft", "returned")
TRANSITIONS: dict[tuple[str, str], Transition] = {
    ("draft", "submit"): Transition("submitted", "proposal.edit"),
    ("returned", "submit"): Transition("submitted", "proposal.edit"),
    ("draft", "withdraw"): Transition("withdrawn", "proposal.edit"),
    ("returned", "withdraw"): Transition("withdrawn", "proposal.edit"),
    ("submitted", "withdraw"): Transition("withdrawn", "proposal.edit"),
    ("approved", "withdraw"): Transition("withdrawn", "proposal.edit"),
    ("submitted", "approve"): Transition("approved", "proposal.decide"),
    # Anew: an approval doesn't count for ever.
    ("approved", "approve"): Transition("approved", "proposal.decide"),
    ("submitted", "return"): Transition("returned", "proposal.decide"),
    ("approved", "return"): Transition("returned", "proposal.decide"),
    ("approved", "publish"): Transition("published", "proposal.decide"),
    ("submitted", "edit"): Transition("draft", "proposal.edit"),
    ("approved", "edit"): Transition("draft", "proposal.edit"),
    ("draft", "edit"): Transition("draft", "proposal.edit"),
    ("returned", "edit"): Transition("returned", "proposal.edit"),
}


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = (f"    {state} --> {step.to}: {verb}" for (state, verb), step in TRANSITIONS.items())
    return "stateDiagram-v2\n" + "\n".join(lines)
