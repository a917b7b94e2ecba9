"""The history in words: what each act is called, and what it changed. Pure."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from transparency.catalog.models import Source
from transparency.enforcement.wording import age

# Every verb of the history, after “Otto”. A test compares the table with what the rooms write.
ACTS = {
    "proposal.start": "started a proposal",
    "proposal.edit": "changed a record in a proposal",
    "proposal.terms": "changed from when a proposal holds",
    "proposal.undo": "took a change out of a proposal",
    "proposal.rebase": "brought a proposal up to date",
    "proposal.settle": "decided what holds later, where an edition that waits changes the same",
    "proposal.submit": "submitted a proposal",
    "proposal.approve": "approved a proposal",
    "proposal.return": "returned a proposal",
    "proposal.withdraw": "withdrew a proposal",
    "proposal.publish": "published a proposal",
    "proposal.comment": "commented on a proposal",
    "edition.publish": "made an edition",
    "edition.work_out": "had what is kept beside editions worked out anew",
    "finding.dismiss": "dismissed a finding",
    "finding.reopen": "opened a finding again",
    "source.add": "added a source",
    "source.change": "changed a source",
    "source.retire": "retired a source",
    "source.refresh": "asked for a refresh",
    "source.accept_held": "accepted a catalog that was in doubt",
    "source.try": "tried a source",
    "rule.add": "added a rule",
    "rule.move": "moved a rule",
    "rule.remove": "removed a rule",
    "suggestion.accept": "accepted what a column was suggested to hold",
    "suggestion.reject": "rejected what a column was suggested to hold",
    "suggestion.reopen": "took back that a suggestion is rejected",
    "binding.add": "added a binding",
    "binding.remove": "removed a binding",
    "barrier.propose": "proposed a barrier",
    "barrier.approve": "approved a barrier",
    "barrier.decline": "declined a barrier",
    "barrier.remove": "removed a barrier",
    "names.rule": "had names compared by a rule",
    "names.unrule": "took back a rule about names",
    "names.part": "kept two names apart",
    "names.join": "let two names be one again",
    "looking.count": "let it count that data is only looked at",
    "looking.uncount": "let it count no more that data is only looked at",
    "pipeline.register": "registered a pipeline",
    "pipeline.change": "changed a pipeline",
    "pipeline.pause": "paused a pipeline",
    "pipeline.resume": "resumed a pipeline",
    "pipeline.retire": "retired a pipeline",
    "pipeline.webhook_secret": "changed what signs messages to a pipeline",
    "pipeline.webhook_off": "gave up telling a pipeline of new choices",
    "pipeline.webhook_on": "let a pipeline be told of new choices again",
    "pipeline.start_trials": "had it tried whether refusing works",
    "pipeline.stop_trials": "had it tried no more whether refusing works",
    "ledger.stands_still": "saw that the public log stands still",
    "ledger.goes_on": "saw that the public log goes on",
    "ledger.rewritten": "saw that something was rewritten in the database",
    "ledger.clock_ran_ahead": "said that the clock had run ahead when the public log was sealed",
    "choice.on_behalf": "refused on a member’s behalf",
    "choice.import": "brought earlier refusals",
    "choice.replay": "brought back what members chose after the backup that was restored",
    "member.erase": "erased a member’s choices",
    "token.issue": "made a key",
    "token.revoke": "revoked a key",
    "account.sign_in": "signed in",
    "account.invite": "invited somebody",
    "account.make_own": "made a member of ours, who tries things",
    "account.ask": "asked for somebody else’s agreement",
    "account.agree": "agreed",
    "account.decline": "declined",
    "account.role": "gave somebody another role",
    "account.sign_out_everywhere": "signed out everywhere",
    "account.deactivate": "switched an account off",
    "account.reactivate": "switched an account on",
    "account.second_factor_forgotten": "forgot somebody’s second factor",
    "account.mails": "chose e-mails",
    "account.password_changed": "changed the password",
    "account.password_reset": "set a new password",
    "account.totp_activated": "set up an authenticator app",
    "account.totp_deactivated": "switched the authenticator app off",
    "account.webauthn_added": "added a key as second factor",
    "account.webauthn_removed": "removed a key as second factor",
    "account.recovery_codes_generated": "made new recovery codes",
}
KINDS = {
    "proposal": "Proposals",
    "edition": "Editions",
    "finding": "Findings",
    "source": "Sources",
    "rule": "Rules",
    "suggestion": "Suggestions",
    "binding": "Bindings",
    "barrier": "Barriers",
    "names": "Names",
    "looking": "Data that is only looked at",
    "pipeline": "Pipelines",
    "ledger": "The public log",
    "choice": "Choices",
    "member": "Members",
    "token": "Keys",
    "account": "Accounts",
}
# What others rely on: acts that give power, open a way in, say something to members, or let less be seen or kept.
SENSITIVE = frozenset(
    {
        *(verb for verb in ACTS if verb.startswith(("account.", "token."))),
        "proposal.approve",
        "proposal.publish",
        "barrier.approve",
        "barrier.remove",
        "rule.add",
        "rule.move",
        "rule.remove",
        "suggestion.accept",
        "binding.add",
        "binding.remove",
        "looking.count",
        "looking.uncount",
        "names.rule",
        "names.unrule",
        "names.part",
        "names.join",
        "source.add",
        "source.change",
        "source.accept_held",
        "source.retire",
        "pipeline.register",
        "pipeline.change",
        "pipeline.pause",
        "pipeline.resume",
        "pipeline.retire",
        "pipeline.webhook_secret",
        "pipeline.start_trials",
        "pipeline.stop_trials",
        "choice.import",
        "choice.replay",
        "member.erase",
        "ledger.clock_ran_ahead",
    }
) - {"account.sign_in", "account.mails"}
# What fields are called on the forms where people fill them in; others are called as in the code, without “_”. What is
# no field but the key of a record stays as it is.
FIELDS = {
    "slug": "short name",
    "connector": "read from",
    "location": "where it is",
    "token": "name of the token",
    "namespace": "names of places",
    "every_minutes": "minutes between two readings",
    "whole_every_hours": "hours until all of it is read again",
    "horizon_days": "days for which a flow counts",
    "stale_after_hours": "hours after which it is stale",
    "enabled": "switched on",
    "active": "answered",
    "contact": "its team",
    "max_age": "how old choices may be",
    "webhook_url": "address that is told of new choices",
    "assignments": "what it runs",
    "scopes": "what it may do",
    "email": "e-mail",
    "member": "the member’s id",
    "agreed_by": "agreed to by",
    "matches": "looks at",
    "downstream_key": "flows to",
    "only_masked": "only what is masked",
    "only_aggregated": "only what is aggregated",
    "in_doubt": "what is in doubt",
    "assets": "assets that it found",
    "flows": "flows that it found",
    "effective_at": "from when it holds",
}
LONGEST = 300
SCOPES = {"lineage": "post the lineage of", "pipeline": "ask as the pipeline", "choices": "record members’ choices"}


def scope_in_words(scope: str) -> str:
    """What a key may do, e.g. “post the lineage of warehouse”."""
    kind, _, of = scope.partition(":")
    return f"{SCOPES[kind]} {of}".strip() if kind in SCOPES else scope


def _scopes(value: Any) -> Any:
    """Of a key, in words; those of a use are records, with fields of their own."""
    return [scope_in_words(one) if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


def _connector(value: Any) -> Any:
    return dict(Source.Connector.choices).get(value, value) if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    return f"{value.removesuffix(':00+00:00')} UTC" if isinstance(value, str) and value else value


def _age(value: Any) -> Any:
    return age(value) if isinstance(value, int) else value


def _as_it_is(value: Any) -> Any:
    return value


# Fields whose values are codes or numbers that mean little as they stand.
VALUES: dict[str, Callable[[Any], Any]] = {
    "max_age": _age,
    "scopes": _scopes,
    "connector": _connector,
    "effective_at": _moment,
}
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Change:
    """One field that an act changed, as text before and after."""

    field: str
    before: str
    after: str


def in_words(verb: str) -> str:
    """What somebody did; the verb itself where nobody has put it into words."""
    return ACTS.get(verb, verb)


def told(verb: str, before: Any, after: Any) -> tuple[str, list[Change]]:
    """What somebody did, and what it changed; of what was asked for or agreed to, the first says what it is."""
    asked = after.get("what") if isinstance(after, dict) and verb.startswith("account.") else None
    if not isinstance(asked, str):
        return in_words(verb), changes(before, after)
    rest = {name: value for name, value in after.items() if name != "what"}
    return f"{in_words(verb)} ({asked[:1].lower()}{asked[1:]})", changes(before, rest)


def groups() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """For a list to choose from: each kind with its name and its verbs."""
    return [
        (kind, name, [(verb, words) for verb, words in ACTS.items() if verb.startswith(f"{kind}.")])
        for kind, name in KINDS.items()
    ]


def changes(before: Any, after: Any) -> list[Change]:
    """What differs between two JSON values, field by field.

    Records within records are named with their own fields, those of a list with their place in it; of a list of words,
    only those are told that came or went.
    """
    return list(_changes("", before, after))


def _changes(field: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after or (before in EMPTY and after in EMPTY):
        return
    if isinstance(before, dict | None) and isinstance(after, dict | None):
        before, after = before or {}, after or {}
        for name in [*before, *(one for one in after if one not in before)]:
            word = VALUES.get(name, _as_it_is)
            old, new = word(before.get(name)), word(after.get(name))
            called = _called(name, old or new)
            yield from _changes(f"{field} · {called}" if field else called, old, new)
    elif isinstance(before, list | None) and isinstance(after, list | None):
        yield from _of_lists(field, before or [], after or [])
    else:
        yield Change(field, _text(before), _text(after))


def _called(name: str, value: Any) -> str:
    if name == "scopes" and isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return name  # of a use: where it is done, on which basis
    return FIELDS.get(name) or (name.replace("_", " ") if name.isidentifier() else name)


def _of_lists(field: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    if any(isinstance(one, dict) for one in [*before, *after]):
        for place, (old, new) in enumerate(zip_longest(before, after), start=1):
            yield from _changes(f"{field} {place}".strip(), old, new)
        return
    gone, came = [one for one in before if one not in after], [one for one in after if one not in before]
    if not gone and not came:
        gone, came = before, after
    yield Change(field, _text(gone), _text(came))


def _text(value: Any) -> str:
    if value in EMPTY:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        value = ", ".join(map(_text, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
