"""The fields and keys of an inventory in Fideslang, and what they are called in the register. Pure."""

from collections.abc import Iterable, Mapping

from transparency.register.exports.fideslang import category_key
from transparency.register.schema import Register
from transparency.register.vocabulary.fides import DATA_CATEGORIES
from transparency.review.yaml_text import Node

OTHERS = ("dataset", "policy", "organization", "evaluation", "registry")
"""What else an inventory may hold; the register has no place for it."""
_EVERYWHERE = ["fides_key", "organization_fides_key", "tags", "name", "description"]
_DEFAULTS = ["version_added", "version_deprecated", "replaced_by", "is_default", "parent_key"]
CATEGORY_FIELDS = frozenset((*_EVERYWHERE, *_DEFAULTS))
_SYSTEM = """
    meta fidesctl_meta system_type egress ingress privacy_declarations administrating_department vendor_id
    previous_vendor_id vendor_deleted_date dataset_references processes_personal_data exempt_from_privacy_regulations
    reason_for_exemption uses_profiling legal_basis_for_profiling does_international_transfers
    legal_basis_for_transfers requires_data_protection_assessments dpa_location dpa_progress privacy_policy legal_name
    legal_address responsibility dpo joint_controller_info data_security_practices cookie_max_age_seconds uses_cookies
    cookie_refresh uses_non_cookie_access legitimate_interest_disclosure_url
"""
SYSTEM_FIELDS = frozenset((*_EVERYWHERE, *_SYSTEM.split()))
_DECLARATION = """
    name data_categories data_use data_subjects dataset_references egress ingress features
    flexible_legal_basis_for_processing legal_basis_for_processing impact_assessment_location retention_period
    processes_special_category_data special_category_legal_basis data_shared_with_third_parties third_parties
    shared_categories cookies
"""
DECLARATION_FIELDS = frozenset(_DECLARATION.split())
FEATURE_FIELDS = {
    "name": "name",
    "description": "what_it_does",
    "legal_name": "controller",
    "administrating_department": "team",
    "dpo": "contact",
}
# What is read, and what our own inventories tell by working it out from that: neither is left aside.
_READ = {
    *FEATURE_FIELDS,
    *("fides_key", "parent_key", "tags", "meta", "system_type", "privacy_declarations", "responsibility"),
    *("joint_controller_info", "does_international_transfers", "legal_basis_for_transfers", "data_security_practices"),
    *("data_categories", "data_use", "data_subjects", "legal_basis_for_processing", "impact_assessment_location"),
    *("retention_period", "processes_special_category_data", "data_shared_with_third_parties", "third_parties"),
    *("shared_categories", "is_default"),
}


class Wrong(Exception):  # noqa: N818 - says where and what
    """An entry that can't be taken: its line, the field, and what to do."""

    def __init__(self, line: int, field: str, message: str) -> None:
        super().__init__(message)
        self.line, self.field = line, field[:80]


def entries(node: Node, name: str) -> list[Node]:
    """The list of that name, empty where there is none. Raises ``Wrong`` for anything else."""
    found = node.value.get(name) if isinstance(node.value, dict) else None
    if found is None:
        return []
    if not isinstance(found.value, list):
        raise Wrong(found.line, name, "A list belongs here: each entry begins with “- ”.")
    return found.value


def texts(entry: Node, known: Iterable[str], aside: set[str]) -> dict[str, str]:
    """The entry's fields that are plain texts. Raises ``Wrong`` for a field that Fideslang does not have."""
    if not isinstance(entry.value, dict):
        raise Wrong(entry.line, "", "Fields belong here, such as “fides_key: …”.")
    for name, node in entry.value.items():
        if name not in known:
            raise Wrong(node.line, name, f"Fideslang has no field “{name[:80]}” here.")
        if name not in _READ:
            aside.add(name)
    if "fides_key" in known and not isinstance(_value(entry.value, "fides_key"), str):
        raise Wrong(entry.line, "fides_key", "Say by which key it is known.")
    return {name: node.value for name, node in entry.value.items() if isinstance(node.value, str)}


def _value(fields: Mapping[str, Node], name: str) -> object:
    return fields[name].value if name in fields else None


class Keys:
    """Which of our kinds of data a key of an inventory means."""

    def __init__(self, standing: Register) -> None:
        self._known = {category_key(one): one.key for one in standing.categories}
        self._ours = {one.key for one in standing.categories}
        self._fides: dict[str, set[str]] = {}
        for one in standing.categories:
            self._fides.setdefault(one.fides, set()).add(one.key)

    def add(self, theirs: str, ours: str) -> None:
        self._known[theirs] = ours
        self._ours.add(ours)

    def is_fideslangs(self, key: str) -> bool:
        """Whether Fideslang itself defines it."""
        return key in DATA_CATEGORIES

    def ours(self, theirs: str) -> tuple[str, str]:
        """Our key for a category that the inventory defines, and the category of Fideslang's that it stands below."""
        above, _, own = theirs.rpartition(".")
        return (own.replace("-", "."), above) if above in DATA_CATEGORIES else (theirs.replace("-", "."), "")

    def meant(self, node: Node) -> str:
        """Our key. Raises ``Wrong`` where none, or more than one, is meant."""
        theirs = str(node.value)
        if theirs in self._known:
            return self._known[theirs]
        if theirs in self._ours:
            return theirs
        several = sorted(self._fides.get(theirs, ()))
        if len(several) == 1:
            return several[0]
        if several:
            told = ", ".join(several)[:200]
            raise Wrong(node.line, "data_categories", f"“{theirs[:80]}” may be {told}. Write the one that is meant.")
        raise Wrong(node.line, "data_categories", f"The register has no kind of data “{theirs[:80]}”. Add it first.")
