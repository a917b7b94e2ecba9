"""The addresses of this door."""

from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularYAMLAPIView

from transparency.api.endpoints import lists
from transparency.api.endpoints.acknowledgements import acknowledgements
from transparency.api.endpoints.choices import choices, choices_query
from transparency.api.endpoints.decisions import decisions
from transparency.api.endpoints.lineage import lineage, lineage_batch
from transparency.api.endpoints.reading import IndexReading, RegisterReading
from transparency.api.endpoints.suppressions import suppressions, suppressions_kept
from transparency.api.limiting import paced
from transparency.api.pages import documentation, plain
from transparency.api.problems import nowhere

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", IndexReading.as_view(), name="index"),
    path("register/", RegisterReading.as_view(), name="register"),
    path("uses/", lists.UsesReading.as_view(), name="uses"),
    path("categories/", lists.CategoriesReading.as_view(), name="categories"),
    path("features/", lists.FeaturesReading.as_view(), name="features"),
    path("policies/", lists.PoliciesReading.as_view(), name="policies"),
    path("corrections/", lists.CorrectionsReading.as_view(), name="corrections"),
    path("differences/", lists.DifferencesReading.as_view(), name="differences"),
    path("editions/", lists.EditionsReading.as_view(), name="editions"),
    re_path(r"^editions/(?P<number>[1-9][0-9]{0,8})/\Z", lists.EditionReading.as_view(), name="edition"),
    path("observations/", lists.ObservationsReading.as_view(), name="observations"),
    path("sources/", lists.SourcesReading.as_view(), name="sources"),
    path("schema", paced(plain(SpectacularJSONAPIView.as_view())), name="schema"),
    path("schema.yaml", paced(plain(SpectacularYAMLAPIView.as_view())), name="schema-yaml"),
    path("docs/", paced(plain(documentation)), name="documentation"),
    path("lineage", lineage, name="lineage"),
    path("lineage/batch", lineage_batch, name="lineage-batch"),
    path("decisions", decisions, name="decisions"),
    path("acknowledgements", acknowledgements, name="acknowledgements"),
    path("suppressions", suppressions, name="suppressions"),
    path("suppressions/<uuid:reference>", suppressions_kept, name="suppressions-kept"),
    path("choices", choices, name="choices"),
    path("choices/query", choices_query, name="choices-query"),
    re_path(r"^", nowhere),
]
