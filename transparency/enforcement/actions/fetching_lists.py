"""A long list's file, from the folder or the bucket that keeps it: whole and as it was written, or not at all."""

import hashlib
import logging
from typing import IO

from django.core.files import File
from django.utils import timezone

from transparency.enforcement.actions.keeping_lists import forget_file, store
from transparency.enforcement.models import KeptList
from transparency.enforcement.storing import in_words

log = logging.getLogger(__name__)


class Lost(Exception):  # noqa: N818 - says what became of it
    """The file is gone, or is no longer what was written: another list must be made. The message says which."""


class OutOfReach(Exception):  # noqa: N818 - says what became of it
    """The folder or bucket can't be asked now; the list may still be there."""


def fetch_list(*, kept: KeptList) -> IO[bytes]:
    """Open the file of a list that is ready, once all of it has come. Raises ``Lost`` or ``OutOfReach``."""
    try:
        file = store().open(kept.file)
        intact = _is_as_written(file, kept)
    except FileNotFoundError as fault:
        raise _lost(kept, "Its file is gone.") from fault
    except Exception as fault:  # whatever a storage raises: S3 has its own errors
        log.exception("The file %s of a list could not be read. %s", kept.file, in_words(fault))
        raise OutOfReach from fault
    if not intact:
        file.close()
        raise _lost(kept, "Its file is damaged.")
    return file


def _is_as_written(file: "File[bytes]", kept: KeptList) -> bool:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest() == kept.sha256


def _lost(kept: KeptList, words: str) -> Lost:
    KeptList.objects.filter(pk=kept.pk, state=KeptList.State.READY).update(
        state=KeptList.State.FAILED, file="", error=words, heard_at=timezone.now()
    )
    forget_file(kept.file)
    return Lost(words)
