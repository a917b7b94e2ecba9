"""Codes in plain words."""

from collections.abc import Sequence

LABELS: dict[str, dict[str, str]] = {
    "stage": {
        "training": "Training the model",
        "fine_tuning": "Fine-tuning the model",
        "inference": "While you are on the site",
        "evaluation": "Testing the model",
    },
    # What a feature does with data at a stage: “Your feed …”.
    "doing": {
        "training": "learns from",
        "fine_tuning": "is fine-tuned with",
        "inference": "uses",
        "evaluation": "is tested with",
    },
    "origin": {
        "provided": "You give it to us",
        "observed": "We see it when you use the site",
        "inferred": "We guess it from other data",
        "derived": "We work it out from other data",
        "from_others": "Somebody else gives it to us",
    },
    "sensitivity": {
        "ordinary": "Ordinary",
        "sensitive": "Sensitive",
        "special_category": "Specially protected by law",
    },
    "kind": {
        "ranking": "Puts things in order",
        "recommendation": "Suggests things",
        "generation": "Writes or makes things",
        "classification": "Sorts things into groups",
        "moderation": "Keeps bad content away",
        "advertising": "Chooses adverts",
        "search": "Finds things",
        # of policy documents
        "terms": "Terms",
        "privacy": "Privacy policy",
        "other": "Another document",
    },
    "status": {"planned": "Planned", "in_use": "In use", "retired": "No longer in use"},
    "decides": {
        "nothing": "Nothing about you",
        "order": "The order of what you see",
        "significant": "Something that matters for your life, such as a job",
    },
    "refusal": {"yes": "You can refuse", "consent_first": "Only if you say yes first", "no": "You can't refuse"},
    "default": {"on": "On until you refuse", "off": "Off until you say yes"},
    "role": {
        "processor": "works for us and follows our orders",
        "third_party": "uses it for itself",
        "joint_controller": "decides about it together with us",
    },
    "jurisdiction": {
        "*": "all other places",
        "EU": "the European Union",
        "EEA": "the European Economic Area",
        "GB": "the United Kingdom",
        "CH": "Switzerland",
        "US-CA": "California",
        "US": "the United States",
        "CA": "Canada",
    },
    "safeguard": {
        "pseudonymised": "Your name is replaced by a code",
        "aggregated": "Only totals of many members are used",
        "filtered": "Parts that could harm you are taken out",
        "encrypted": "It is encrypted",
        "access-limited": "Only a few people can open it",
        "human-reviewed": "A person checks the results",
    },
    "about": {
        "use": "A use",
        "feature": "An AI feature",
        "category": "A kind of data",
        "clause": "A clause of our terms",
    },
    "weight": {"high": "Counts a lot", "medium": "Counts somewhat", "low": "Counts a little"},
}


def places_in_words(codes: Sequence[str], *, of_several: bool) -> str:
    """The places; ``of_several`` where other places are told of beside them."""
    if list(codes) == ["*"] and not of_several:
        return "everywhere"
    return ", ".join(label("jurisdiction", one) for one in codes)


def label(field: str, code: str) -> str:
    """The code in plain words; a code nobody described is shown as it is."""
    return LABELS[field].get(code, code)
