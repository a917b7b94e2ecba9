"""Which door answers which address."""

from django.urls import include, path

from transparency.config import health

urlpatterns = [
    path("", include("transparency.members.urls")),
    path("api/v1/", include("transparency.api.urls")),
    path("staff/", include("transparency.staff.urls")),
    path("accounts/", include("allauth.urls")),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
