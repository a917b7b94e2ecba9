from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def bare(request: HttpRequest) -> HttpResponse:
    """The least that a view can do: what every page is measured against."""
    return HttpResponse("Nothing but this.")


urlpatterns = [path("bare/", bare), path("", include("transparency.config.urls"))]
