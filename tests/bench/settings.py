"""Production's settings, with one more address: a view that does nothing, behind the same middleware; and no limit."""

from transparency.config.settings import *  # noqa: F403 - settings are extended as a whole, as Django intends

ROOT_URLCONF = "tests.bench.urls"
ALLOWED_HOSTS = ["*"]
API_READS_PER_MINUTE = 0  # one caller asks for all of them here
