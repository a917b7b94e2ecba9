"""The process that listens: what it can't read as a request never reaches the site, and is answered here."""

import json
from http import HTTPStatus
from socket import socket
from ssl import SSLError
from typing import Any

from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

HEADERS = (
    "Content-Type: application/problem+json",
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options: nosniff",
    "Cache-Control: no-store",
    "Connection: close",
)
OURS = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
STATUS: dict[type, HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
    **dict.fromkeys(OURS, HTTPStatus.INTERNAL_SERVER_ERROR),
    errors.ParseException: HTTPStatus.BAD_REQUEST,
    SSLError: HTTPStatus.BAD_REQUEST,
}
WORDS = {
    HTTPStatus.REQUEST_URI_TOO_LONG: "This address is too long. Ask for less in it, or send it in a body.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "This request has too many headers, or one that is too long.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side; it has been noted.",
}
UNREADABLE = "This can't be read as a request: something in it is malformed, or not supported."


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Answers with a problem document (RFC 9457) where gunicorn has a page that may repeat what was sent.

    The log says which kind of fault it was; neither what was sent, which may hold a secret, nor from which address.
    """

    def handle_error(self, req: Any, client: socket, addr: Any, exc: BaseException) -> None:
        status = status_of(exc)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.exception("A request could not be answered.")
        else:
            self.log.warning("What is no request was refused: %s.", type(exc).__name__)
        try:
            client.settimeout(1)  # whoever reads nothing holds nobody up
            client.sendall(problem(status))
        except OSError:
            self.log.debug("Whoever sent it is gone.")


def status_of(fault: BaseException) -> HTTPStatus:
    """What is wrong with what was sent; where nothing is, the fault is ours."""
    for kind in type(fault).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(status: HTTPStatus) -> bytes:
    """The whole answer, as it goes over the line."""
    words = WORDS.get(status, UNREADABLE)
    error = {"pointer": "", "code": "request", "message": words}
    said = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": words, "errors": [error]}
    body = json.dumps(said).encode()
    head = (f"HTTP/1.1 {status.value} {status.phrase}", *HEADERS, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(head).encode() + body
