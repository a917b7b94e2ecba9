"""The OpenAPI 3.1 document: drf-spectacular walks the endpoints, each says what it takes and what it answers."""

from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from transparency.api.answers import components
from transparency.api.endpoints.decisions import ARROW, JSON, LINES, PARAMETERS
from transparency.api.webhooks import sending

if TYPE_CHECKING:
    from transparency.api.endpoints.reading import Reading
from transparency.api.openapi_lists import listing

REF = "#/components/schemas/"
PROBLEM = {"application/problem+json": {"schema": {"$ref": f"{REF}Problem"}}}
REFUSALS = {
    "400": "A parameter is unknown or wrong; the document names it.",
    "404": "There is no such thing, nothing had been published at that time, or it has not come yet.",
    "405": "This address is for reading only.",
    "406": "Not in a form that there is.",
    "429": "Too many requests from this address; Retry-After says when to ask again.",
}
POSTING = {
    "201": "Stored, durably.",
    "400": "Not JSON, or an event that can't be used: the document says where.",
    "401": "No token, or one that isn't valid.",
    "403": "The token may not write to that source.",
    "413": "Too large, or too much of something.",
    "415": "Not JSON, or zipped otherwise than with gzip.",
    "422": "An event that says it happens in the future.",
    "429": "Too many events wait to be applied, or too many requests; Retry-After says when to send these again.",
}


ACKNOWLEDGING = {
    "201": "Kept for ever; says what is to be said of the run.",
    "200": "The same was said before: the first statement, as it was kept.",
    "400": "Not JSON, or a field that is missing, unknown or of the wrong type: the document names it.",
    "401": "No key, or one that isn't valid.",
    "403": "The key is no pipeline's, the pipeline is paused, or does not run that feature at that stage.",
    "409": "The run was acknowledged before, and the document names the first field that differs.",
    "415": "Not JSON, or zipped otherwise than with gzip.",
    "422": "A sequence, an edition or a moment that has not come yet, or an end before the beginning.",
    "503": "The database does not answer. Send the same again.",
}

CHOOSING = {
    "400": "Not JSON, no Idempotency-Key, or a field that is missing, unknown or wrong: the document names it.",
    "401": "No key, or one that isn't valid.",
    "403": "The key may not record choices.",
    "409": "What the member saw has changed since: the use, or their own choice. Show it again, and ask again.",
    "413": "Too large.",
    "415": "Not JSON, or zipped otherwise than with gzip.",
    "422": "A scope of nothing, or of what can't be refused; an edition to come; a key used for another choice.",
    "503": "The database does not answer. Send the same again, with the same Idempotency-Key.",
}
DECIDING = {
    "200": "For each member whether their data may be used, in the form of the question.",
    "400": "No key, more than 100,000, one that is none or comes twice, or unreadable: the document names the place.",
    "401": "No key, or one that isn't valid.",
    "403": "The key is no pipeline's, the pipeline is paused, or does not run that feature at that stage.",
    "409": "min_sequence is of a choice that has not been made.",
    "413": "More than 8 MiB, or zipped beyond measure.",
    "415": "Another form than those listed, or zipped otherwise than with gzip.",
    "422": "A stage or category that there is not, a use that is not declared, a retired feature: it may not be used.",
    "503": "No answer now; Retry-After says when to ask again. Until then nobody may be used.",
}
DECIDED = {
    "Decided-Edition": "The edition in force.",
    "Decided-Sequence": "Every choice up to this one was obeyed.",
    "Decided-At": "When.",
}
DECISIONS = (
    "1 to 100,000 members at once, in a body of at most 8 MiB; the answer comes in the form of the question. Those are "
    "allowed who may be used for every category named; whoever is not answered for must be left out. An answer is of "
    "its moment: made from the newest choice, never kept. Ask with a limit of time, say 10 seconds, and take no answer "
    "that comes later."
)


NUMBER = OpenApiParameter(
    "number",
    {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    OpenApiParameter.PATH,
    required=True,
    description="Which edition.",
)


class Schema(AutoSchema):
    """Describes a ``Reading`` from what it declares."""

    def get_operation_id(self) -> str:
        return str(type(self.view).__name__).removesuffix("Reading").lower()

    def get_tags(self) -> list[str]:
        return ["Reading"]

    def get_summary(self) -> str:
        return (type(self.view).__doc__ or "").partition("\n")[0].partition(":")[0].strip(".")

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it, unlike its parent
        return (type(self.view).__doc__ or "").strip()

    def get_override_parameters(self) -> list[Any]:
        declared = cast("Reading", self.view).parameters
        asked = [OpenApiParameter(one.name, dict(one.schema), description=one.description) for one in declared]
        return [*asked, NUMBER] if "{number}" in self.path else asked

    def get_response_serializers(self) -> Any:
        view = cast("Reading", self.view)
        answer = {"$ref": f"{REF}{view.shape.__name__}"}
        shown = _page_of(answer) if view.listed else answer
        unchanged = OpenApiResponse(description="The caller has it already: the ETag is the same.")
        told = {(200, "application/json"): OpenApiResponse(shown, description="The answer, with its ETag.")}
        others = {(200, form): OpenApiResponse({"type": "string"}, description="The answer.") for form in view.forms}
        return told | others | {304: unchanged}


def _page_of(answer: dict[str, str]) -> dict[str, object]:
    link = {"type": ["string", "null"], "format": "uri"}
    properties = {
        "edition": {"type": "integer", "description": "Of what is said, the edition that says it."},
        "overtaken_by": {
            "type": ["integer", "null"],
            "description": "Where that edition never holds, the one that does instead.",
        },
        "count": {"type": "integer", "description": "On all pages together."},
        "next": link,
        "previous": link,
        "results": {"type": "array", "items": answer},
    }
    return {"type": "object", "required": ["count", "next", "previous", "results"], "properties": properties}


def complete(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Add what the walk can't see: the shapes, the refusals, and the address that takes events."""
    result.setdefault("components", {}).setdefault("schemas", {}).update(components())
    result["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    refusals = {status: {"description": words, "content": PROBLEM} for status, words in REFUSALS.items()}
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"].update(refusals)
    result["paths"] |= {"/api/v1/lineage": _posting(batch=False), "/api/v1/lineage/batch": _posting(batch=True)}
    result["paths"] |= {"/api/v1/acknowledgements": _acknowledging()}
    result["paths"] |= {"/api/v1/choices": _choosing(), "/api/v1/choices/query": _asking()}
    result["paths"] |= {"/api/v1/decisions": _deciding()} | listing(PROBLEM)
    result["webhooks"] = sending()
    return result


def _posting(*, batch: bool) -> dict[str, Any]:
    event = {"type": "object", "description": "A RunEvent, JobEvent or DatasetEvent of OpenLineage 1 or 2."}
    body = {"type": "array", "items": event} if batch else event
    stored = {"type": "object", "properties": {name: {"type": "integer"} for name in ("stored", "duplicates")}}
    responses: dict[str, Any] = {
        status: {"description": words, "content": PROBLEM} for status, words in POSTING.items()
    }
    responses["201"]["content"] = {"application/json": {"schema": stored}}
    source = {"name": "source", "in": "query", "required": False, "schema": {"type": "string"}}
    source["description"] = "The source's short name, where the token may write to several."
    return {
        "post": {
            "operationId": "lineage_batch" if batch else "lineage",
            "tags": ["Lineage"],
            "summary": "Send many OpenLineage events" if batch else "Send one OpenLineage event",
            "description": "Stored before it is answered, all or none; a worker applies it afterwards. Gzip is taken."
            " Of a field that an object has twice, the last one counts.",
            "security": [{"token": []}],
            "parameters": [source],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": responses,
        }
    }


def _acknowledging() -> dict[str, Any]:
    responses: dict[str, Any] = {
        status: {"description": words, "content": PROBLEM} for status, words in ACKNOWLEDGING.items()
    }
    for status in ("200", "201"):
        responses[status]["content"] = {"application/json": {"schema": {"$ref": f"{REF}Acknowledged"}}}
    body = {"application/json": {"schema": {"$ref": f"{REF}Statement"}}}
    return {
        "post": {
            "operationId": "acknowledgements",
            "tags": ["Pipelines"],
            "summary": "Acknowledge a run",
            "description": "Run R honoured every choice up to a sequence. Safe to send again: a run is kept once.",
            "security": [{"token": []}],
            "requestBody": {"required": True, "content": body},
            "responses": responses,
        }
    }


def _choosing() -> dict[str, Any]:
    key = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string", "maxLength": 255}}
    key["description"] = "A new one with each choice of a member, the same one with each retry of it."
    made = {"description": "Recorded, durably; what the member's receipt is made of."}
    operation = _of_choices("choices", "Record a choice", "ChoiceAsked", CHOOSING)
    operation |= {
        "parameters": [key],
        "description": "From the platform's own settings page, by the member's own hand.",
    }
    operation["responses"]["201"] = made | {"content": _json_of("ChoiceMade")}
    return {"post": operation}


def _asking() -> dict[str, Any]:
    refusals = {status: words for status, words in CHOOSING.items() if status not in ("409", "422")}
    operation = _of_choices("choices_query", "Ask what holds for a member", "MemberAsked", refusals)
    operation["description"] = "A POST, because a member's id has no place in an address. Nothing is written."
    operation["responses"]["200"] = {"description": "What holds now.", "content": _json_of("Holdings")}
    return {"post": operation}


def _of_choices(name: str, summary: str, body: str, refusals: dict[str, str]) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["Choices"],
        "summary": summary,
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": _json_of(body)},
        "responses": {status: {"description": words, "content": PROBLEM} for status, words in refusals.items()},
    }


def _json_of(shape: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"{REF}{shape}"}}}


def _deciding() -> dict[str, Any]:
    responses: dict[str, Any] = {
        status: {"description": words, "content": PROBLEM} for status, words in DECIDING.items()
    }
    member = {"type": ["integer", "string"], "description": "One member key a line."}
    line = {"type": "object", "properties": {"member": member, "allowed": {"type": "boolean"}}}
    stream = {"type": "string", "format": "binary", "description": "One column `member`: int64, uint64 or utf8."}
    answer = {"type": "string", "format": "binary", "description": "`member` and `allowed`; the rest in its metadata."}
    responses["200"]["content"] = {
        JSON: {"schema": {"$ref": f"{REF}Decided"}},
        LINES: {"schema": line},
        ARROW: {"schema": answer},
    }
    responses["200"]["headers"] = {
        name: {"description": words, "schema": {"type": "string"}} for name, words in DECIDED.items()
    }
    asked = {
        JSON: {"schema": {"$ref": f"{REF}Asking"}},
        LINES: {"schema": member},
        ARROW: {"schema": stream},
    }
    parameters = [
        {"name": one.name, "in": "query", "required": False, "schema": one.schema, "description": one.description}
        for one in PARAMETERS
    ]
    return {
        "post": {
            "operationId": "decisions",
            "tags": ["Pipelines"],
            "summary": "Ask whose data may be used",
            "description": DECISIONS,
            "security": [{"token": []}],
            "parameters": parameters,
            "requestBody": {"required": True, "content": asked},
            "responses": responses,
        }
    }
