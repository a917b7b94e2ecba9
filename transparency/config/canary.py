"""Tries whether a refusal takes effect: as a member by the page, as a pipeline by the API, as anybody by the log.

The first try refuses, the next allows, and so on. A broken link anywhere between the button and the pipeline fails a
try, and staff are told in a quarter of an hour (``enforcement.queries.refusing_fails``).
"""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from transparency.accounts.models import User
from transparency.accounts.roles import Role
from transparency.config.visitor import Failed, Visitor
from transparency.consent.offers import Offer
from transparency.consent.queries import offers
from transparency.enforcement import actions, queries
from transparency.enforcement.keeping import NotNow
from transparency.enforcement.models import Canary, Trial
from transparency.enforcement.suppressions import Wanted, standing

SEALED_WITHIN = timedelta(minutes=3)
BACKEND = "transparency.accounts.stored.StoredBackend"


def try_refusing(*, at: datetime) -> Trial | None:
    """One try, kept. ``None`` where nobody tries, or nothing was published that can be refused."""
    canary = queries.canary()
    offer = next((one for one in offers(at).by_use.values() if one.terms.refusable), None)
    if canary is None or offer is None:
        return None
    before, began = queries.latest_trials(), time.monotonic()
    decision = "allow" if before and before[0].decision == "refuse" and not before[0].fault else "refuse"
    reference, step, fault = None, "", ""
    try:
        with _visitor(canary) as visitor:
            _look_into_the_log(visitor, before, at)
            reference = _try(visitor, canary, offer, decision)
    except Failed as failed:
        step, fault = failed.step, str(failed)
    return actions.record_trial(
        decision=decision, at=at, seconds=time.monotonic() - began, reference=reference, step=step, fault=fault
    )


def _try(visitor: Visitor, canary: Canary, offer: Offer, decision: str) -> uuid.UUID:
    """Choose by the page, then ask everybody who answers for it."""
    use = offer.use
    actions.aim_canary(canary=canary, feature=use.feature, stage=use.stage.value)
    reference = visitor.choose(visitor.choices(), decision, offer.scope)
    sequence = _sequence(visitor, reference, decision)
    question = {"feature": use.feature, "stage": use.stage.value, "categories": [use.category]}
    members = {"members": [canary.account.member_key], "min_sequence": sequence}
    allowed = visitor.decision(question | members).get("allowed")
    if allowed != [decision == "allow"]:
        raise Failed("decision", f"After “{decision}” a pipeline was told {json.dumps(allowed)[:40]}.")
    wanted = {"feature": use.feature, "stage": use.stage.value, "categories": use.category}
    listed = visitor.changes(wanted | {"since": str(sequence - 1), "base": _base(offer)})
    leave_out = "true" if decision == "refuse" else "false"
    if f'{{"member":"{canary.account.member_key}","leave_out":{leave_out}}}' not in listed:
        raise Failed("list", f"The list of changes does not say “{decision}”.")
    return reference


def _sequence(visitor: Visitor, reference: uuid.UUID, decision: str) -> int:
    try:
        record = json.loads(visitor.receipt(reference)["proof"]["record"])
        sequence, said = int(record["sequence"]), record["decision"]
    except (KeyError, TypeError, ValueError) as fault:
        raise Failed("receipt", "The receipt has no record of the choice.") from fault
    if said != decision:
        raise Failed("receipt", f"After “{decision}” the receipt says something else.")
    return sequence


def _base(offer: Offer) -> str:
    use = offer.use
    try:
        return standing(Wanted(use.feature, use.stage.value, (use.category,))).base
    except NotNow as fault:
        raise Failed("list", str(fault)) from fault


def _look_into_the_log(visitor: Visitor, before: list[Trial], at: datetime) -> None:
    """A choice of some minutes ago must stand in the public log by now."""
    older = next((one for one in before if one.reference and one.at <= at - SEALED_WITHIN), None)
    if older and older.reference and "batch" not in visitor.receipt(older.reference).get("proof", {}):
        raise Failed("log", "The receipt of some minutes ago is not in the public log yet.")


def tell_of_failure() -> int:
    """Write to every administrator when a second try in a row has failed, once. Returns how many letters were sent."""
    failed = [bool(trial.fault) for trial in queries.latest_trials(3)]
    if failed not in ([True, True], [True, True, False]):
        return 0
    newest = queries.latest_trials(1)[0]
    told = {
        "trial": newest,
        "link": f"{settings.PUBLIC_URL}{reverse('staff:workers')}",
        "site_name": settings.SITE_NAME,
    }
    body = render_to_string("emails/refusing.txt", told)
    people = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    letters = [EmailMessage("Refusing may not work", body, to=[one.email]) for one in people]
    return get_connection().send_messages(letters) or 0


@contextmanager
def _visitor(canary: Canary) -> Iterator[Visitor]:
    """The canary's member, signed in for this try only."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update(_signed_in(canary.account))
    session.set_expiry(600)
    session.save()
    try:
        with Visitor(session.session_key, queries.key_of_canary(canary)) as visitor:
            yield visitor
    finally:
        session.delete()


def _signed_in(account: User) -> dict[str, str]:
    return {
        SESSION_KEY: str(account.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: account.get_session_auth_hash(),
    }
