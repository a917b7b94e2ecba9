"""Who outside signs our checkpoints too (C2SP tlog-witness): so that nobody can be shown another log than all others.

A witness remembers what it signed, and signs a newer checkpoint only with the proof that it begins with that one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from transparency.ledger.notes import DASH, WITNESS, BadNote, Verifier

PATIENCE = httpx2.Timeout(10.0)  # seconds
LONGEST_ANSWER = 20_000  # bytes
CONFLICT = 409
SIZE = re.compile(rb"(?:0|[1-9][0-9]{0,18})\n")
FORM = "LEDGER_WITNESSES must hold a witness's public key, a space and its address, with a comma between two of them."

FORGOT = (
    "{name} signed {old} entries and says now that it knows {now}: it was set back. Tell who runs it: it needs its"
    " newer memory back, or another name and key. Until then the log stands without it."
)

Proof = Callable[[int], Sequence[str]]
"""The lines, in base64, that prove that the checkpoint begins with the tree of so many entries."""


class NoSignature(Exception):  # noqa: N818 - a state of the witness; the message is for the log
    """The witness did not sign; the checkpoint stands without it."""


@dataclass(frozen=True)
class Witness:
    """Somebody who signs, and where they are asked."""

    verifier: Verifier
    url: str

    @property
    def name(self) -> str:
        return self.verifier.name

    def sign(self, note: str, old: int, proof: Proof) -> str:
        """The line that the witness signs under ``note``, checked; ``old`` is the size that it should know.

        Where it knows a larger size, it says which, and is asked once more from there. Raises ``NoSignature``.
        """
        status, answer = self._hand_in(note, old, proof)
        if status == CONFLICT and SIZE.fullmatch(answer):
            if int(answer) < old:
                raise NoSignature(FORGOT.format(name=self.name, old=old, now=int(answer)))
            status, answer = self._hand_in(note, int(answer), proof)
        if status != httpx2.codes.OK:
            raise NoSignature(f"{self.name} answered with status {status}.")
        return self._own_line(note, answer)

    def _hand_in(self, note: str, old: int, proof: Proof) -> tuple[int, bytes]:
        body = "\n".join([f"old {old}", *proof(old), "", note])
        try:
            with (
                httpx2.Client(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", f"{self.url}/add-checkpoint", content=body.encode()) as answer,
            ):
                return answer.status_code, b"".join(_bounded(answer))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as fault:
            raise NoSignature(f"{self.name} can't be asked: {type(fault).__name__}.") from fault

    def _own_line(self, note: str, answer: bytes) -> str:
        body = note.partition("\n\n")[0] + "\n"
        for line in answer.decode(errors="replace").split("\n"):
            if line.startswith(f"{DASH} {self.name} "):
                try:
                    self.verifier.check_line(body, line)
                except BadNote as fault:
                    raise NoSignature(str(fault)) from fault
                return f"{line}\n"
        raise NoSignature(f"{self.name} sent no signature of its own.")


def _bounded(answer: httpx2.Response) -> Sequence[bytes]:
    parts: list[bytes] = []
    for part in answer.iter_raw():
        parts.append(part)
        if sum(map(len, parts)) > LONGEST_ANSWER:
            raise NoSignature("The answer is too long.")
    return parts


def witnesses() -> list[Witness]:
    """Everybody whom the settings name. Raises ``ImproperlyConfigured``."""
    return [_witness(text) for text in settings.LEDGER_WITNESSES]


def _witness(text: str) -> Witness:
    key, _, url = text.partition(" ")
    try:
        verifier = Verifier.read(key)
    except BadNote as fault:
        raise ImproperlyConfigured(f"{FORM} {fault}") from fault
    parts = urlsplit(url.strip())
    if verifier.kind != WITNESS or parts.scheme not in ("https", "http") or not parts.hostname:
        raise ImproperlyConfigured(FORM)
    return Witness(verifier, url.strip().rstrip("/"))
