"""What we send to pipelines that want to be told, as OpenAPI 3.1 describes it. Pure."""

from typing import Any

HEADERS = {
    "webhook-id": "The same at every try of one message: whoever had it already need do nothing.",
    "webhook-timestamp": "When this try was made, in seconds since 1970. Refuse one that is older than five minutes.",
    "webhook-signature": "v1, a comma, and the HMAC-SHA256 of id, timestamp and body, with dots between, in base64. "
    "While a secret is changed there are two, with a space between: one of them must fit.",
}
DESCRIPTION = (
    "Sent, at most once a minute, after somebody has chosen something. It says up to which sequence there are choices, "
    "and never whose they are: ask for them as always. Signed as Standard Webhooks (standardwebhooks.com) says; staff "
    "make the secret on the pipeline's page. Answer 2xx within 8 seconds. Anything else is tried again for three days, "
    "410 ends it. A redirect is not followed."
)


def sending() -> dict[str, Any]:
    """The part ``webhooks`` of the document."""
    data = {
        "type": "object",
        "required": ["sequence", "edition"],
        "properties": {
            "sequence": {"type": "integer", "description": "There are choices up to this one."},
            "edition": {"type": "integer", "description": "The edition that was in force."},
        },
    }
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": "choices.changed"},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }
    parameters = [
        {"name": name, "in": "header", "required": True, "description": words, "schema": {"type": "string"}}
        for name, words in HEADERS.items()
    ]
    post = {
        "operationId": "choices_changed",
        "tags": ["Pipelines"],
        "summary": "There are new choices",
        "description": DESCRIPTION,
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"2XX": {"description": "It was taken."}, "410": {"description": "Tell us no more."}},
    }
    return {"choices.changed": {"post": post}}
