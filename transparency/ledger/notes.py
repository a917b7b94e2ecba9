"""Signed notes and checkpoints, as C2SP writes them (signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof). Pure.

A checkpoint is a note of three lines: the log's origin, its size, the root of its tree. Each signature is a line of its
own under an empty one: the log's (type 1) and those of witnesses (type 4, which sign the time with it).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG, WITNESS = 1, 4
DASH = "\u2014"
MOST_SIGNATURES = 16
LONGEST_PROOF = 63
PROOF = "c2sp.org/tlog-proof@v1"
NAME = re.compile(r"[^\s+]{1,200}")
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


class BadNote(Exception):  # noqa: N818 - says what is wrong with it
    """Text that is no note, or a note that isn't signed by whom it should be."""


@dataclass(frozen=True)
class Verifier:
    """A public key, by the name that signatures carry. ``kind`` is ``LOG`` or ``WITNESS``."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The vkey encoding, by which keys are published."""
        return f"{self.name}+{self.id.hex()}+{_encoded(bytes([self.kind]) + self.public)}"

    @classmethod
    def read(cls, text: str) -> "Verifier":
        """Raises ``BadNote`` where the text is no vkey of a kind that we know."""
        name, plus, rest = text.strip().partition("+")
        named, _, encoded = rest.partition("+")
        data = _decoded(encoded)
        if not (plus and NAME.fullmatch(name) and len(data) == 33 and data[0] in (LOG, WITNESS)):
            raise BadNote("This is no verifier key: it has the form name+id+key.")
        found = cls(name, data[0], data[1:])
        if found.id.hex() != named:
            raise BadNote("The id of this verifier key is not that of the key.")
        return found

    def check(self, body: str, signature: bytes) -> int:
        """The time that a witness signed, 0 for a log. Raises ``BadNote`` unless the signature is this key's."""
        seconds, raw = (int.from_bytes(signature[:8]), signature[8:]) if self.kind == WITNESS else (0, signature)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw, _signed(body, self.kind, seconds))
        except (InvalidSignature, ValueError) as fault:
            raise BadNote(f"A signature of {self.name} does not verify.") from fault
        return seconds

    def check_line(self, body: str, line: str) -> int:
        """As ``check``, of a whole line of signature, which must be this key's."""
        name, data = _signature(line)
        if (name, data[:4]) != (self.name, self.id):
            raise BadNote(f"This is no signature by the known key of {self.name}.")
        return self.check(body, data[4:])


@dataclass(frozen=True)
class Signer:
    """A private key and the name that it signs with."""

    name: str
    kind: int
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.kind, self.key.public_key().public_bytes_raw())

    def line(self, body: str, seconds: int = 0) -> str:
        """The line that signs ``body``; ``seconds`` since the epoch are signed with it by witnesses."""
        signature = self.key.sign(_signed(body, self.kind, seconds))
        stamped = seconds.to_bytes(8) + signature if self.kind == WITNESS else signature
        return f"{DASH} {self.name} {_encoded(self.verifier.id + stamped)}\n"


@dataclass(frozen=True)
class Checkpoint:
    """How far a log has come, and the root of everything in it."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n"

    def note(self, signers: Iterable[Signer]) -> str:
        """The signed text, as it is published."""
        return self.body + "\n" + "".join(signer.line(self.body) for signer in signers)


def opened(note: str, verifiers: Sequence[Verifier]) -> tuple[Checkpoint, dict[str, int]]:
    """The checkpoint in a note, and who of ``verifiers`` signed it, with the times that witnesses signed.

    Signatures by others are passed over. Raises ``BadNote`` where one by a known key fails, or none is by a known log.
    """
    body, lines = _taken_apart(note)
    times: dict[str, int] = {}
    known = {(one.name, one.id): one for one in verifiers}
    logs = 0
    for name, data in lines:
        verifier = known.get((name, data[:4]))
        if verifier is not None:
            times[name] = verifier.check(body, data[4:])
            logs += verifier.kind == LOG
    if not logs:
        raise BadNote("No key that we know of this log has signed it.")
    return read_checkpoint(body), times


def read_checkpoint(body: str) -> Checkpoint:
    """The checkpoint in the text of a note, unsigned. Raises ``BadNote``."""
    lines = body.split("\n")
    if len(lines) < 4 or lines[-1] or not (lines[0] and NUMBER.fullmatch(lines[1])):
        raise BadNote("This is no checkpoint: origin, size and root stand on three lines.")
    root = _decoded(lines[2])
    if len(root) != 32:
        raise BadNote("The root of this checkpoint is no SHA-256.")
    return Checkpoint(lines[0], int(lines[1]), root)


def proof_text(index: int, hashes: Sequence[bytes], note: str, extra: bytes = b"") -> str:
    """A proof that needs nothing but itself and the log's public key: the content of a ``.tlog-proof`` file."""
    head = [PROOF, *([f"extra {_encoded(extra)}"] if extra else []), f"index {index}"]
    return "\n".join([*head, *(_encoded(one) for one in hashes), "", note])


def read_proof(text: str) -> tuple[int, list[bytes], str]:
    """Index, hashes and checkpoint note of a ``.tlog-proof``. Raises ``BadNote``."""
    head, empty, note = text.partition("\n\n")
    lines = head.split("\n")
    if not empty or lines[0] != PROOF or len(lines) < 2:
        raise BadNote("This is no proof of a transparency log.")
    rest = lines[2:] if lines[1].startswith("extra ") else lines[1:]
    index = rest[0].removeprefix("index ") if rest else ""
    if len(rest) > LONGEST_PROOF + 1 or not NUMBER.fullmatch(index):
        raise BadNote("The proof does not say which entry it is of.")
    hashes = [_decoded(line) for line in rest[1:]]
    if any(len(one) != 32 for one in hashes):
        raise BadNote("A hash of this proof is no SHA-256.")
    return int(index), hashes, note


def _signed(body: str, kind: int, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode() if kind == WITNESS else body.encode()


def _taken_apart(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    body, empty, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not empty or lines[-1] or not 1 < len(lines) <= MOST_SIGNATURES + 1 or CONTROLS.search(note):
        raise BadNote("This is no signed note: text, an empty line, and signatures.")
    return body + "\n", [_signature(line) for line in lines[:-1]]


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != DASH:
        raise BadNote("A signature has the form: dash, name, base64.")
    return parts[1], _decoded(parts[2])


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise BadNote("This is no base64.") from fault
