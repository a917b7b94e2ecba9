"""The tests' settings for a real web server in processes of its own: the tests' database, files as they are."""

from tests.worker_settings import *  # noqa: F403 - settings are extended as a whole, as Django intends

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
