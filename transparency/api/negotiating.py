"""In which form an answer is given: by the weights that the caller gives to the forms (RFC 9110, section 12.4.2)."""

from collections.abc import Iterable

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class ByWeight(DefaultContentNegotiation):
    """The framework's own takes “text/csv;q=0”, which says anything but that, for a wish."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        forms = {one.media_type: one for one in renderers}
        asked = request.headers.get("Accept", "").strip()
        wanted = request.get_preferred_type(list(forms)) if asked else next(iter(forms))
        if wanted is None:
            raise NotAcceptable(available_renderers=list(forms.values()))
        return forms[wanted], wanted
