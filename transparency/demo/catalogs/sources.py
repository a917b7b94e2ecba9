"""The sources of Tandem's search team: where the site finds the catalogs that the demo serves."""

from contextlib import suppress
from typing import NamedTuple

from transparency.accounts.models import User
from transparency.catalog import actions
from transparency.catalog.actions import AlreadyRunning
from transparency.catalog.models import Source
from transparency.catalog.tasks import refresh_source
from transparency.demo.catalogs import datahub, openmetadata
from transparency.demo.catalogs.marquez import marquez
from transparency.demo.catalogs.server import Shape
from transparency.demo.people import email

OFTEN = 5  # minutes


class Served(NamedTuple):
    """One catalog, and the words of its source."""

    slug: str
    name: str
    connector: Source.Connector
    namespace: str
    shape: Shape


SERVED = (
    Served("search-datahub", "Search team (DataHub)", Source.Connector.DATAHUB, datahub.NAMESPACES, datahub.datahub()),
    Served("search-marquez", "Search team (Marquez)", Source.Connector.MARQUEZ, "", marquez()),
    Served(
        "search-openmetadata",
        "Search team (OpenMetadata)",
        Source.Connector.OPENMETADATA,
        openmetadata.SERVICES,
        openmetadata.openmetadata(),
    ),
)


def place(one: Served, url: str) -> Source:
    """The source that reads this catalog, added where it isn't yet; it moves along where the catalog has moved."""
    amir, anna = (User.objects.get(email=email(name)) for name in ("Amir", "Anna"))
    standing = Source.objects.filter(slug=one.slug).first()
    if standing is None:
        return actions.add_source(
            by=amir,
            agreed_by=anna,
            slug=one.slug,
            name=one.name,
            connector=one.connector,
            namespace=one.namespace,
            location=url,
            every_minutes=OFTEN,
            whole_every_hours=0,  # always all of it: else a catalog that has gone bad is noticed tomorrow
        )
    if standing.location != url:
        return actions.change_source(by=amir, agreed_by=anna, source=standing, location=url)
    return standing


def read(source: Source) -> None:
    """Ask a worker to read it, unless one does."""
    with suppress(AlreadyRunning):
        refresh_source.delay(actions.request_refresh(by=None, source=source).pk)
