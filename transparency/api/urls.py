"""The addresses of this door."""

from django.urls import URLPattern, URLResolver, path

from transparency.api.endpoints.lineage import lineage, lineage_batch

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("lineage", lineage, name="lineage"),
    path("lineage/batch", lineage_batch, name="lineage-batch"),
]
