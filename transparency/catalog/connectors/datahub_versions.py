"""Versions of one thing that are not the newest, as DataHub keeps them since 1.0: of an MLflow model every one.

Its OpenAPI lists only the newest of a version set and says so nowhere, so that a model that still serves would be gone
as soon as a newer one is registered. GraphQL lists the others when it is asked for them; they are read by their names.
"""

from msgspec import Struct

from transparency.catalog.connectors.base import Progress, SourceUnreadable
from transparency.catalog.connectors.datahub_kinds import KINDS
from transparency.catalog.connectors.http import Listed, Page, Reader, by_cursor
from transparency.catalog.untrusted import shortened

VERSIONED = ("dataset", "mlModel")
AT_ONCE = 1_000  # urns
# Where this flag is unknown, nothing is left out either.
_FLAG = "filterNonLatestVersions"
_OLDER = (
    'query older($after: String) {{ {kind}: scrollAcrossEntities(input: {{types: [{graphql}], query: "*", '
    'count: {count}, scrollId: $after, orFilters: [{{and: [{{field: "isLatest", values: ["false"]}}]}}], searchFlags: '
    "{{skipAggregates: true, skipCache: true, includeSoftDeleted: true, {flag}: false}}}}) "
    "{{ total nextScrollId searchResults {{ entity {{ urn }} }} }} }}"
)


class Urn(Struct):
    urn: str


class Hit(Struct):
    entity: Urn


class Scrolled(Struct, rename="camel"):
    total: int
    search_results: list[Hit]
    next_scroll_id: str | None = None


class Problem(Struct):
    message: str = ""


class Answer(Struct):
    """With status 200 it may tell of errors."""

    data: dict[str, Scrolled | None] | None = None
    errors: list[Problem] = []


def older(reader: Reader, kind: str, progress: Progress) -> Listed[str]:
    """Urns of every version of such a kind that is not the newest of its set."""

    def page(after: str | None) -> Page[str]:
        found = _asked(reader, kind, after)
        return Page([hit.entity.urn for hit in found.search_results], found.total, found.next_scroll_id)

    return by_cursor(f"older {KINDS[kind].plural}", page, lambda urn: urn, progress)


def _asked(reader: Reader, kind: str, after: str | None) -> Scrolled:
    query = _OLDER.format(kind=kind, graphql=KINDS[kind].graphql, count=AT_ONCE, flag=_FLAG)
    answer = reader.post("api", "graphql", shape=Answer, body={"query": query, "variables": {"after": after}})
    if any(_FLAG in problem.message for problem in answer.errors):
        return Scrolled(0, [])
    found = (answer.data or {}).get(kind)
    if answer.errors or found is None:
        said = "; ".join(shortened(problem.message, 100) for problem in answer.errors[:3]) or "no data"
        what = KINDS[kind].plural
        raise SourceUnreadable(f"DataHub's GraphQL could not list older versions of {what}: {said}.", retryable=True)
    return found
