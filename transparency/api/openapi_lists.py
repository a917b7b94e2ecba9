"""What the OpenAPI document says of suppression lists."""

from typing import Any

from transparency.api.endpoints.suppressions import PARAMETERS
from transparency.enforcement.forms import FORMS

WORDS = (
    "Everybody to leave out, or, where a use needs the member's yes first, everybody who may be used and nobody else: "
    "Suppressions-Kind says which. Members who chose nothing follow the default of the uses. The list is true at one "
    "choice of one edition and expires; with “since” and “base” only what changed after it is answered. "
    "In Parquet and Arrow, “member” is int64 while all keys are integers, and text as soon as one is not: compare as "
    "text then, and use nobody whose key is neither an integer nor text: 7.0 meets no 7."
)
LISTING = {
    "200": "The list, its header inside it and in the headers of the answer.",
    "202": "A worker makes the list. Location says where it will be, Retry-After when to ask there.",
    "304": "The caller has it already: the ETag is the same.",
    "400": "A parameter is unknown, missing or wrong; the document names it.",
    "401": "No key, or one that isn't valid.",
    "403": "The key is no pipeline's, the pipeline is paused, or does not run that feature at that stage.",
    "404": "There is no such list of this pipeline's.",
    "405": "Lists are read with GET.",
    "406": "Not in that form: textual keys and changes have no bitmap.",
    "409": "No such list: of the other kind, changes of another list, or a choice that has not been made.",
    "410": "The list has expired. Ask for it again.",
    "422": "A stage or category that there is not, a use that is not declared, a retired feature: it may not be used.",
    "503": "No answer now; Retry-After says when to ask again. Until then use nobody, or a list that has not expired.",
}
HEADERS = {
    "ETag": "Of whole lists: changes when anybody chooses anything.",
    "Suppressions-Kind": "leave_out or may_use.",
    "Suppressions-Edition": "The edition in force.",
    "Suppressions-Sequence": "Every choice up to this one is in it.",
    "Suppressions-Base": "What “since” must be asked with.",
    "Suppressions-Count": "Members in the whole list.",
    "Suppressions-Digest": "SHA-256 of the whole list's members in their order.",
    "Suppressions-Expires": "From when on it must not be used.",
    "Suppressions-Signature": "HMAC-SHA256 of the header's seal, by the SHA-256 of the key.",
    "Suppressions-Entry": "Which entry of kind “list” of the public log says that this pipeline was given this list.",
    "Suppressions-Salt": "With the digest it gives the commitment in that entry: keep it to prove what was given.",
    "Repr-Digest": "SHA-256 of these bytes (RFC 9530).",
}
PROGRESS = {
    "state": {"type": "string"},
    "done": {"type": "integer", "description": "Members written so far."},
    "total": {"type": ["integer", "null"], "description": "Members in all, once that is known."},
    "location": {"type": "string"},
}


def listing(problem: dict[str, Any]) -> dict[str, Any]:
    """The operations, by their paths. ``problem`` is how a problem document is described."""
    parameters = [
        {
            "name": one.name,
            "in": "query",
            "required": one.name in ("feature", "stage"),
            "schema": one.schema,
            "description": one.description,
        }
        for one in PARAMETERS
    ]
    reference = {"name": "reference", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    reference["description"] = "As Location said."
    always = {"200", "202", "401", "403", "405", "503"}
    asked, kept = always | {"304", "400", "406", "409", "422"}, always | {"404", "410"}
    return {
        "/api/v1/suppressions": _operation("suppressions", "List whom to leave out", parameters, asked, problem),
        "/api/v1/suppressions/{reference}": _operation(
            "suppressions_kept", "Read a list that a worker made", [reference], kept, problem
        ),
    }


def _operation(
    name: str, summary: str, parameters: list[dict[str, Any]], statuses: set[str], problem: dict[str, Any]
) -> dict[str, Any]:
    responses: dict[str, Any] = {status: {"description": LISTING[status]} for status in sorted(statuses)}
    for status in statuses - {"200", "202", "304"}:
        responses[status]["content"] = problem
    binary = {"schema": {"type": "string", "format": "binary"}}
    responses["200"]["content"] = {form.media_type: binary for form in FORMS.values()}
    responses["200"]["headers"] = {
        header: {"description": words, "schema": {"type": "string"}} for header, words in HEADERS.items()
    }
    responses["202"]["content"] = {"application/json": {"schema": {"type": "object", "properties": PROGRESS}}}
    responses["202"]["headers"] = {one: {"schema": {"type": "string"}} for one in ("Location", "Retry-After")}
    return {
        "get": {
            "operationId": name,
            "tags": ["Pipelines"],
            "summary": summary,
            "description": WORDS,
            "security": [{"token": []}],
            "parameters": parameters,
            "responses": responses,
        }
    }
