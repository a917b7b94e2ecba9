"""The feeds of changes, as Atom and as JSON Feed 1.1; both can be narrowed like the page."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html_join
from django.views.decorators.http import require_safe

from transparency.members.news import KINDS, Asked, News, Unclear, news, read
from transparency.members.templatetags.pages import day_of
from transparency.register.queries import newest_register

MORE, CORRECTION = "more-use-of-data", "correction"
MORE_WORDS = "more is done with data"
ABOUT = "What changed in how members’ data is used for AI."
NEWEST = 50
FOR_ALL = "public, no-cache"


def _name(asked: Asked) -> str:
    """Of a feed, as it stands in a reader among those of many others: whose it is, and what it was narrowed to."""
    register = newest_register()[1]
    categories = (one.name for one in register.categories if one.key == asked.category)
    features = (one.name for one in register.features if one.slug == asked.feature)
    about = ", ".join(filter(None, [*categories, *features, KINDS.get(asked.kind, "")]))
    return f"{settings.ORGANISATION}: {settings.SITE_NAME}{about and f' ({about})'}"


def _at(path: str) -> str:
    """The address by which everybody knows it, whichever host was asked: readers tell entries apart by it."""
    return f"{settings.PUBLIC_URL}{path}"


def _title(item: News) -> str:
    """From when, where that is later than it was published, and what members mind most: many read no more."""
    edition = item.edition
    if item.instead:
        return f"Edition {edition.number}, overtaken by edition {item.instead.number} before it held"
    scheduled = edition.effective_at > edition.published_at
    when = f", from {day_of(edition.effective_at)}" if scheduled else ""
    about = " and ".join(words for words, yes in ((MORE_WORDS, item.more), ("a correction", item.corrects)) if yes)
    return f"Edition {edition.number}{when}{about and f': {about}'}"


def _changed_at(item: News) -> datetime:
    """When its entry last read otherwise: as it was published, or as another one overtook it."""
    return (item.instead or item.edition).published_at


def _edition_at(item: News) -> str:
    return _at(reverse("members:edition", kwargs={"number": item.edition.number}))


def _tags(item: News) -> tuple[str, ...]:
    return tuple(tag for tag, yes in ((MORE, item.more), (CORRECTION, item.corrects)) if yes)


class ChangesFeed(Feed):  # type: ignore[type-arg]  # generic in the stubs only
    """Atom; one with which more is done with data is marked as such, in words and by a category."""

    feed_type = Atom1Feed
    subtitle = ABOUT
    author_name = settings.ORGANISATION  # a feed without an author is none (RFC 4287, 4.1.1)

    def __call__(self, request: HttpRequest, *args: object, **parts: object) -> HttpResponse:
        try:
            answer: HttpResponse = super().__call__(request, *args, **parts)
            answer["Cache-Control"] = FOR_ALL
            return answer
        except Unclear as unclear:
            return HttpResponseBadRequest(str(unclear), content_type="text/plain; charset=utf-8")

    def get_object(self, request: HttpRequest, *args: object, **parts: object) -> Asked:
        return read(request.GET)

    def title(self, asked: Asked) -> str:
        return _name(asked)

    def link(self, asked: Asked) -> str:
        return _at(f"{reverse('members:changes')}{asked.query}")

    def feed_url(self, asked: Asked) -> str:
        """Readers of feeds go on with this address: one that was narrowed stays so."""
        return _at(f"{reverse('members:changes-feed')}{asked.query}")

    def items(self, asked: Asked) -> list[News]:
        return news(asked, timezone.now())[:NEWEST]

    def item_title(self, item: News) -> str:
        return _title(item)

    def item_categories(self, item: News) -> tuple[str, ...]:
        return _tags(item)

    def item_description(self, item: News) -> str:
        """As HTML, which is what Atom's summaries are said to be: readers of feeds render it."""
        return format_html_join("", "<p>{}</p>", ((one,) for one in item.sentences))

    def item_link(self, item: News) -> str:
        return _edition_at(item)

    def item_pubdate(self, item: News) -> datetime:
        return item.edition.published_at

    def item_updateddate(self, item: News) -> datetime:
        return _changed_at(item)


@require_safe
def json_feed(request: HttpRequest) -> HttpResponse:
    """JSON Feed 1.1 (jsonfeed.org)."""
    try:
        asked = read(request.GET)
    except Unclear as unclear:
        return HttpResponseBadRequest(str(unclear), content_type="text/plain; charset=utf-8")
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _name(asked),
        "description": ABOUT,
        "authors": [{"name": settings.ORGANISATION, "url": settings.PUBLIC_URL}],
        "home_page_url": _at(f"{reverse('members:changes')}{asked.query}"),
        "feed_url": _at(f"{reverse('members:changes-feed-json')}{asked.query}"),
        "language": "en-GB",
        "items": [_item(one) for one in news(asked, timezone.now())[:NEWEST]],
    }
    return JsonResponse(feed, content_type="application/feed+json", headers={"Cache-Control": FOR_ALL})


def _item(item: News) -> dict[str, object]:
    url = _edition_at(item)
    return {
        "id": url,
        "url": url,
        "title": _title(item),
        "content_text": "\n".join(item.sentences) or _title(item),
        "date_published": item.edition.published_at.isoformat(timespec="seconds"),
        **({"date_modified": _changed_at(item).isoformat(timespec="seconds")} if item.instead else {}),
        "tags": list(_tags(item)),
    }
