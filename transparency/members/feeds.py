"""The Atom feed of editions."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from transparency.register import queries
from transparency.register.models import Edition


class ChangesFeed(Feed):  # type: ignore[type-arg]  # generic in the stubs only
    feed_type = Atom1Feed
    title = settings.SITE_NAME
    description = "What changed in how members' data is used for AI."
    link = "/changes/"

    def items(self) -> QuerySet[Edition]:
        return queries.editions()[:50]

    def item_title(self, item: Edition) -> str:
        return f"Edition {item.number}"

    def item_description(self, item: Edition) -> str:
        return "\n".join(item.summary)

    def item_link(self, item: Edition) -> str:
        return reverse("members:edition", kwargs={"number": item.number})

    def item_pubdate(self, item: Edition) -> datetime:
        return item.published_at

    def item_updateddate(self, item: Edition) -> datetime:
        return item.published_at
