"""Who signs here: keys from the environment or a file, never from the database."""

import base64
import binascii
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from transparency.ledger.notes import LOG, Signer, Verifier


def signers() -> list[Signer]:
    """All keys that sign: one, or while keys are changed the old and the new one."""
    return [Signer(settings.LEDGER_ORIGIN, LOG, _key(text)) for text in settings.LEDGER_KEYS]


def verifiers() -> list[Verifier]:
    """The public halves, in the order of the private ones."""
    return [signer.verifier for signer in signers()]


@lru_cache(maxsize=4)
def _key(text: str) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise ImproperlyConfigured(
            "LEDGER_KEY must be 32 random bytes in base64. Make one with:"
            " python -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'"
        ) from None
