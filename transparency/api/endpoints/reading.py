"""What is said and what was seen, as JSON for everybody. Public, the same for all, with an ETag."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.http import HttpResponse, HttpResponseNotModified, QueryDict
from django.utils import timezone
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from transparency.api import answers
from transparency.api.limiting import require_pace_of_reader
from transparency.api.parameters import Parameter, asked, in_address, moment, number, one_of, text
from transparency.api.problems import Refused
from transparency.register import files, queries
from transparency.register.exports.formats import FORMATS
from transparency.register.models import Edition
from transparency.register.schema import Register, Stage
from transparency.register.standing import standing

ENCODER = msgspec.json.Encoder(order="sorted")
PAGE, LARGEST_PAGE = 200, 1_000
EVERYWHERE = {"Access-Control-Allow-Origin": "*"}
KEPT_ANSWERS = 500

AT = moment("at", "As it stood then: a day, or a moment with its zone. Without it: now.")
EDITION = number("edition", "As that edition says it.", 1, 1, 999_999_999)
PAGED = (
    number("page", "Which page, from 1.", 1, 1, 1_000_000),
    number("page_size", "How many on a page.", PAGE, 1, LARGEST_PAGE),
)
STAGE = one_of("stage", "Only those of this stage.", [stage.value for stage in Stage])
CATEGORY = text("category", "Only those of the data category with this key.")
FEATURE = text("feature", "Only those of the AI feature with this slug.")


class Reading(APIView, ABC):
    """One address that can be read. Subclasses say what its answer is made from."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer,)
    parameters: ClassVar[Sequence[Parameter]] = ()
    shape: ClassVar[type]
    """What is answered, or what each of the ``results`` is."""
    listed: ClassVar[bool] = True
    forms: ClassVar[Sequence[str]] = ()
    """Media types beside JSON."""

    def initial(self, request: Request, *args: str, **parts: str) -> None:
        require_pace_of_reader(request)
        super().initial(request, *args, **parts)

    def get(self, request: Request, **parts: str) -> HttpResponse:
        asked_for, state = request.META.get("QUERY_STRING", ""), standing(timezone.now())
        body, etag = _encoded(type(self), state, asked_for, **parts)
        return self.answer(request, body, etag, "application/json")

    def answer(self, request: Request, body: bytes, etag: str, media_type: str) -> HttpResponse:
        """The body, or nothing where the caller has it already."""
        headers = {"ETag": etag, "Cache-Control": "public, no-cache", **EVERYWHERE}
        known = request.headers.get("If-None-Match", "").split(",")
        if etag in [tag.strip().removeprefix("W/") for tag in known] or "*" in known:
            return HttpResponseNotModified(headers=headers)
        return HttpResponse(body, content_type=media_type, headers=headers)

    @classmethod
    @abstractmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        """The answer to these parameters. Raises ``Refused``."""


@lru_cache(maxsize=KEPT_ANSWERS)
def _encoded(view: type[Reading], _standing: tuple[str, str], query: str, **parts: str) -> tuple[bytes, str]:
    """The answer and its ETag, made once for each state of the register; what is refused isn't kept."""
    body = ENCODER.encode(view.read(_given(view, query), **parts))
    return body, _etag(body)


def _given(view: type[Reading], query: str) -> dict[str, Any]:
    try:
        given = QueryDict(query)
    except (ValueError, UnicodeDecodeError) as fault:
        raise Refused(400, "query", "The part of the address after “?” can't be read.") from fault
    return asked(dict(given.lists()), view.parameters)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


class IndexReading(Reading):
    """Where everything is."""

    shape, listed = answers.Index, False

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        here = f"{settings.PUBLIC_URL}/api/v1/"
        said = ("register", "uses", "categories", "features", "policies", "corrections")
        names = (*said, "editions", "differences", "observations", "sources")
        links = {name: f"{here}{name}/" for name in names}
        return answers.Index(**links, lineage=f"{here}lineage", schema=f"{here}schema", documentation=f"{here}docs/")


def edition_at(given: dict[str, Any]) -> Edition | None:
    """The edition that is asked for. Raises ``Refused`` where it does not exist or has not come yet."""
    if "at" in given and "edition" in given:
        raise Refused(400, "parameter", "Give either “at” or “edition”, not both.", pointer=in_address("edition"))
    if "edition" in given:
        return numbered(given["edition"])
    found = queries.edition_in_force(moment_of(given))
    if found is None and "at" in given:
        raise Refused(404, "not_yet", "Nothing had been published at that time.", pointer=in_address("at"))
    return found


def moment_of(given: dict[str, Any]) -> datetime:
    """What is asked for by “at”, or now; of today, no more than has passed. Raises ``Refused``."""
    now = timezone.now()
    at: datetime = given.get("at", now)
    if at > now and at.date() != now.date():
        raise Refused(
            404, "ahead", "“at” has not come yet. Ask for a moment that has passed.", pointer=in_address("at")
        )
    return min(at, now)


def numbered(wanted: int) -> Edition:
    found = queries.edition(wanted)
    if found is None:
        raise Refused(404, "edition", f"There is no edition {wanted}.")
    return found


def paged(rows: Sequence[Any], given: dict[str, Any], address: str, edition: int | None = None) -> dict[str, Any]:
    """One page of ``rows``. The links name the edition, so that turning pages never mixes two of them."""
    page, size = given.get("page", 1), given.get("page_size", PAGE)
    last = max(1, -(-len(rows) // size))
    if page > last:
        raise Refused(404, "page", f"There is no page {page}; the last one is {last}.", pointer=in_address("page"))

    def link(number: int) -> str | None:
        if not 1 <= number <= last:
            return None
        moment = {"at": given["at"].isoformat()} if "at" in given else {}
        pinned = {"edition": edition} if edition else moment
        kept = {name: value for name, value in given.items() if name not in ("at", "edition", "page")}
        return f"{settings.PUBLIC_URL}/api/v1/{address}/?{urlencode({**kept, **pinned, 'page': number})}"

    results = rows[(page - 1) * size : page * size]
    head = {"edition": edition} if edition else {}
    return {**head, "count": len(rows), "next": link(page + 1), "previous": link(page - 1), "results": results}


class Form(BaseRenderer):
    """A form that the register is given in to whoever asks for its media type; it is written elsewhere."""

    charset = None

    def render(self, data: Any, *args: Any, **options: Any) -> Any:
        return data


FORMS = {one.media_type: one for one in FORMATS if one.negotiable and one.media_type != "application/json"}
RENDERERS = tuple(type(one.key, (Form,), {"media_type": one.media_type, "format": one.key}) for one in FORMS.values())


class RegisterReading(Reading):
    """The whole register, with the number and the digest of its edition; also as linked data, in Fideslang, as a table.

    Ask for the media type of the form that you want. Without one, or with application/json, the answer is JSON.
    """

    parameters = (AT, EDITION)
    renderer_classes = (JSONRenderer, *RENDERERS)
    forms: ClassVar[Sequence[str]] = tuple(FORMS)

    def get(self, request: Request, **parts: str) -> HttpResponse:
        form = FORMS.get(request.accepted_renderer.media_type)
        if form is None:
            return super().get(request, **parts)
        edition = edition_at(_given(type(self), request.META.get("QUERY_STRING", "")))
        if edition is None:
            raise Refused(404, "not_yet", "Nothing has been published yet.")
        found = files.whole(edition, form)
        # Programs take text of which nobody says otherwise for Latin 1.
        kind = f"{form.media_type}; charset=utf-8" if form.media_type.startswith("text/") else form.media_type
        response = self.answer(request, found.body, _etag(found.body), kind)
        if found.instead:
            response["Link"] = f'</api/v1/editions/{found.instead}/>; rel="successor-version"'
        return response

    shape, listed = answers.EditionInForce, False

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        edition = edition_at(given)
        if edition is None:
            return answers.EditionInForce(None, None, None, Register())
        register = queries.document(edition).register
        return answers.EditionInForce(edition.number, edition.digest, overtaken_by(edition, given), register)


def overtaken_by(edition: Edition, given: dict[str, Any]) -> int | None:
    """The edition that holds where this one never does. Only one that was named may be such: others were in force."""
    return (queries.around(edition).instead or None) if "edition" in given else None


class OfEdition(Reading):
    """A list of one edition's records; ``filters`` name fields that must be equal."""

    part: ClassVar[str]
    filters: ClassVar[Sequence[str]] = ()

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        edition = edition_at(given)
        register = queries.document(edition).register if edition else Register()
        instead = overtaken_by(edition, given) if edition else None
        records, given = getattr(register, cls.part), cls.understood(register, given)
        found = [one for one in records if cls.matches(one, given)]
        if edition is None:
            return paged(found, given, cls.part)
        return paged(found, given, cls.part, edition.number) | {"overtaken_by": instead}

    @classmethod
    def understood(cls, register: Register, given: dict[str, Any]) -> dict[str, Any]:
        """What is asked for, in the names that the edition has."""
        return given

    @classmethod
    def matches(cls, record: Any, given: dict[str, Any]) -> bool:
        return all(getattr(record, name) == given[name] for name in cls.filters if name in given)
