from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "transparency.catalog"
    label = "catalog"
