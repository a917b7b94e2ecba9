from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "transparency.review"
    label = "review"
