"""What Tandem, the sample company, says about itself: four editions of its register.

The pipelines in ``pipelines`` do what the third edition says, in which the fourth only corrects a mistake, but for the
exceptions named there: a use that is declared and not seen, and two that are seen and not declared.
"""

from datetime import date

from msgspec.structs import replace

from transparency.demo import policies
from transparency.demo.features import FEATURES
from transparency.demo.places import (
    ADVERTS,
    ASKED_FIRST,
    CLOUD,
    ONLY_IF_TOLD,
    OTHERS,
    PART_OF_IT,
    REFUSABLE,
    SAFETY,
)
from transparency.demo.policies import clauses_of
from transparency.register.schema import (
    About,
    Correction,
    DataCategory,
    Register,
    Scope,
    Sensitivity,
    Stage,
    Status,
    Use,
)
from transparency.register.vocabulary.taxonomy import TAXONOMY

# Category, feature, stages (t training, f fine-tuning, i while on the site, e evaluation), why the data is needed.
ROWS = """
work.skills|job-recommendations|ti|Your skills tell which jobs you can do.
work.experience|job-recommendations|ti|Your earlier jobs tell which ones may come next.
profile.place|job-recommendations|ti|A job must be within reach.
jobs.saved_jobs|job-recommendations|ti|What you save shows what you like.
jobs.open_to_work|job-recommendations|i|It tells whether you look for a job at all.
activity.search_history|job-recommendations|ti|What you search for shows what you look for.
work.skills|candidate-matching|ti|Recruiters look for skills.
work.experience|candidate-matching|tie|Recruiters look for experience.
work.education|candidate-matching|ti|Some jobs need a degree.
jobs.applications|candidate-matching|t|Earlier applications show which matches worked.
jobs.open_to_work|candidate-matching|i|Recruiters write to people who look for a job.
guesses.seniority|candidate-matching|i|A job for beginners should not go to experts.
profile.equality|candidate-matching|e|Only with it can we test whether the ranking is fair to everybody.
work.salary|salary-estimates|t|It learns from what members told us they earn.
work.experience|salary-estimates|ti|Pay depends on what somebody did before.
profile.place|salary-estimates|ti|The same job pays more in some towns than in others.
jobs.cv|cv-reader|i|It reads the file that you upload, and nothing else.
activity.views|feed|ti|What you read shows what interests you.
activity.reactions|feed|ti|What you like shows what you want more of.
network.follows|feed|i|You see more from those you follow.
posts.posts|feed|ti|The text of a post tells what it is about.
guesses.interests|feed|i|Topics you care about come first.
activity.search_history|search|i|It completes words that you often type.
profile.name|search|i|People look for you by name.
posts.articles|search|ti|The search learns which words belong together.
activity.reactions|notices|ti|What you like shows what is worth a notice.
device.device|notices|i|Phones and computers show notices in different ways.
network.contacts|people-you-may-know|ti|People who share contacts often know each other.
network.address_book|people-you-may-know|i|People in your phone may be here.
work.experience|people-you-may-know|ti|People from one company often know each other.
work.education|people-you-may-know|i|People from one school often know each other.
network.groups|group-tips|ti|Groups you are in show which others you may like.
guesses.interests|group-tips|i|Topics you care about have groups of their own.
posts.posts|writing-assistant|tf|It learns how people here write.
posts.articles|writing-assistant|t|It learns how longer texts are built.
profile.about|writing-assistant|i|It writes in words that fit you.
communications.messages|suggested-replies|i|It must read a message to answer it.
communications.comments|suggested-replies|f|It learns from short public answers how people here answer.
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
STAGES = {"t": Stage.TRAINING, "f": Stage.FINE_TUNING, "i": Stage.INFERENCE, "e": Stage.EVALUATION}
# Feature: term of the vocabulary, the purpose in words, what stops working without it.
PURPOSE = {
    "job-recommendations": ("personalised_recommendations", "To show you jobs that may suit you.",
                            "Jobs are shown newest first, and fit you less well."),
    "candidate-matching": ("recruitment", "To show recruiters people who may fit a job.",
                           "Recruiters find you less often. You can still apply for every job."),
    "salary-estimates": ("service_provision", "To tell members what a job may pay.",
                         "Estimates are less exact for everybody."),
    "cv-reader": ("service_provision", "To fill in forms for you.", "You fill in the form yourself."),
    "feed": ("personalisation", "To put posts in an order that may interest you.", "You see the newest posts first."),
    "search": ("search", "To find what you look for.", "You may have to type more words."),
    "notices": ("personalisation", "To send you only notices that matter to you.", "You get all notices, or none."),
    "people-you-may-know": ("personalised_recommendations", "To suggest people you may know.",
                            "You find people by searching for their names."),
    "group-tips": ("personalised_recommendations", "To suggest groups that you may like.",
                   "You find groups by searching."),
    "writing-assistant": ("service_provision", "To help you write.", "It writes in a less personal way."),
    "suggested-replies": ("service_provision", "To offer you short answers.", "No answers are offered."),
    "translation": ("service_provision", "To show posts in your language.", "Some posts stay as they were written."),
    "ads": ("personalised_advertising", "To choose adverts that may interest you.",
            "You see as many adverts, but they are the same for everybody."),
    "abuse-detection": ("fraud_prevention", "To stop spam, threats and stolen accounts.", ""),
    "course-tips": ("personalised_recommendations", "To suggest courses that may help you.",
                    "You find courses by searching."),
}  # fmt: skip
FAIRNESS = ("product_improvement", "To test whether the ranking is fair to everybody.", "Nothing stops working.")
# How long data is kept: to train a model, and for use on the site.
KEPT = {
    "abuse-detection": ("6 months", "90 days"),
    "ads": ("13 months", "30 days"),
    "cv-reader": ("", "Until the form is sent, 24 hours at most"),
    "suggested-replies": ("12 months", "Not kept: read once, then forgotten"),
    "search": ("24 months", "90 days, or until you clear your history"),
}
USUALLY = ("13 months", "30 days")
RISKS = {
    "communications.messages": "Somebody who should not could read a private message. So only the computer reads them.",
    "work.salary": "From a rare job in a small town one could guess who earns what. Fewer than 10 are never counted.",
    "profile.equality": "It could be used to treat people differently. It is kept apart, and the model never sees it.",
    "network.address_book": "It holds names of people who are not members and never said yes.",
}
SENSITIVE = {category.key for category in TAXONOMY if category.sensitivity != Sensitivity.ORDINARY}
# Who else on the site sees a kind of data, by its group or by itself.
SEEN_BY = {
    "profile": "Everybody", "profile.contact": "Your contacts", "profile.equality": "Nobody", "work": "Everybody",
    "work.salary": "Nobody", "communications": "You and the people you write to", "posts": "Whoever you choose",
    "posts.drafts": "Nobody", "network": "Your contacts", "network.address_book": "Nobody",
    "communications.comments": "Everybody who sees the post", "jobs.applications": "The company you applied to",
    "jobs.cv": "The company you applied to", "jobs.open_to_work": "Recruiters, or everybody, as you choose",
}  # fmt: skip


def _uses() -> tuple[Use, ...]:
    lines = (line.split("|") for line in ROWS.strip().splitlines())
    return tuple(_use(c, f, STAGES[s], why) for c, f, stages, why in lines for s in stages)


def _use(category: str, feature: str, stage: Stage, why: str) -> Use:
    purpose, text, stops = FAIRNESS if stage == Stage.EVALUATION else PURPOSE[feature]
    trains = stage in (Stage.TRAINING, Stage.FINE_TUNING)
    refused = "New models no longer learn from it." if trains else "We stop using it the next time you come."
    return Use(
        category=category,
        feature=feature,
        stage=stage,
        purpose=purpose,
        purpose_text=text,
        why_needed=why,
        scopes=_scopes(category, feature, stage),
        retention=KEPT.get(feature, USUALLY)[stage == Stage.INFERENCE],
        recipients=(CLOUD, *OTHERS.get(feature, ())),
        safeguards=_safeguards(category, trains=trains),
        refusing_does="Nothing, because it can't be refused." if feature == "abuse-detection" else refused,
        refusing_does_not="It does not change models that have learned already." if trains else "It deletes nothing.",
        stops_working=stops,
        effective_from="2025-06-01",
        clauses=clauses_of(category, feature, stage),
        risks=RISKS.get(category, ""),
        necessary=feature in ("abuse-detection", "cv-reader"),
    )


def _scopes(category: str, feature: str, stage: Stage) -> tuple[Scope, ...]:
    """The strictest that applies: safety can't be refused, special data needs a yes everywhere."""
    if feature == "abuse-detection":
        return SAFETY
    if category == "profile.equality":
        return ONLY_IF_TOLD
    if feature == "ads":
        return ADVERTS
    if feature == "cv-reader" and stage == Stage.INFERENCE:
        return PART_OF_IT
    return ASKED_FIRST if category in SENSITIVE else REFUSABLE


def _safeguards(category: str, *, trains: bool) -> tuple[str, ...]:
    usual = ("pseudonymised", "encrypted") if trains else ("encrypted", "access-limited")
    return (*usual, *(("filtered",) if trains and category.startswith(("communications.", "posts.")) else ()))


def _categories() -> tuple[DataCategory, ...]:
    """The starting taxonomy, with who sees what at Tandem and where members see or delete it."""
    return tuple(
        replace(one, visible_to=_seen_by(one.key), manage_url=f"https://tandem.example/settings/data/{one.key}")
        if one.parent
        else one
        for one in TAXONOMY
    )


def _seen_by(key: str) -> str:
    return SEEN_BY.get(key) or SEEN_BY.get(key.partition(".")[0], "Nobody")


def third_edition() -> Register:
    """What held until a mistake was found in it."""
    return Register(categories=_categories(), features=FEATURES, uses=_uses(), policies=policies.NOW)


def fourth_edition(since: date, until: date) -> Register:
    """What holds today: messages are kept for a day. They were, too, while we said that they weren't."""
    third = third_edition()
    wrong = next(use for use in third.uses if use.feature == "suggested-replies" and use.stage == Stage.INFERENCE)
    right = replace(wrong, retention="24 hours")
    correction = Correction(
        slug="replies-are-kept-for-a-day",
        about=About.USE,
        subject=wrong.id,
        field="retention",
        since=since.isoformat(),
        until=until.isoformat(),
        said=f"{wrong.retention}.",
        truth="Messages were kept for 24 hours, to find out why an answer went wrong.",
        explanation="The team had switched this on for a test and had not switched it off. Now the page says so.",
    )
    uses = tuple(right if use is wrong else use for use in third.uses)
    return replace(third, uses=uses, corrections=(correction,))


def second_edition() -> Register:
    """Before course tips began to learn from skills, and while adverts still learned from work experience."""
    third = third_edition()
    uses = tuple(use for use in third.uses if (use.category, use.feature) != ("work.skills", "course-tips"))
    return Register(
        categories=third.categories,
        features=third.features,
        uses=(*uses, _use("work.experience", "ads", Stage.TRAINING, "Adverts were learned from careers.")),
        policies=policies.AT_FIRST,
    )


def first_edition() -> Register:
    """Before the assistant, replies and course tips existed, and while people nearby were still shown."""
    second, later = second_edition(), ("writing-assistant", "suggested-replies", "course-tips")
    features = (feature for feature in second.features if feature.slug not in later)
    return Register(
        categories=second.categories,
        features=tuple(
            replace(one, status=Status.IN_USE, since="2024-06-01") if one.slug == "people-nearby" else one
            for one in features
        ),
        uses=tuple(_longer(use) for use in second.uses if use.feature not in later),
        policies=policies.AT_FIRST,
    )


def _longer(use: Use) -> Use:
    """Adverts kept their data for two years before members complained."""
    return replace(use, retention="24 months") if use.feature == "ads" and use.stage == Stage.TRAINING else use
