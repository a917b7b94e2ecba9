from django.apps import AppConfig

# Registers the checks.
from transparency.config import checks

__all__ = ["ConfigConfig", "checks"]


class ConfigConfig(AppConfig):
    name = "transparency.config"
    label = "config"
