"""Settings and a web application that stops itself, as by SIGSTOP, once it has come to a certain place.

``STOP_AT`` names the place, as ``module:name``; it stops there once, after that function was called, where the file
``STOP_ONCE`` exists.
"""

import os
import signal
import threading
from importlib import import_module
from pathlib import Path

from transparency.config.settings import *  # noqa: F403 - settings are extended as a whole, as Django intends

DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]  # noqa: F405
PROJECTIONS_DIR = Path(os.environ["TEST_PROJECTIONS"])
ALLOWED_HOSTS = ["*"]


def stopping(function):
    """The function; the process stops after its next call."""

    def stops(*arguments, **named):
        answer = function(*arguments, **named)
        once = Path(os.environ["STOP_ONCE"])
        if once.exists():
            once.unlink()
            # This very thread takes it, and so goes no step further.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        return answer

    return stops


def application(environ, start_response):
    if not _made:
        django_application = import_module("transparency.config.wsgi").application
        place, _, name = os.environ["STOP_AT"].partition(":")
        module = import_module(place)
        setattr(module, name, stopping(getattr(module, name)))
        _made.append(django_application)
    return _made[0](environ, start_response)


_made = []
