"""The API for people: its addresses, made from the same document that machines read."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from transparency.api.parameters import asked
from transparency.api.problems import Refused


def plain(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that takes no parameters, and says so: the library's own would put one of them into a header."""

    @wraps(view)
    def plain_view(request: HttpRequest, **parts: str) -> HttpResponse:
        try:
            asked(dict(request.GET.lists()), ())
        except Refused as refused:
            return refused.response()
        return view(request, **parts)

    return plain_view


@csrf_exempt  # nothing but reading is answered, and a machine that sends is told so as at any other address
def documentation(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters and answers; readable without scripts, each reading one click away."""
    if request.method not in ("GET", "HEAD"):
        return Refused(405, "method", "This page is read with GET.", headers={"Allow": "GET, HEAD"}).response()
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    operations = [
        {"method": method.upper(), "path": path, "readable": method == "get" and "{" not in path} | operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    sent = [{"type": name} | methods["post"] for name, methods in schema["webhooks"].items()]
    return render(request, "api/documentation.html", {"operations": operations, "sent": sent, "schema": schema})
