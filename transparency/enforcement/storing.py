"""Where long lists are kept: a try of the folder or bucket, and what is wrong with it, in words for who runs the site.

Knows neither Amazon's client nor the settings: what was raised says enough.
"""

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

TRIAL, TEXT = "trial", b"Put here to see whether lists can be kept.\n"
FORBIDDEN = (
    "The server forbids it: it does not know the key of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or that may not"
    " get, put and delete below this folder of this bucket, and list the bucket."
)
CODES = {
    "NoSuchBucket": "There is no such bucket. It is made beforehand, and is not public.",
    "InvalidAccessKeyId": "The server does not know the key in AWS_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "What AWS_SECRET_ACCESS_KEY holds is not the secret of the key in AWS_ACCESS_KEY_ID.",
    "AccessDenied": FORBIDDEN,
    "403": FORBIDDEN,
    "NoCredentialsError": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not given, and this machine has no role.",
}


class NotAsWritten(Exception):  # noqa: N818 - says what became of it
    """What was read is not what was put there."""


def try_out(storage: Storage) -> None:
    """Put a file there, read it and throw it away, as is done with lists. Raises whatever the storage raises."""
    name = storage.save(TRIAL, ContentFile(TEXT))
    try:
        with storage.open(name) as file:
            if file.read() != TEXT:
                raise NotAsWritten("What was read there is not what was put there.")
    finally:
        storage.delete(name)


def in_words(fault: BaseException) -> str:
    """What is wrong with the place, and what to do where that is known. Holds no secret and no member key."""
    if isinstance(fault, OSError) and fault.strerror:
        return f"{fault.strerror}: {fault.filename}" if fault.filename else f"{fault.strerror}."
    said = getattr(fault, "response", {})  # of Amazon's client, where the server answered
    code = str(said.get("Error", {}).get("Code", "")) if isinstance(said, dict) else ""
    kind = type(fault).__name__
    return CODES.get(code or kind) or f"{str(fault).strip().rstrip('.')} ({kind})."
