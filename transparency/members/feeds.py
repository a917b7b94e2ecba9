"""The Atom feed of editions; one with which more is done with data is marked as such, in words and by a category."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from transparency.register import queries
from transparency.register.models import Edition

MORE = "more-use-of-data"


@dataclass(frozen=True)
class Marked:
    """An edition, and whether more is done with data since then."""

    edition: Edition
    more: bool


class ChangesFeed(Feed):  # type: ignore[type-arg]  # generic in the stubs only
    feed_type = Atom1Feed
    title = settings.SITE_NAME
    description = "What changed in how members' data is used for AI."
    link = "/changes/"

    def items(self) -> list[Marked]:
        editions = list(queries.editions()[:50])
        widening = queries.widening(edition.number for edition in editions)
        return [Marked(edition, edition.number in widening) for edition in editions]

    def item_title(self, item: Marked) -> str:
        return f"Edition {item.edition.number}" + (": more is done with data" if item.more else "")

    def item_categories(self, item: Marked) -> tuple[str, ...]:
        return (MORE,) if item.more else ()

    def item_description(self, item: Marked) -> str:
        return "\n".join(item.edition.summary)

    def item_link(self, item: Marked) -> str:
        return reverse("members:edition", kwargs={"number": item.edition.number})

    def item_pubdate(self, item: Marked) -> datetime:
        return item.edition.published_at

    def item_updateddate(self, item: Marked) -> datetime:
        return item.edition.published_at
