"""What every template may know of the installation."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    return {"organisation": settings.ORGANISATION, "site_name": settings.SITE_NAME}
