"""What fields and their values are called where people read of them: none of our codes, no day in figures. Pure."""

from collections.abc import Callable
from datetime import date
from functools import partial

import msgspec

from transparency.register.schema import Criterion, Recipient, Record, Scope
from transparency.register.vocabulary import label, legal_basis_label, purpose_label

WORDS = {
    # of a use
    "category": "which kind of data it is",
    "feature": "which AI feature it is",
    "stage": "what is done with it",
    "purpose": "the kind of purpose",
    "purpose_text": "the purpose",
    "why_needed": "why the data is needed",
    "scopes": "what holds where",
    "retention": "how long it is kept",
    "recipients": "who else gets it",
    "safeguards": "how it is protected",
    "refusing_does": "what refusing does",
    "refusing_does_not": "what refusing does not do",
    "stops_working": "what stops working if you refuse",
    "effective_from": "the first day of it",
    "clauses": "what our terms say about it",
    "risks": "what could go wrong",
    "necessary": "whether it works without it",
    # of a use, in some places
    "jurisdictions": "where",
    "legal_basis": "why the law allows it",
    "interest": "our own reason",
    "balancing_url": "where we say how we weighed it",
    "refusal": "whether you can refuse",
    "why_not": "why you can’t refuse",
    "default": "what holds until you choose",
    "default_reason": "why that holds until you choose",
    "rights": "your rights",
    # of an AI feature
    "slug": "its short name",
    "name": "its name",
    "what_it_does": "what it does",
    "kind": "what sort it is",
    "group": "its group",
    "controller": "the company that answers for it",
    "provider": "who made it",
    "team": "the team that runs it",
    "contact": "whom to ask",
    "status": "its state",
    "since": "the first day of that",
    "decides": "what it decides about you",
    "human_review": "which person looks at it",
    "contest": "how you can object",
    "criteria": "what counts",
    "intended_use": "what it is meant for",
    "out_of_scope": "what it must not do",
    "limitations": "what it gets wrong",
    "third_party_models": "models of other companies in it",
    "risk_level": "how risky the law finds it",
    "instructions_url": "where its instructions are",
    "where": "where you meet it",
    "owner": "who is responsible",
    # of a kind of data
    "key": "its key",
    "what_it_is": "what it is",
    "examples": "its examples",
    "parent": "its group",
    "origin": "how we get it",
    "sensitivity": "how sensitive it is",
    "dpv": "what the Data Privacy Vocabulary calls it",
    "fides": "what Fideslang calls it",
    "visible_to": "who can see it on the site",
    "manage_url": "where you see, change or delete it",
    "aliases": "its earlier keys",
    # of terms
    "title": "its title",
    "version": "its version",
    "opening": "what stands before its first clause",
    # of a clause
    "number": "its number",
    "heading": "its heading",
    "text": "its wording",
    "purposes": "the purposes that it names",
    # of a correction
    "about": "what sort of thing it is about",
    "subject": "what it is about",
    "field": "what of it was wrong",
    "until": "the last day of that",
    "said": "what we said",
    "truth": "what was true",
    "explanation": "how it came about",
}


def day(written: str) -> str:
    """``2026-03-01`` as people write it; what is no such day is shown as it is."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return written
    return f"{found.day} {found:%B %Y}"


def words(field: str) -> str:
    return WORDS.get(field, field.replace("_", " "))


_VOCABULARY = {
    **{name: name for name in ("origin", "sensitivity", "kind", "status", "decides", "refusal", "default", "about")},
    "jurisdictions": "jurisdiction",
    "safeguards": "safeguard",
}
_SAYING: dict[str, Callable[[str], str]] = {
    **{field: partial(label, vocabulary) for field, vocabulary in _VOCABULARY.items()},
    **dict.fromkeys(("since", "until", "effective_from"), day),
    "purpose": purpose_label,
    "legal_basis": legal_basis_label,
    "field": words,
}


def plain(field: str, value: object) -> str:
    """One value of a field, or one item of it where it is a list."""
    if isinstance(value, Recipient):
        return _recipient(value)
    if isinstance(value, Criterion):
        return f"{value.name}: {label('weight', value.weight).lower()}. {value.reason}"
    if isinstance(value, Record):
        return str(msgspec.to_builtins(value))
    if isinstance(value, bool):
        return "no, it needs this data" if value else "yes"
    return _SAYING.get(field, str)(str(value))


def text(field: str, value: object, between: str = "\n") -> str:
    """All that a field holds, in words: one thing a line. Empty where it holds nothing."""
    if isinstance(value, tuple | list):
        return ("\n\n" if field == "scopes" else between).join(text(field, one) for one in value)
    if isinstance(value, Scope):
        held = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return "\n".join(f"{words(name)}: {text(name, one, ', ')}" for name, one in held if one)
    return plain(field, value) if value or value is False else ""


def _recipient(one: Recipient) -> str:
    country = f" ({one.country})" if one.country else ""
    transfer = f"; {one.transfer}" if one.transfer else ""
    return f"{one.name}{country}, which {label('role', one.role)}{transfer}"
