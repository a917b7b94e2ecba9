"""Reading one kind of catalog source each."""

from transparency.catalog.connectors.base import Connector, SourceUnreadable
from transparency.catalog.models import Source


def connector_for(source: Source) -> Connector:
    """The connector that reads ``source``. Raises ``SourceUnreadable`` where there is none."""
    raise SourceUnreadable(f"No connector reads “{source.connector}”.")
