"""What a page says for people, it also offers to machines: in which forms, and where."""

import re
from dataclasses import dataclass
from functools import lru_cache

from transparency.members.reading import Reading
from transparency.register.exports.dpv import MEDIA_TYPE as LINKED
from transparency.register.exports.formats import FORMATS
from transparency.register.exports.model_card import MEDIA_TYPE as MARKDOWN

# What browsers say of what they take has none of this.
OTHERWISE = re.compile(r"json|yaml|csv|markdown|application/\*", re.IGNORECASE)
PAGE = "text/html"
LONGEST_ACCEPT = 1_000


@dataclass(frozen=True)
class Offer:
    """The same in another form, at an address of its own, that of its edition."""

    media_type: str
    address: str
    title: str


@lru_cache(maxsize=500)
def otherwise(accepted: str) -> bool:
    """Whether whoever takes this may prefer another form to a page. The few answers that browsers give are remembered:
    to look into each costs a printed page a tenth of its time.
    """
    return len(accepted) < LONGEST_ACCEPT and OTHERWISE.search(accepted) is not None


def of_register(reading: Reading) -> list[Offer]:
    """The whole register of the edition."""
    return _of_edition(reading.number) if reading.number else []


def of_edition(reading: Reading, number: str) -> list[Offer]:
    """The whole register of the edition with this number, whichever stands now."""
    return _of_edition(int(number))


def of_category(reading: Reading, key: str) -> list[Offer]:
    known = reading.categories.get(reading.aliases.get(key, key))
    return _linked(reading, f"categories/{known.key}", "This kind of data") if known else []


def of_feature(reading: Reading, slug: str) -> list[Offer]:
    """An AI feature as linked data, and as a model card."""
    if slug not in reading.features:
        return []
    linked = _linked(reading, f"features/{slug}", "This AI feature")
    return [*linked, *(Offer(MARKDOWN, one.address.replace(".jsonld", ".md"), "Model card") for one in linked)]


def of_use(reading: Reading, category: str, feature: str, stage: str) -> list[Offer]:
    name = f"{reading.aliases.get(category, category)}/{feature}/{stage}"
    return _linked(reading, f"uses/{name}", "This use of data") if name in reading.uses_by_id else []


def _of_edition(number: int) -> list[Offer]:
    return [Offer(one.media_type, one.address(number), one.name) for one in FORMATS if one.negotiable]


def _linked(reading: Reading, path: str, title: str) -> list[Offer]:
    if not reading.number:
        return []
    return [Offer(LINKED, f"/editions/{reading.number}/{path}.jsonld", f"{title}, as linked data")]
