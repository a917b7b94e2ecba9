"""What each process asks itself before it starts, and how it ends where it may not: with the reason alone.

No traceback: whoever starts the site reads what to do, and a supervisor sees the status.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from transparency.config import checks

REFUSED = 3


@contextmanager
def or_end() -> Iterator[None]:
    """End the process where the block finds that it may not start: the sentences on standard error, and status 3."""
    try:
        yield
    except ImproperlyConfigured as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.stderr.flush()
        raise SystemExit(REFUSED) from refusal


def refuse_what_may_not_start() -> None:
    """Raise ``ImproperlyConfigured`` where it isn't safe to run, or the database is not to be served."""
    checks.refuse_unsafe_start()
    # By its name: it knows models, which are there only once the application is.
    import_string("transparency.config.past.refuse_to_serve_the_past")()
