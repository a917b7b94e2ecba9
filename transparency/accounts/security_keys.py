"""What a security key answers, or whoever says to have one: bytes of strangers, read by libraries that trust them."""

import struct
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as allauths
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.core.exceptions import ValidationError
from django.forms import HiddenInput, JSONField

# What the readers of CBOR, of keys and of JSON raise on what they do not expect.
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    InvalidSignature,
    LookupError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)


class Answered(JSONField):
    """An answer as JSON; whatever can't be read, Python's limits on numbers and nesting included, is a wrong one."""

    widget = HiddenInput

    def to_python(self, value: Any) -> Any:
        return _read(lambda: super(Answered, self).to_python(value))

    def bound_data(self, data: Any, initial: Any) -> Any:
        """No answer is good twice, so none is written back into the page."""
        return initial


def _read(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ValidationError:
        raise
    except UNREADABLE:
        raise get_adapter().validation_error("incorrect_code") from None


class AddForm(allauths.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    credential = Answered()

    def clean(self) -> Any:
        return _read(super().clean)


class LoginForm(allauths.LoginWebAuthnForm):  # type: ignore[misc]  # likewise
    credential = Answered()

    def clean_credential(self) -> Any:
        return _read(super().clean_credential)


class ReauthenticateForm(allauths.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # likewise
    credential = Answered()

    def clean_credential(self) -> Any:
        return _read(super().clean_credential)


class SecondFactorForm(allauths.AuthenticateWebAuthnForm):  # type: ignore[misc]  # likewise
    credential = Answered()

    def clean_credential(self) -> Any:
        return _read(super().clean_credential)
