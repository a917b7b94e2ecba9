"""Names the types that msgspec would only learn when the first of them is read: ``python -m tests.contracts.unlearnt``.

Where two threads need a type at once that it has not learnt, msgspec may read what the other has not finished, and the
process ends. So each type that a web process reads is learnt when its module is, by a decoder that is made there.
"""

import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module

import django
import msgspec

import transparency

# Workers read catalogs, one thing at a time. Answers are only written, and of the base itself there is never one.
ELSEWHERE = ("transparency.catalog.connectors.", "transparency.api.answers.", "transparency.register.schema.Record")
STARTS = ("gunicorn", "wsgi", "__main__", "with_spark")


def main() -> None:
    django.setup()
    for module in pkgutil.walk_packages(transparency.__path__, "transparency."):
        if not module.name.endswith(STARTS):
            import_module(module.name)
    for kind in list(_below(msgspec.Struct)):
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name.startswith("transparency.") and not name.startswith(ELSEWHERE) and not _learnt(kind):
            sys.stdout.write(f"{name}\n")


def _below(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _learnt(kind: type) -> bool:
    """msgspec asks a function of its own, written in Python, for the fields of a type that is new to it."""
    asked: list[str] = []
    sys.setprofile(lambda frame, event, _: asked.append(frame.f_code.co_name) if event == "call" else None)
    try:
        msgspec.json.Decoder(kind)
    finally:
        sys.setprofile(None)
    return "get_class_annotations" not in asked


if __name__ == "__main__":
    main()
