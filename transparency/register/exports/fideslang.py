"""The register as Fideslang 3 YAML, for data catalogs that speak it, and to be brought back. Pure.

An AI feature is a system; a use in one group of places is one of its privacy declarations, named by the use and the
places. A kind of data is a category of ours below the equivalent one of Fideslang (``communications.messages`` is
``user.content.private.communications-messages``), so that whoever knows only the parent still understands it; its
``tags`` say what a Fideslang category has no field for. A purpose is a use of ours below Fideslang's, and below
``train_ai_system`` where a model learns. Everything else stands in the system's ``meta``, which Fideslang keeps free.
YAML that is cut off between two records is YAML still, so a line at the top says which one is the last. Where the
edition never holds, another line says so, and each system's ``tags`` do. What corrections say of a feature and its uses
stands in the system's ``meta`` too, of a kind of data in its ``tags``, and of anything else in lines at the top.
Left out, because a category has no such place: examples, earlier keys, who sees it, and where one deletes it.
"""

from typing import Any

import msgspec
import yaml

from transparency.register.exports.source import Source, trains
from transparency.register.schema import AIFeature, DataCategory, Recipient, RecipientRole, Scope, Sensitivity, Use
from transparency.register.vocabulary.fides import DATA_CATEGORIES, LEGAL_BASES, TRAINING
from transparency.register.vocabulary.labels import label
from transparency.register.vocabulary.purposes import PURPOSES

MEDIA_TYPE = "application/yaml"
ENDS_WITH = "# The last line of this file is: "
TAGS = ("parent", "origin", "sensitivity", "dpv")
SUBJECT = "member"
SYSTEM_TYPE = "AI feature"
# What a declaration holds of a use and of its places; the rest goes into ``meta``.
DECLARED_OF_USE = ("category", "feature", "stage", "purpose", "retention", "scopes")
DECLARED_OF_SCOPE = ("legal_basis", "balancing_url")
DECLARED_OF_FEATURE = ("slug", "name", "what_it_does", "controller", "team", "contact")


class Dumper(yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper):  # type: ignore[misc]  # chosen at import
    """Writes each value out: others may not follow references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write(source: Source) -> bytes:
    """The taxonomy of ours and a system for each feature."""
    register = source.register
    uses = sorted({data_use_key(use): use for use in register.uses}.items())
    document = {
        "data_category": [_category(one, source) for one in register.categories],
        "data_use": [_data_use(key, use) for key, use in uses],
        "data_subject": [{"fides_key": SUBJECT, "name": "Member", "description": "Whoever has an account."}],
        "system": [_system(one, source) for one in register.features],
    }
    number = source.document.number
    head = f"# Edition {number} of how {_line(source.organisation)} uses data. {source.canonical_url}\n"
    head += f"# {source.never} {source.instead_url}\n" if source.instead else ""
    body = yaml.dump(document, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=120)
    end = f"# End of edition {number}."
    others = "".join(f"# {_line(sentence)}\n" for sentence in _elsewhere(source))
    return f"{head}{ENDS_WITH}{end}\n{others}{body}{end}\n".encode()


def _elsewhere(source: Source) -> list[str]:
    """Corrections of what no record of the file is about: of clauses, and of what has gone."""
    held = [*(f"category:{key}" for key in source.categories), *(f"feature:{slug}" for slug in source.features)]
    return [
        sentence
        for name, sentences in source.corrections.items()
        if name not in held and not (name.startswith("use:") and name.split("/")[1] in source.features)
        for sentence in sentences
    ]


def _line(text: str) -> str:
    return " ".join(text.split())


def _told(record: dict[str, Any]) -> dict[str, Any]:
    """Without what is not said. What is said to be empty stays, so that it comes back empty."""
    return {name: value for name, value in record.items() if value is not None}


def category_key(one: DataCategory) -> str:
    """Our key below Fideslang's. A hyphen, which no key of ours has, stands for each dot, so that it can be undone."""
    own = one.key.replace(".", "-")
    return f"{one.fides}.{own}" if one.fides in DATA_CATEGORIES else own


def _category(one: DataCategory, source: Source) -> dict[str, Any]:
    corrections = source.corrections.get(f"category:{one.key}", [])
    record = {
        "fides_key": category_key(one),
        "parent_key": one.fides if one.fides in DATA_CATEGORIES else None,
        "name": one.name,
        "description": one.what_it_is,
        "tags": [f"{name}: {value}" for name in TAGS if (value := str(getattr(one, name)))] + corrections,
    }
    return _told(record)


def data_use_key(use: Use) -> str:
    """The purpose below Fideslang's data use, or below training."""
    root = TRAINING if trains(use) else PURPOSES[use.purpose].fides
    return f"{root}.{use.purpose}"


def _data_use(key: str, use: Use) -> dict[str, Any]:
    words = PURPOSES[use.purpose].label
    name = f"Train a model: {words[0].lower()}{words[1:]}" if trains(use) else words
    return {"fides_key": key, "parent_key": key.rpartition(".")[0], "name": name}


def _system(one: AIFeature, source: Source) -> dict[str, Any]:
    uses = source.uses_of(one.slug)
    corrections = source.corrections_within(one.slug)
    wrong = {"corrections": corrections} if corrections else {}
    recipients = list(dict.fromkeys(each for use in uses for each in use.recipients))
    transfers = list(dict.fromkeys(each.transfer for each in recipients if each.transfer))
    joint = [each.name for each in recipients if each.role == RecipientRole.JOINT_CONTROLLER]
    safeguards = list(dict.fromkeys(label("safeguard", code) for use in uses for code in use.safeguards))
    return _told(
        {
            "fides_key": one.slug,
            "name": one.name,
            "description": one.what_it_does,
            "tags": [source.never] if source.never else None,
            "system_type": SYSTEM_TYPE,
            "administrating_department": one.team,
            "legal_name": one.controller,
            "responsibility": ["Controller"] if one.controller else None,
            "dpo": one.contact,
            "joint_controller_info": ", ".join(joint) or None,
            "does_international_transfers": True if transfers else None,
            "legal_basis_for_transfers": transfers or None,
            "data_security_practices": ". ".join(safeguards) or None,
            "meta": {"feature": _rest(one, DECLARED_OF_FEATURE), "uses": {use.id: _meta(use) for use in uses}} | wrong,
        }
    ) | {"privacy_declarations": [_declaration(use, scope, source) for use in uses for scope in use.scopes]}


def _rest(record: msgspec.Struct, declared: tuple[str, ...]) -> dict[str, Any]:
    """The fields that stand nowhere else. All of them: an empty one says that it is empty."""
    return {name: value for name, value in msgspec.to_builtins(record).items() if name not in declared}


def _meta(use: Use) -> dict[str, Any]:
    return _rest(use, DECLARED_OF_USE) | {"places": {places(s): _rest(s, DECLARED_OF_SCOPE) for s in use.scopes}}


def places(scope: Scope) -> str:
    """The places as a declaration's name tells them."""
    return ", ".join(scope.jurisdictions)


def _declaration(use: Use, scope: Scope, source: Source) -> dict[str, Any]:
    category = source.categories[use.category]
    sharers = [one for one in use.recipients if one.role != RecipientRole.PROCESSOR]
    said = {
        "name": f"{use.id} in {places(scope)}",
        "data_categories": [category_key(category)],
        "data_use": data_use_key(use),
        "data_subjects": [SUBJECT],
        "legal_basis_for_processing": LEGAL_BASES.get(scope.legal_basis),
        "impact_assessment_location": scope.balancing_url,
        "retention_period": use.retention,
        "processes_special_category_data": category.sensitivity == Sensitivity.SPECIAL,
        "data_shared_with_third_parties": bool(sharers),
        "third_parties": "; ".join(map(_sharer, sharers)) or None,
        "shared_categories": [category_key(category)] if sharers else None,
    }
    return _told(said)


def _sharer(one: Recipient) -> str:
    return f"{one.name} ({label('role', one.role)})"
