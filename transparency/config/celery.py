"""The Celery application, its timetable, and the chain from a refresh to the findings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transparency.config.settings")

app = Celery("transparency")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
