from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

# Registers the checks.
from transparency.config import checks

__all__ = ["ConfigConfig", "checks"]


class ConfigConfig(AppConfig):
    name = "transparency.config"
    label = "config"

    def ready(self) -> None:
        """Each room tells what nobody there does alone."""
        autodiscover_modules("wishes", "own_wishes", "said_wishes")
