"""Settings and a web application that stops itself, as by SIGSTOP, once it has come to a certain place.

``STOP_AT`` names the places, as ``module:name``. Where the file ``STOP_ONCE`` has the name of one, it stops there
once, after that function was called.
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


def stopping(place, function):
    """The function; the process stops after its next call, if it shall stop at this place."""

    def stops(*arguments, **named):
        answer = function(*arguments, **named)
        once = Path(os.environ["STOP_ONCE"])
        if once.exists() and once.read_text() == place:
            once.unlink()
            # This very thread takes it, and so goes no step further.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        return answer

    return stops


def application(environ, start_response):
    if not _made:
        django_application = import_module("transparency.config.wsgi").application
        for place in os.environ["STOP_AT"].split():
            module, name = import_module(place.partition(":")[0]), place.partition(":")[2]
            setattr(module, name, stopping(place, getattr(module, name)))
        _made.append(django_application)
    return _made[0](environ, start_response)


_made = []
