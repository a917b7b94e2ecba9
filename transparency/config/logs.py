"""How everything is logged: one JSON object a line in production, plain lines in development.

No line says who somebody is. Our own lines never do; what libraries write (tracebacks, messages of the database) is
cleaned of e-mail addresses, network addresses, keys and the values of rows before it is written.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

E_MAIL = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
HEX = "[0-9a-fA-F]"
IPV6 = re.compile(rf"(?<![\w:])(?:(?:{HEX}{{0,4}}:){{3,7}}{HEX}{{0,4}}|{HEX}{{1,4}}::{HEX}{{1,4}})(?:%\w+)?(?![\w:])")
KEY = re.compile(r"\btr_[\w-]{8,}|\b(?:Bearer|Basic|sid=|csrf=)\s*[\w.~+/=-]+", re.IGNORECASE)
# PostgreSQL quotes the row that broke a rule: “Key (email)=(mia@tandem.example) already exists.”
ROW = re.compile(r"(\)=\(|Failing row contains \()[^\n]*")
PASSWORD_IN_URL = re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)")
# One quick look tells that most texts hold none of these.
SUSPECT = re.compile(rf"@|\d\.\d|:{HEX}{{0,4}}:|tr_|\)=\(|Failing row|(?i:bearer|basic|sid=|csrf=)")
# Characters that end a line, move the cursor or turn the reading direction; JSON escapes them, a terminal obeys them.
COMMANDS = (*range(9), *range(11, 32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
COMMANDING = dict.fromkeys(COMMANDS, "\N{REPLACEMENT CHARACTER}")


def cleaned(text: str) -> str:
    """The text without anything that tells who somebody is or opens a door."""
    if not SUSPECT.search(text):
        return text
    text = PASSWORD_IN_URL.sub("[password]", text)
    text = ROW.sub(r"\1[row])", text)
    text = KEY.sub("[key]", text)
    text = E_MAIL.sub("[e-mail]", text)
    text = IPV6.sub("[address]", text)
    return IPV4.sub("[address]", text)


def clean(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Cleans every value of a line; the moment and our own id of the request stay as they are."""
    return {name: value if name in ("timestamp", "request_id") else _clean(value) for name, value in event.items()}


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {cleaned(str(name)): _clean(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(part) for part in value]
    text = cleaned(str(value))
    return text if text.isprintable() else text.translate(COMMANDING)


class WithoutAddress(logging.Filter):
    """Django names the address of a failed request in its message; an address may hold a secret, its route can't."""

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, "request"):
            record.msg, record.args = "A request failed", ()
        return True


def configuration(*, production: bool, level: str) -> dict[str, Any]:
    """The value of Django's ``LOGGING``."""
    last: Processor = structlog.processors.JSONRenderer() if production else structlog.dev.ConsoleRenderer(colors=False)
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _common(),
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            clean,
            last,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_address": {"()": WithoutAddress}},
        "formatters": {"line": formatter},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_address"]},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Replaces the handlers that Django gives its own loggers: one line for one thing.
            "django": {"handlers": [], "propagate": True},
            # What our middleware says of every request, without its address.
            "django.request": {"level": "ERROR"},
            # A name that is not ours is everyday noise; the line of the request says that it was refused.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "gunicorn.error": {"handlers": [], "propagate": True},
            # They name the whole address that something is sent to, and that may hold a secret of its receiver.
            "httpx2": {"level": "WARNING"},
            "httpcore2": {"level": "WARNING"},
            # Every failure of a task is said once, by django_structlog.
            "celery.app.trace": {"level": "CRITICAL"},
        },
    }


def configure() -> None:
    """Makes structlog's loggers hand their lines to the same handler as everybody else's."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
