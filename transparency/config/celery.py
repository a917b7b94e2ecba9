"""The Celery application: workers and the timetable. What follows a refresh is in ``chain``."""

import os
from logging.config import dictConfig

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

from transparency.config import grants
from transparency.config.starting import or_end, refuse_what_may_not_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transparency.config.settings")

app = Celery("transparency")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Log lines of a task carry the id of the request that caused it.
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def log_as_the_site_does(**options: object) -> None:
    dictConfig(settings.LOGGING)


@worker_init.connect
@beat_init.connect
def refuse_unsafe_start(**options: object) -> None:
    """Signs in to the database as workers do, or ends the process.

    Celery would log any other error of a receiver, and go on.
    """
    with or_end():
        grants.become_a_worker()
        refuse_what_may_not_start()
