"""Reading one kind of catalog source each."""

from django.conf import settings
from django.utils import timezone

from transparency.catalog.connectors.base import Connector, SourceUnreadable
from transparency.catalog.connectors.datahub_files import DataHubFiles
from transparency.catalog.connectors.dbt import DbtFiles
from transparency.catalog.connectors.openlineage import OpenLineageFiles
from transparency.catalog.connectors.openlineage_posted import PostedEvents
from transparency.catalog.models import Source


def connector_for(source: Source) -> Connector:
    """The connector that reads ``source``. Raises ``SourceUnreadable`` where there is none."""
    if source.connector == Source.Connector.OPENLINEAGE_FILE:
        return OpenLineageFiles(source.location, settings.IMPORTS_DIR, timezone.now())
    if source.connector == Source.Connector.OPENLINEAGE_HTTP:
        return PostedEvents(source, timezone.now(), settings.LINEAGE_EVENTS_DAYS)
    if source.connector == Source.Connector.DBT:
        return DbtFiles(source.location, source.namespace, settings.IMPORTS_DIR, timezone.now())
    if source.connector == Source.Connector.DATAHUB_FILE:
        return DataHubFiles(source.location, source.namespace, settings.IMPORTS_DIR, timezone.now())
    raise SourceUnreadable(f"No connector reads “{source.connector}”.")
