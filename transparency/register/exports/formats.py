"""Every format that the register can be taken away in. Pages, API and command read this table, and nothing else.

A document is made from one edition and is the same for it as long as the format itself does not change; only where
another edition overtakes this one before it holds, the document says so from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass

from transparency.register.exports import (
    algoritmeregister,
    article30,
    atrs,
    dpv,
    fideslang,
    model_card,
    training_summary,
    uses,
)
from transparency.register.exports.source import Source


@dataclass(frozen=True)
class Format:
    """``key`` names it in commands; ``what`` it is, ``who`` uses it and what it ``lacks`` are sentences for people.

    ``path`` is where it stands below ``/editions/``. ``negotiable`` says that asking for its media type gives it.
    """

    key: str
    path: str
    media_type: str
    name: str
    what: str
    who: str
    lacks: str
    write: Callable[[Source], bytes]
    negotiable: bool = False

    def address(self, number: int) -> str:
        """Where this document of an edition stands on the site."""
        return f"/editions/{self.path.format(number=number)}"


def _edition(source: Source) -> bytes:
    """The canonical JSON as it was published."""
    return source.exact


FORMATS = (
    Format(
        "edition",
        "{number}.json",
        "application/json",
        "Everything, as JSON",
        "The exact text of this edition. Its fingerprint is made from it.",
        "People who check us, and programmers.",
        "Nothing.",
        _edition,
        negotiable=True,
    ),
    Format(
        "dpv",
        "{number}/register.jsonld",
        dpv.MEDIA_TYPE,
        "Linked data (DPV 2.3)",
        "All uses in the words of the Data Privacy Vocabulary, which computers of many companies understand.",
        "Programs that compare privacy notices, and researchers.",
        "Fideslang keys, what a feature must not be used for, and where in the product you meet it.",
        dpv.write,
        negotiable=True,
    ),
    Format(
        "fideslang",
        "{number}/register.fides.yml",
        fideslang.MEDIA_TYPE,
        "Fideslang",
        "AI features and their data in the language of the Fides privacy tools.",
        "Engineers who keep track of data.",
        "Examples of the data, who sees it, earlier names, and where you delete it.",
        fideslang.write,
        negotiable=True,
    ),
    Format(
        "csv",
        "{number}/uses.csv",
        "text/csv",
        "A table of all uses",
        "One row for each use and each group of countries.",
        "Everybody with a spreadsheet.",
        "All that belongs to a kind of data or to an AI feature alone.",
        uses.write,
        negotiable=True,
    ),
    Format(
        "article-30",
        "{number}/article-30.csv",
        "text/csv",
        "Record of processing (Article 30)",
        "The list that European law makes companies keep of what they do with personal data.",
        "Data protection authorities.",
        "Data protection officer and representative, where nobody told this site who they are; the list says so then.",
        article30.write,
    ),
    Format(
        "atrs",
        "{number}/atrs.json",
        "application/json",
        "Algorithmic transparency records (United Kingdom)",
        "A record of each AI feature, in the form that public bodies in the United Kingdom use.",
        "People who compare our AI features with those of public bodies.",
        "How well a model works, how it is built, what was there before, and what we corrected.",
        atrs.write,
    ),
    Format(
        "algoritmeregister",
        "{number}/algoritmeregister.json",
        "application/json",
        "Dutch algorithm register",
        "Each AI feature in the form of the Dutch register of algorithms.",
        "Public bodies in the Netherlands.",
        "What we corrected, and Dutch: only its headings are. Our own words are not, and it says so.",
        algoritmeregister.write,
    ),
    Format(
        "model-cards",
        "{number}/model-cards.zip",
        "application/zip",
        "Model cards",
        "A page about each AI feature: what it is for, what it learns from, what it gets wrong.",
        "People who build or buy AI.",
        "How well it works and how it is built. The cards mark what is missing.",
        model_card.write,
    ),
    Format(
        "training-summary",
        "{number}/training-summary.md",
        "text/markdown",
        "What models learned from (AI Act)",
        "The part about users' data of the summary that European law wants from makers of large AI models.",
        "Authorities, and people whose texts are used for AI.",
        "Data that does not come from members, whether it is text or pictures, how much, and from which years.",
        training_summary.write,
    ),
)
BY_KEY = {one.key: one for one in FORMATS}
BY_FILE = {one.path.rpartition("/")[2]: one for one in FORMATS if "/" in one.path}
