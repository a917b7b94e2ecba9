from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "transparency.demo"
    label = "demo"
