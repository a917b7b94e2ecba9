"""OpenLineage: events that were posted to us, or that lie in files."""

from transparency.catalog.connectors.openlineage_events import Event, parse_event
from transparency.catalog.connectors.openlineage_fold import Fold, fold

__all__ = ["Event", "Fold", "fold", "parse_event"]
