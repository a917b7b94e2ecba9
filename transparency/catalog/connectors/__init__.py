"""Reading one kind of catalog source each."""

import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from transparency.catalog.connectors.base import Connector, Countable, SourceUnreadable
from transparency.catalog.connectors.datahub import DataHub
from transparency.catalog.connectors.datahub_files import DataHubFiles
from transparency.catalog.connectors.dbt import DbtFiles
from transparency.catalog.connectors.http import Address, Reader, root_of, token_called
from transparency.catalog.connectors.marquez import Marquez
from transparency.catalog.connectors.openlineage import OpenLineageFiles
from transparency.catalog.connectors.openlineage_posted import PostedEvents
from transparency.catalog.connectors.openmetadata import OpenMetadata
from transparency.catalog.connectors.openmetadata_names import Names
from transparency.catalog.models import Source
from transparency.catalog.namespaces import read_namespaces
from transparency.outward.destinations import Destination, Forbidden

Kind = Source.Connector
# We ask them below /api/v1, and many copy their address with that from the settings of other clients.
WITH_API = frozenset({Kind.MARQUEZ, Kind.OPENMETADATA})
_API = re.compile(r"/api(/v1)?/*\s*\Z")


def connector_for(source: Source) -> Connector:
    """The connector that reads ``source``. Raises ``SourceUnreadable`` where there is none."""
    if source.connector == Kind.OPENLINEAGE_FILE:
        return OpenLineageFiles(source.location, settings.IMPORTS_DIR, timezone.now())
    if source.connector == Kind.OPENLINEAGE_HTTP:
        return PostedEvents(source, timezone.now(), settings.LINEAGE_EVENTS_DAYS)
    if source.connector == Kind.DBT:
        return DbtFiles(source.location, source.namespace, settings.IMPORTS_DIR, timezone.now())
    if source.connector == Kind.DATAHUB_FILE:
        return DataHubFiles(source.location, source.namespace, settings.IMPORTS_DIR, timezone.now())
    if source.connector in ASKED:
        return ASKED[source.connector](source)
    raise SourceUnreadable(f"No connector reads “{source.connector}”.")


def reader_for(source: Source) -> Callable[[], Reader]:
    """What opens the reader of a catalog that is asked. Raises ``SourceUnreadable`` where it may not be."""
    try:
        root = place(_API.sub("", source.location) if source.connector in WITH_API else source.location)
    except Forbidden as forbidden:
        raise SourceUnreadable(str(forbidden)) from forbidden
    address = Address(root, token_called(source.token, os.environ), source.token)
    in_all = settings.CATALOG_READING_MINUTES * 60
    return lambda: Reader(address, per_second=settings.CATALOG_REQUESTS_PER_SECOND, in_all=in_all)


def cursor_of(source: Source, now: datetime) -> dict[str, str]:
    """Where the reading of changes begins; empty where all of the source must be read."""
    whole_again = timedelta(hours=source.whole_every_hours)
    return source.cursor if source.last_whole_at and now < source.last_whole_at + whole_again else {}


def _datahub(source: Source) -> Countable:
    now = timezone.now()
    return DataHub(reader_for(source), source.namespace, now, cursor_of(source, now))


def _marquez(source: Source) -> Countable:
    return Marquez(reader_for(source), timezone.now())


def _openmetadata(source: Source) -> Countable:
    now = timezone.now()
    names = Names(read_namespaces(source.namespace))
    return OpenMetadata(reader_for(source), names, now, cursor_of(source, now))


# Catalogs that are asked over HTTP: each by what makes its connector of a source.
ASKED: dict[str, Callable[[Source], Countable]] = {
    Kind.DATAHUB: _datahub,
    Kind.MARQUEZ: _marquez,
    Kind.OPENMETADATA: _openmetadata,
}


def place(location: str) -> Destination:
    """Where a catalog is that is asked. Raises ``Forbidden`` where no operator lists its host."""
    return root_of(location, hosts=settings.CATALOG_HOSTS, private=settings.CATALOG_PRIVATE_HOSTS)
