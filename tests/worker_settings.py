"""The tests' settings for a real worker in a process of its own: the tests' database, and e-mails as files."""

import os

from transparency.config.settings import *  # noqa: F403 - settings are extended as a whole, as Django intends

DATABASES["default"]["NAME"] = os.environ["TESTS_DATABASE"]  # noqa: F405 - from the settings above
WORKER_DATABASE["NAME"] = os.environ["TESTS_DATABASE"]  # noqa: F405 - as above
EMAIL_BACKEND = os.environ.get("TESTS_MAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = os.environ["TESTS_MAILS"]
DIGEST_HOUR = 0
