"""How fields of forms are drawn: what somebody sent is shown to them again without what no page may hold."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest

KEPT = frozenset("\t\n\r")


class Fields(DjangoTemplates):
    """Django repeats a field's value as it came, NUL and all, which no browser or parser need take."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        widget = context.get("widget")
        if isinstance(widget, dict) and isinstance(widget.get("value"), str):
            context = {**context, "widget": {**widget, "value": shown(widget["value"])}}
        return str(super().render(template_name, context, request))


def shown(value: str) -> str:
    """The value without control characters, but for tabs and the ends of lines. Pure."""
    return "".join(one for one in value if one in KEPT or not (one < " " or "\x7f" <= one < "\xa0"))
