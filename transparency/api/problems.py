"""Problem documents (RFC 9457): what every refused request is answered with."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException
from structlog.contextvars import get_contextvars


class Refused(Exception):  # noqa: N818 - a decision about a request, not a fault of the program
    """The request is refused: HTTP status, a stable code, a sentence for a person, and where in the body it is."""

    def __init__(
        self, status: int, code: str, detail: str, pointer: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.pointer, self.headers = status, code, detail, pointer, headers or {}

    def response(self) -> JsonResponse:
        document = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "request_id": get_contextvars().get("request_id", ""),  # as the log and the header name it
            "errors": [{"pointer": self.pointer, "code": self.code, "message": self.detail}],
        }
        return JsonResponse(document, status=self.status, content_type="application/problem+json", headers=self.headers)


def answered(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """What Django REST framework answers for an exception; anything unforeseen is left to ``broken``."""
    if isinstance(error, Refused):
        return error.response()
    if isinstance(error, APIException):
        allow = {"Allow": ", ".join(context["view"].allowed_methods)} if error.status_code == 405 else {}
        return Refused(error.status_code, str(error.default_code), str(error.detail), headers=allow).response()
    return None


@csrf_exempt
def nowhere(request: HttpRequest, **parts: str) -> HttpResponse:
    """An address of the API that there is not."""
    return Refused(404, "address", "There is no such address; /api/v1/ lists them all.").response()


def garbled() -> HttpResponse:
    """A request that can't be read. It may be hostile, so nothing of it is repeated."""
    return Refused(400, "request", "This request can't be read: it is for another host, or malformed.").response()


def broken() -> HttpResponse:
    """Something unforeseen: the log says what, the answer does not."""
    return Refused(500, "unforeseen", "Something went wrong on our side; it has been noted.").response()


def unavailable() -> HttpResponse:
    """The database can't be asked, or can't keep any more. Nothing of the request is half done."""
    words = "The database does not answer, or its disk is full. Send the same again later."
    return Refused(503, "database", words, headers={"Retry-After": "30"}).response()
