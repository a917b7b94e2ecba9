"""The site's timetable, and Tandem's own: ``celery -A transparency.demo.timetable beat``."""

from transparency.config.celery import app

app.conf.beat_schedule = {
    **app.conf.beat_schedule,
    "Tandem trains job recommendations": {"task": "demo.train_jobs", "schedule": 45.0},
    "Tandem trains course tips": {"task": "demo.train_courses", "schedule": 50.0},
    "Tandem trains its feed": {"task": "demo.train_feed", "schedule": 55.0},
    "somebody at Tandem chooses": {"task": "demo.choose", "schedule": 20.0},
}
