"""The addresses of this door."""

from django.urls import URLPattern, URLResolver, path

from transparency.api.endpoints import reading as endpoints
from transparency.api.endpoints.lineage import lineage, lineage_batch
from transparency.api.endpoints.reading import reading

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", reading(endpoints.index), name="index"),
    path("register/", reading(endpoints.register), name="register"),
    path("uses/", reading(endpoints.uses), name="uses"),
    path("categories/", reading(endpoints.categories), name="categories"),
    path("features/", reading(endpoints.features), name="features"),
    path("editions/", reading(endpoints.editions), name="editions"),
    path("observations/", reading(endpoints.observations), name="observations"),
    path("sources/", reading(endpoints.sources), name="sources"),
    path("lineage", lineage, name="lineage"),
    path("lineage/batch", lineage_batch, name="lineage-batch"),
]
