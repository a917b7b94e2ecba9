"""What a scope and a use are called on a page. Pure."""

from transparency.consent.scopes import kind_of
from transparency.register.schema import Register
from transparency.register.vocabulary import label

STAGES = {
    "training": "training of models",
    "fine_tuning": "fine-tuning of models",
    "inference": "use while you are on the site",
    "evaluation": "testing of models",
}
SIGNALS = {
    "sharing": "selling and sharing data, and adverts across sites",
    "training": "selling and sharing data, adverts across sites, and training",
    "everything": "everything AI",
}


def name_of(scope: str, register: Register) -> str:
    """What a member would call it: names as in ``register``, keys where it has none of that name any more."""
    kind, tail = kind_of(scope), scope.partition(":")[2]
    if kind == "all":
        return "Everything AI"
    if kind == "stage":
        return f"All {STAGES.get(tail, tail)}"
    if kind == "gpc":
        return f"Privacy signal: {SIGNALS[tail]}"
    if kind == "category":
        return f"{_category(tail, register)}, everywhere"
    if kind == "use":
        category, feature, stage = tail.split("/")
        return f"{_category(category, register)} in {_feature(feature, register)}: {label('stage', stage).lower()}"
    feature, _, stage = tail.partition("@")
    return (
        f"{_feature(feature, register)}: {STAGES.get(stage, stage)}"
        if stage
        else f"All of {_feature(feature, register)}"
    )


def _category(key: str, register: Register) -> str:
    return next((one.name for one in register.categories if key in (one.key, *one.aliases)), key)


def _feature(slug: str, register: Register) -> str:
    return next((one.name for one in register.features if one.slug == slug), slug)
