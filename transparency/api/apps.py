from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "transparency.api"
    label = "api"
