"""The secrets of Tandem's machines. Shown once, so kept beside the demo's data, for its owner only."""

import base64
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from transparency.config import embedded
from transparency.ledger.notes import WITNESS, Signer

LINEAGE, SETTINGS_PAGE = "pipeline", "settings_page"
WITNESS_NAME = "witness.example"


def keep(made: Mapping[str, str]) -> None:
    """Write each into a file of its own."""
    for name, secret in made.items():
        path = embedded.local() / f"{name}_token"
        path.touch(mode=0o600)
        path.write_text(secret)


def key_of(machine: str) -> str:
    """The secret of this machine. Raises ``FileNotFoundError`` where the demo was never loaded."""
    return (embedded.local() / f"{machine}_token").read_text()


def witness_verifier() -> str:
    """The public half of the witness's key, as checkpoints name it."""
    text = (embedded.local() / "witness" / "key").read_text()
    return str(Signer(WITNESS_NAME, WITNESS, Ed25519PrivateKey.from_private_bytes(base64.b64decode(text))).verifier)


def keep_witness_key() -> None:
    """Make the key of the log's witness, once; its folder is the witness's own."""
    place = embedded.local() / "witness" / "key"
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        place.touch(mode=0o600)
        place.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
