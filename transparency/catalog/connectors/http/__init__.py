"""Reading a catalog that answers over HTTP: only where we may, only as much as we can hold, never longer than agreed.

``Reader`` asks one question at a time; ``paging`` asks for all pages of a list, and notices where they don't add up.
"""

from transparency.catalog.connectors.http.address import Address, root_of, token_called
from transparency.catalog.connectors.http.paging import Listed, Page, by_cursor, by_offset
from transparency.catalog.connectors.http.reader import Reader

__all__ = ["Address", "Listed", "Page", "Reader", "by_cursor", "by_offset", "root_of", "token_called"]
