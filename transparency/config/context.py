"""What every template may know of the installation."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "organisation": settings.ORGANISATION,
        "site_name": settings.SITE_NAME,
        "password_sign_in": settings.PASSWORD_SIGN_IN,
    }
