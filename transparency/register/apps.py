from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "transparency.register"
    label = "register"
