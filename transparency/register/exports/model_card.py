"""A model card for each AI feature, as Markdown with the headings of the usual template. Pure.

The template writes ``MISSING`` where somebody has yet to say something, and so do we: performance, architecture and
emissions are no fields of the register.
"""

import io
import zipfile

from transparency.register.exports.markdown import address, bullet, code, plain, row
from transparency.register.exports.source import Source, trains
from transparency.register.phrases import day
from transparency.register.schema import AIFeature, Use
from transparency.register.vocabulary.labels import label

MEDIA_TYPE = "text/markdown"
MISSING = "[More Information Needed]"
NEVER = "never-in-force"
"""The tag of a card of an edition that never holds."""
HEADINGS = (
    *("Model Details", "Model Description", "Model Sources", "Uses", "Direct Use", "Out-of-Scope Use"),
    *("Bias, Risks, and Limitations", "Recommendations", "Training Details", "Training Data", "Evaluation"),
    *("Testing Data", "Factors", "Metrics", "Results", "Environmental Impact", "Technical Specifications"),
    *("Model Card Authors", "Model Card Contact"),
)
"""Those of the template, which every card has."""
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # that a zip file can tell; the same bytes every day


def write(source: Source) -> bytes:
    """A zip file with the card of each feature."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        for one in source.register.features:
            folder.writestr(zipfile.ZipInfo(f"{one.slug}.md", FIRST_DAY), write_one(source, one.slug))
    return packed.getvalue()


def write_one(source: Source, slug: str) -> bytes:
    """The card of one feature."""
    one, uses = source.features[slug], source.uses_of(slug)
    parts = [
        *_head(one, source),
        *_details(one, source),
        *_uses(one),
        *_risks(one, uses),
        *_data("Training Details", "Training Data", [use for use in uses if trains(use)], source),
        *_data("Data in Use", "Data it reads", [use for use in uses if use.stage == "inference"], source),
        *_evaluation([use for use in uses if use.stage == "evaluation"], source),
        *("## Environmental Impact", MISSING, "## Technical Specifications", MISSING),
        *(
            "## Model Card Authors",
            bullet_list([*source.document.authors, f"{source.document.approver} (approved it)"]),
        ),
        *("## Model Card Contact", plain(one.contact) or MISSING),
        *_corrections(source.corrections_within(slug)),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _corrections(sentences: list[str]) -> list[str]:
    return ["## Corrections of what this card said before", bullet_list(sentences)] if sentences else []


def bullet_list(words: list[str]) -> str:
    return "\n".join(map(bullet, words)) or MISSING


def _head(one: AIFeature, source: Source) -> list[str]:
    """Metadata that hubs of models read, then the title."""
    tags = "".join(f"\n- {tag}" for tag in (one.kind.value, *([NEVER] if source.never else [])))
    front = f"---\nlanguage: en\ntags:{tags}\n---"
    edition = f"Edition {source.document.number} of our record says this: {source.canonical_url}"
    never = [f"**{source.never}** {source.instead_url}"] if source.never else []
    return [front, f"# Model Card for {plain(one.name)}", *never, plain(one.what_it_does) or MISSING, edition]


def _details(one: AIFeature, source: Source) -> list[str]:
    facts = {
        "Developed by": one.provider,
        "Shared by": one.controller,
        "Model type": label("kind", one.kind),
        "State": f"{label('status', one.status)}{f' since {day(one.since)}' if one.since else ''}",
        "Finetuned from model": ", ".join(one.third_party_models),
        "Run by": ", ".join(filter(None, (one.team, one.owner))),
        "License": "",
    }
    listed = "\n".join(f"- **{name}:** {plain(words) or MISSING}" for name, words in facts.items())
    instructions = address(one.instructions_url) or MISSING
    links = f"- **Page for members:** {source.feature_url(one.slug)}\n- **Instructions:** {instructions}"
    return ["## Model Details", "### Model Description", listed, "### Model Sources", links]


def _uses(one: AIFeature) -> list[str]:
    decides = f"What it decides about a person: {label('decides', one.decides)}."
    return [
        *("## Uses", "### Direct Use", plain(one.intended_use) or MISSING, plain(decides)),
        *("### Out-of-Scope Use", plain(one.out_of_scope) or MISSING),
    ]


def _risks(one: AIFeature, uses: list[Use]) -> list[str]:
    risks = dict.fromkeys(use.risks for use in uses if use.risks)
    known = [part for part in (plain(one.limitations), "\n".join(map(bullet, risks))) if part]
    criteria = [f"{each.name} ({label('weight', each.weight)}): {each.reason}" for each in one.criteria]
    people = [words for words in (one.human_review, one.contest) if words]
    return [
        *("## Bias, Risks, and Limitations", *(known or [MISSING])),
        *("### What counts most", bullet_list(criteria), "### Who looks at it", bullet_list(people)),
        *("### Recommendations", MISSING),
        f"Risk level of the AI Act: {plain(one.risk_level) or MISSING}",
    ]


def _data(heading: str, inner: str, uses: list[Use], source: Source) -> list[str]:
    if not uses:
        return [f"## {heading}", f"### {inner}", "The register names no data for this."]
    head = "\n".join((row("Kind of data", "Key", "Stage", "Why", "Kept", "Safeguards"), "|---|---|---|---|---|---|"))
    rows = (
        row(
            plain(source.category_name(use.category)),
            code(use.category),
            label("stage", use.stage),
            plain(use.why_needed),
            plain(use.retention),
            plain(". ".join(label("safeguard", code) for code in use.safeguards)),
        )
        for use in uses
    )
    return [f"## {heading}", f"### {inner}", "\n".join((head, *rows))]


def _evaluation(uses: list[Use], source: Source) -> list[str]:
    found = _data("Evaluation", "Testing Data", uses, source)
    return [*found, "### Factors", MISSING, "### Metrics", MISSING, "### Results", MISSING]
