"""How long a sender may pause in the middle of a body, before the thread that reads it turns to somebody else."""

from collections.abc import Callable, Iterable
from typing import Any

PATIENCE = 8.0  # seconds

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def patient(application: Application) -> Application:
    """The same application, for which a body that stops for longer has ended. Answers may take as long as they will."""

    def answer(asked: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        line = asked.get("gunicorn.socket")
        if line is None or not (asked.get("CONTENT_LENGTH") or asked.get("HTTP_TRANSFER_ENCODING")):
            return application(asked, start_response)
        line.settimeout(PATIENCE)
        try:
            return application(asked, start_response)
        finally:
            line.settimeout(None)

    return answer
