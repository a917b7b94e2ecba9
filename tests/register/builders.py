"""Records that are complete unless a test says otherwise."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from transparency.register.actions import publish_edition
from transparency.register.clauses import read
from transparency.register.schema import AIFeature, Correction, DataCategory, Policy, Register, Scope, Use

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVERYWHERE = Scope(jurisdictions=("*",), legal_basis="contract")


def category(key="communications.messages", **fields):
    said = {
        "name": "Private messages",
        "what_it_is": "What you write to others in private.",
        "examples": ("The text", "The time", "The people"),
    }
    return DataCategory(key=key, **(said | fields))


def feature(slug="job-ranking", **fields):
    said = {
        "name": "Job recommendations",
        "what_it_does": "Shows you jobs that may suit you.",
        "kind": "recommendation",
        "controller": "Tandem Ltd",
        "team": "Jobs",
        "contact": "privacy@tandem.example",
    }
    return AIFeature(slug=slug, **(said | fields))


def use(category="communications.messages", feature="job-ranking", stage="training", **fields):
    said = {
        "purpose": "personalised_recommendations",
        "purpose_text": "To show jobs that fit.",
        "why_needed": "Your words tell what you look for.",
        "scopes": (EVERYWHERE,),
        "retention": "13 months",
        "refusing_does_not": "It does not undo past training.",
    }
    return Use(category=category, feature=feature, stage=stage, **(said | fields))


PRIVACY = """## 3 What we do

### 3.1 On the site

We use what you write to fit the site to you.

### 3.2 Training

Purposes: to suggest things that may suit you

Models learn from what you write. See [our blog](https://tandem.example/blog).
"""


def policy(source=PRIVACY, slug="privacy-policy", **fields):
    opening, clauses = read(source)
    said = {"title": "Privacy policy", "kind": "privacy", "opening": opening, "clauses": clauses}
    return Policy(slug=slug, **(said | fields))


def correction(slug="retention-2026", **fields):
    said = {
        "about": "use",
        "subject": "communications.messages/job-ranking/training",
        "field": "retention",
        "since": "2026-11-24",
        "until": "2026-11-25",
        "said": "13 months",
        "truth": "24 months",
    }
    return Correction(slug=slug, **(said | fields))


def register(*uses, categories=None, features=None, policies=(), corrections=()):
    return Register(
        categories=categories or (category(),),
        features=features or (feature(),),
        uses=uses or (use(),),
        policies=policies,
        corrections=corrections,
    )


def register_of(categories, features, uses):
    """A valid register of a given size, for measuring."""
    stages = ("training", "fine_tuning", "inference", "evaluation")
    pairs = [(c, f, s) for s in stages for c in range(categories) for f in range(features)][:uses]
    return Register(
        categories=tuple(category(f"group.kind{i}", name=f"Kind {i}") for i in range(categories)),
        features=tuple(feature(f"feature-{i}", name=f"Feature {i}") for i in range(features)),
        uses=tuple(use(f"group.kind{c}", f"feature-{f}", s) for c, f, s in pairs),
    )


@dataclass
class Press:
    """Publishes one edition after the other, a day apart."""

    by: object
    number: int = 0

    def __call__(self, content, **said):
        at = said.pop("at", NOON + timedelta(days=self.number))
        words = {"authors": ["Otto"], "approver": "Ines", "effective_at": at, "base": self.number} | said
        edition = publish_edition(by=self.by, register=content, at=at, **words)
        self.number = edition.number
        return edition
