"""Which door answers which address."""

from django.urls import include, path

urlpatterns = [
    path("", include("transparency.members.urls")),
    path("api/v1/", include("transparency.api.urls")),
    path("staff/", include("transparency.staff.urls")),
    path("accounts/", include("allauth.urls")),
]
