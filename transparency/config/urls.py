"""Which door answers which address."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("transparency.api.urls")),
    path("staff/", include("transparency.staff.urls")),
    path("", include("transparency.members.urls")),
]
