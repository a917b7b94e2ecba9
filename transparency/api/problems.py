"""Problem documents (RFC 9457): what every refused request is answered with."""

import uuid
from http import HTTPStatus

from django.http import JsonResponse


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
            "request_id": uuid.uuid4().hex,
            "errors": [{"pointer": self.pointer, "code": self.code, "message": self.detail}],
        }
        return JsonResponse(document, status=self.status, content_type="application/problem+json", headers=self.headers)
