from django.apps import AppConfig


class EnforcementConfig(AppConfig):
    name = "transparency.enforcement"
    label = "enforcement"
