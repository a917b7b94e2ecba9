from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "transparency.consent"
    label = "consent"
