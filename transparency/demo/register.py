"""What Tandem, the sample company, says about itself: three editions of its register.

The pipelines in ``pipelines`` do what the third edition says, but for the exceptions named there: a use that is
declared and not seen, and two that are seen and not declared.
"""

from transparency.register.schema import (
    AIFeature,
    Criterion,
    Default,
    Recipient,
    RecipientRole,
    Refusal,
    Register,
    Scope,
    Stage,
    Use,
)
from transparency.register.vocabulary.taxonomy import TAXONOMY

CONTACT = "privacy@tandem.example"
CLOUD = Recipient(name="Nimbus Cloud", role=RecipientRole.PROCESSOR, country="Ireland")
ADS = Recipient(
    name="Brightboard", role=RecipientRole.THIRD_PARTY, country="United States", transfer="Standard contractual clauses"
)


def _feature(slug: str, name: str, what: str, kind: str, group: str, **said: object) -> AIFeature:
    common = {"controller": "Tandem Ltd", "provider": "Tandem Ltd", "team": f"{name} team", "contact": CONTACT}
    return AIFeature(slug=slug, name=name, what_it_does=what, kind=kind, group=group, **{**common, **said})  # type: ignore[arg-type]  # spelt as JSON spells it


FEATURES = (
    _feature(
        "job-recommendations", "Job recommendations", "Shows you jobs that may suit you.", "recommendation",
        "Finding work", decides="order", since="2024-03-01", where="Jobs, “For you”",
        criteria=(
            Criterion(name="Your skills", weight="high", reason="They tell what you can do."),
            Criterion(name="Where you live", weight="medium", reason="Most people want a job nearby."),
            Criterion(name="Jobs you looked at", weight="medium", reason="They show what you like."),
        ),
        limitations="It knows little about people who are new here, and suggests the same jobs too often.",
    ),
    _feature(
        "candidate-matching", "Candidate matching", "Shows recruiters people who may fit a job.", "ranking",
        "Finding work", decides="significant", risk_level="high (Annex III 4a)", since="2024-09-01",
        human_review="A recruiter reads every profile before writing to anybody. The computer never rejects people.",
        contest="Write to us, and a person looks at how you were ranked within a month.",
        limitations="It works less well for people with gaps in their work life. We measure that twice a year.",
    ),
    _feature("feed", "Your feed", "Puts posts in an order that may interest you.", "ranking", "Reading",
             decides="order"),
    _feature("search", "Search", "Finds people, jobs and posts.", "search", "Reading", decides="order"),
    _feature("people-you-may-know", "People you may know", "Suggests members you may know.",
             "recommendation", "People"),
    _feature(
        "writing-assistant", "Writing assistant", "Helps you to write posts and messages.", "generation", "Writing",
        third_party_models=("Quill 3 by Inkwell AI",), limitations="It sometimes makes up facts. Read before you send.",
    ),
    _feature("translation", "Translation", "Shows posts in your language.", "generation", "Writing"),
    _feature("ads", "Adverts for you", "Chooses which adverts you see.", "advertising", "Adverts"),
    _feature("abuse-detection", "Abuse detection", "Finds spam, threats and stolen accounts.", "moderation", "Safety"),
    _feature("course-tips", "Course tips", "Suggests courses that may help you.", "recommendation", "Learning"),
)  # fmt: skip

GOOD_REASON = (
    "We want members to find what helps them. You can refuse at any time, and lose nothing but the suggestions."
)
REFUSABLE = (
    Scope(jurisdictions=("EU", "GB", "CH"), legal_basis="legitimate_interest", interest=GOOD_REASON,
          rights=("Object: write to privacy@tandem.example", "See your data: in your account")),
    Scope(jurisdictions=("*",), legal_basis="contract", refusal=Refusal.YES),
)  # fmt: skip
ASKED_FIRST = (
    Scope(jurisdictions=("EU", "GB", "CH"), legal_basis="consent", refusal=Refusal.CONSENT_FIRST, default=Default.OFF,
          default_reason="This data is yours until you say yes."),
    Scope(jurisdictions=("*",), legal_basis="contract", refusal=Refusal.YES, default=Default.OFF,
          default_reason="We do the same everywhere."),
)  # fmt: skip
NEEDED = (
    Scope(jurisdictions=("*",), legal_basis="legitimate_interest", refusal=Refusal.NO,
          interest="Without it we could not stop fraud, threats and stolen accounts.",
          why_not="One person who could refuse would be enough to let attackers in."),
)  # fmt: skip

# Category, feature, stages (t training, f fine-tuning, i while on the site), why the data is needed.
ROWS = """
work.skills|job-recommendations|ti|Your skills tell which jobs you can do.
work.experience|job-recommendations|ti|Your earlier jobs tell which ones may come next.
profile.place|job-recommendations|ti|A job must be within reach.
jobs.saved_jobs|job-recommendations|ti|What you save shows what you like.
jobs.open_to_work|job-recommendations|i|It tells whether you look for a job at all.
activity.search_history|job-recommendations|ti|What you search for shows what you look for.
work.skills|candidate-matching|ti|Recruiters look for skills.
work.experience|candidate-matching|ti|Recruiters look for experience.
work.education|candidate-matching|ti|Some jobs need a degree.
jobs.applications|candidate-matching|t|Earlier applications show which matches worked.
guesses.seniority|candidate-matching|i|A job for beginners should not go to experts.
activity.views|feed|ti|What you read shows what interests you.
activity.reactions|feed|ti|What you like shows what you want more of.
network.follows|feed|i|You see more from those you follow.
posts.posts|feed|ti|The text of a post tells what it is about.
guesses.interests|feed|i|Topics you care about come first.
activity.search_history|search|i|It completes words that you often type.
profile.name|search|i|People look for you by name.
posts.articles|search|ti|The search learns which words belong together.
network.contacts|people-you-may-know|ti|People who share contacts often know each other.
network.address_book|people-you-may-know|i|People in your phone may be here.
work.experience|people-you-may-know|ti|People from one company often know each other.
posts.posts|writing-assistant|tf|It learns how people here write.
posts.articles|writing-assistant|t|It learns how longer texts are built.
profile.about|writing-assistant|i|It writes in words that fit you.
posts.posts|translation|tif|It learns from posts that exist in two languages.
communications.comments|translation|i|Comments are translated too.
guesses.interests|ads|ti|Adverts follow your topics.
activity.ad_clicks|ads|ti|Clicks show which adverts work.
work.experience|ads|i|Companies look for people in certain jobs.
device.device|ads|i|Some adverts fit only on large screens.
communications.messages|abuse-detection|ti|Threats and spam travel in messages.
device.ip_address|abuse-detection|ti|Many accounts from one address are suspicious.
device.sign_ins|abuse-detection|ti|A stolen account signs in from new places.
posts.posts|abuse-detection|ti|Spam is published as posts.
learning.courses|course-tips|ti|Finished courses show what comes next.
learning.test_results|course-tips|i|Results show where a course would help.
work.skills|course-tips|ti|Skills you have need no course.
"""
STAGES = {"t": Stage.TRAINING, "f": Stage.FINE_TUNING, "i": Stage.INFERENCE}
PURPOSE = {
    "job-recommendations": ("personalised_recommendations", "To show you jobs that may suit you."),
    "candidate-matching": ("recruitment", "To show recruiters people who may fit a job."),
    "feed": ("personalisation", "To put posts in an order that may interest you."),
    "search": ("search", "To find what you look for."),
    "people-you-may-know": ("personalised_recommendations", "To suggest people you may know."),
    "writing-assistant": ("service_provision", "To help you write."),
    "translation": ("service_provision", "To show posts in your language."),
    "ads": ("personalised_advertising", "To choose adverts that may interest you."),
    "abuse-detection": ("fraud_prevention", "To stop spam, threats and stolen accounts."),
    "course-tips": ("personalised_recommendations", "To suggest courses that may help you."),
}
SENSITIVE = {category.key for category in TAXONOMY if category.sensitivity.value == "sensitive"}


def _uses() -> tuple[Use, ...]:
    lines = (line.split("|") for line in ROWS.strip().splitlines())
    return tuple(_use(c, f, STAGES[s], why) for c, f, stages, why in lines for s in stages)


def _use(category: str, feature: str, stage: Stage, why: str) -> Use:
    purpose, text = PURPOSE[feature]
    trains = stage != Stage.INFERENCE
    refused = "New models no longer learn from it." if trains else "We stop using it the next time you come."
    return Use(
        category=category,
        feature=feature,
        stage=stage,
        purpose=purpose,
        purpose_text=text,
        why_needed=why,
        scopes=NEEDED if feature == "abuse-detection" else ASKED_FIRST if category in SENSITIVE else REFUSABLE,
        retention="13 months" if trains else "30 days",
        recipients=(CLOUD, ADS) if feature == "ads" else (CLOUD,),
        safeguards=("pseudonymised", "encrypted") if trains else ("encrypted", "access-limited"),
        refusing_does="Nothing, because it can't be refused." if feature == "abuse-detection" else refused,
        refusing_does_not="It does not change models that have learned already." if trains else "It deletes nothing.",
        stops_working="" if feature == "abuse-detection" else "Suggestions may fit you less well.",
        clauses=("Privacy policy 3.2",) if trains else ("Privacy policy 3.1",),
        effective_from="2025-06-01",
    )


def third_edition() -> Register:
    """What holds today."""
    return Register(categories=TAXONOMY, features=FEATURES, uses=_uses())


def second_edition() -> Register:
    """Before course tips began to learn from skills, and while adverts still learned from work experience."""
    third = third_edition()
    uses = tuple(use for use in third.uses if (use.category, use.feature) != ("work.skills", "course-tips"))
    return Register(
        categories=third.categories,
        features=third.features,
        uses=(*uses, _use("work.experience", "ads", Stage.TRAINING, "Adverts were learned from careers.")),
    )


def first_edition() -> Register:
    """Before the writing assistant and course tips existed."""
    second, later = second_edition(), ("writing-assistant", "course-tips")
    return Register(
        categories=second.categories,
        features=tuple(feature for feature in second.features if feature.slug not in later),
        uses=tuple(use for use in second.uses if use.feature not in later),
    )
