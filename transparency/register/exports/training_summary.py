"""Section 2.4 of the public summary of training content that AI Act Article 53(1)(d) asks for: user data. Pure.

The Commission's template (C(2025) 5235 of 24 July 2025) wants this of providers of general-purpose models; a platform
can fill the part about data of its users. Its head asks for the version and the day of the last update. Its section 2.4
has five fields, given here in its order: whether the model learned from what users said to it, whether from what they
did elsewhere in its provider's services, which those are, what modalities, and further comments. Those are the kinds of
data, and how people can refuse. What the register does not hold is said to be not recorded.
"""

from transparency.register.exports.markdown import bullet, code, plain, row
from transparency.register.exports.source import TRAINING_STAGES, Source, trains
from transparency.register.schema import AIFeature, Refusal, Scope, Use
from transparency.register.vocabulary.labels import label, places_in_words

MISSING = "Not recorded in this register."
NONE = "None."
YES, NO_ONE = "**Yes**", "**No**"
WHAT_FOLLOWS = "the kinds of data that each model learns from, and how users can refuse, are told below."
LEARNING = tuple(f"/{stage}" for stage in TRAINING_STAGES)
ITSELF = "Not told apart from other use of the services: see the kinds of data below."
# The sections of the template, by number. All but one are about what no register of uses holds.
SECTIONS = {
    "1.1": "Provider identification",
    "1.2": "Model identification",
    "1.3": "Modalities, overall training data size and other characteristics",
    "2.1": "Publicly available datasets",
    "2.2": "Private non-publicly available datasets obtained from third parties",
    "2.3": "Data crawled and scraped from online sources",
    "2.4": "User data",
    "2.5": "Synthetic data",
    "2.6": "Other sources of data",
    "3.1": "Respect of reservation of rights from text and data mining exception or limitation",
    "3.2": "Removal of illegal content",
    "3.3": "Other information",
}


def write(source: Source) -> bytes:
    """The section for every feature whose model learns from members' data, and the names of the others."""
    document = source.document
    learning = [one for one in source.register.features if _learned(one, source)]
    others = [one.name for one in source.register.features if one not in learning]
    parts = [
        "# Public summary of training content: section 2.4, user data",
        f"{plain(source.organisation)}, edition {document.number}, {_holding(source)} "
        f"The exact text is at {source.canonical_url}",
        *_head(source),
        "## 2.4 User data",
        "Was data from user interactions with the AI model (e.g. user input and prompts) used to train the model? "
        f"{ITSELF if learning else NO_ONE}",
        "Was data collected from user interactions with the provider's other services or products used to train the "
        f"model? {YES if learning else NO_ONE}",
        f"Which of the provider's services or products were used to collect the user data? {_services(learning)}",
        f"Which modalities are covered (text, image, audio, video, other)? {MISSING if learning else NONE}",
        f"Additional comments: {WHAT_FOLLOWS if learning else NONE}",
        *(part for one in learning for part in _model(one, source)),
        "## AI features that learn from no data of members",
        "\n".join(map(bullet, others)) or NONE,
        *_corrections(source),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _holding(source: Source) -> str:
    """From when it is in force; of an edition that never is, that it is not, and what is."""
    if source.never:
        return f"never in force. **{source.never}** {source.instead_url}"
    return f"in force from {source.document.effective_at[:10]}."


def _head(source: Source) -> list[str]:
    """Which summary this is, as the template begins, and which of its sections are not in it."""
    year, month, day = source.document.published_at[:10].split("-")
    before = f"; the one before it is at {source.edition_before_url}" if source.before else ""
    others = ", ".join(f"{number} {name}" for number, name in SECTIONS.items() if number != "2.4")
    return [
        f"Version of the summary: edition {source.document.number}{before}.",
        f"Last update: {day}/{month}/{year}.",
        f"Other sections of the template ({others}): {MISSING}",
    ]


def _services(learning: list[AIFeature]) -> str:
    """Where in the product the data comes from, each place once."""
    told = dict.fromkeys(one.where or f"{one.name} (where in the product: not recorded)" for one in learning)
    return "".join(f"\n{bullet(place)}" for place in told) if len(told) > 1 else plain("".join(told)) or NONE


def _corrections(source: Source) -> list[str]:
    """What was wrong in what was said of data that models learn from, or learned from."""
    keys = {use.category for use in source.register.uses if trains(use)}
    found = [
        sentence
        for name, sentences in source.corrections.items()
        if name.startswith("feature:") or name.removeprefix("category:") in keys or name.endswith(LEARNING)
        for sentence in sentences
    ]
    return ["## Corrections of what this summary said before", "\n".join(map(bullet, found))] if found else []


def _learned(one: AIFeature, source: Source) -> list[Use]:
    return [use for use in source.uses_of(one.slug) if trains(use)]


def _model(one: AIFeature, source: Source) -> list[str]:
    uses = _learned(one, source)
    facts = {
        "Provider": one.provider or one.controller,
        "Service or product that the data comes from": one.where,
        "Models of others that it is built on": ", ".join(one.third_party_models),
        "Modalities": "",
        "Dates of the data": "",
    }
    listed = "\n".join(f"- **{name}:** {plain(words) or MISSING}" for name, words in facts.items())
    head = "\n".join((row("Kind of data", "Key", "How it was got", "Stage", "Measures"), "|---|---|---|---|---|"))
    return [
        f"### {plain(one.name)} ({source.feature_url(one.slug)})",
        listed,
        "\n".join((head, *(_row(use, source) for use in uses))),
        "\n".join(bullet(words) for words in _refusing(uses, source)),
    ]


def _row(use: Use, source: Source) -> str:
    category = source.categories[use.category]
    measures = ". ".join(label("safeguard", code) for code in use.safeguards) or MISSING
    origin, stage = label("origin", category.origin), label("stage", use.stage)
    return row(plain(category.name), code(category.key), origin, stage, plain(measures))


def _refusing(uses: list[Use], source: Source) -> list[str]:
    """How users can refuse, place by place, and what that does not undo; each sentence once.

    It names the kinds of data where it is not so of all that the model learns from.
    """
    answers = [(_in_one_place(use, scope), use) for use in uses for scope in use.scopes]
    limits = [(use.refusing_does_not, use) for use in uses if use.refusing_does_not]
    told: dict[str, list[Use]] = {}
    for words, use in answers + limits:
        told.setdefault(words, []).append(use)
    return [words if len(such) == len(uses) else f"{words} ({_names(such, source)})" for words, such in told.items()]


def _in_one_place(use: Use, scope: Scope) -> str:
    where = places_in_words(scope.jurisdictions, of_several=len(use.scopes) > 1)
    always = scope.refusal == Refusal.NO
    how = label("refusal", scope.refusal) + ("" if always else f", {label('default', scope.default).lower()}")
    return f"{where}: {how[0].lower()}{how[1:]}."


def _names(uses: list[Use], source: Source) -> str:
    return ", ".join(dict.fromkeys(source.category_name(use.category) for use in uses))
