"""Production's settings, with one more address: a view that does nothing, behind the same middleware."""

from transparency.config.settings import *  # noqa: F403 - settings are extended as a whole, as Django intends

ROOT_URLCONF = "tests.bench.urls"
ALLOWED_HOSTS = ["*"]
