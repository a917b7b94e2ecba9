"""What composes the rooms: settings, URLs, the timetable."""

from transparency.config.celery import app as celery_app

__all__ = ["celery_app"]
