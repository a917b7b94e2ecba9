"""Which machine is asking, known by the key that it sends."""

from functools import partial

from django.http import HttpRequest
from django.utils import timezone

from transparency.accounts.actions import note_use
from transparency.accounts.models import ServiceToken
from transparency.accounts.queries import token_for
from transparency.api.problems import Refused
from transparency.api.together import Together
from transparency.enforcement import queries
from transparency.enforcement.models import Pipeline
from transparency.enforcement.projections import Vantage, clock

FOREIGN = "This pipeline is not assigned to that feature at that stage. Its page for staff lists what it may ask for."


def bearer(request: HttpRequest, realm: str) -> ServiceToken:
    """The key that was sent. Raises ``Refused`` with 401 where there is none, or none that is valid."""
    now = timezone.now()
    kind, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    token = token_for(secret.strip(), now) if kind.casefold() == "bearer" else None
    if token is None:
        raise _unknown(realm)
    note_use(token=token, at=now)
    return token


def asking(request: HttpRequest) -> tuple[Pipeline, queries.Asking, Vantage]:
    """As ``pipeline_of``, with what the pipeline is for and the head of the journal, in one round trip.

    One for all threads that come with the same key meanwhile: see ``Together``.
    """
    kind, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    secret = secret.strip() if kind.casefold() == "bearer" else ""
    found, vantage = _together.read(secret, partial(_look, secret))
    if found.token is None:
        raise _unknown("pipelines")
    note_use(token=found.token, at=vantage.at)
    return _checked(_slugs(found.token), found.pipeline), found, vantage


_together: Together[tuple[queries.Asking, Vantage]] = Together()


def _look(secret: str) -> tuple[queries.Asking, Vantage]:
    at, read = timezone.now(), clock()
    found = queries.asking(secret, at)
    return found, Vantage(found.head, found.edition, at, read)


def pipeline_of(request: HttpRequest) -> Pipeline:
    """The pipeline whose key was sent. Raises ``Refused``: 401 without a valid key, 403 where it is no pipeline's."""
    token = bearer(request, "pipelines")
    slugs = _slugs(token)
    return _checked(slugs, queries.pipeline_named(slugs[0]) if len(slugs) == 1 else None)


def require_assignment(pipeline: Pipeline, feature: str, stage: str, pointer: str) -> None:
    """Raises ``Refused`` with 403 unless the pipeline runs this feature at this stage.

    What doesn't exist and what is somebody else's are refused with the same words. ``pointer`` says where the feature
    was named: in the body, or in the address.
    """
    if not queries.is_assigned(pipeline, feature, stage):
        raise foreign(pointer)


def foreign(pointer: str) -> Refused:
    return Refused(403, "assignment", FOREIGN, pointer)


def _slugs(token: ServiceToken) -> list[str]:
    return [scope.removeprefix(queries.SCOPE) for scope in token.scopes if scope.startswith(queries.SCOPE)]


def _checked(slugs: list[str], pipeline: Pipeline | None) -> Pipeline:
    if len(slugs) != 1:
        raise Refused(403, "scope", "This key is not a pipeline's. Staff issue keys on the pipeline's page.")
    if pipeline is None:
        raise Refused(403, "pipeline", "This pipeline is paused or retired: until staff resume it, it may use no data.")
    return pipeline


def _unknown(realm: str) -> Refused:
    headers = {"WWW-Authenticate": f'Bearer realm="{realm}"'}
    return Refused(401, "token", "Send a token that is valid, as Authorization: Bearer.", headers=headers)
