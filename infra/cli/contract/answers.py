"""What every operation may answer besides its result: problems, the gateway's own answers, redirections."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

Operation = dict[str, Any]

PROBLEM: Final = {
    "description": "RFC 9457 problem details; `code` is stable, `detail` is a sentence a person can act on. Some "
    "problems have further fields, such as the id of a conflicting file.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "`urn:problem-type:` and the code."},
        "title": {"type": "string", "description": "The kind of problem, in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "code": {"type": "string", "description": "Stable, for programs.", "examples": ["invalid-request"]},
        "request_id": {
            "type": "string",
            "description": "Name it when you ask for help: logs have it. The header `Apigw-Requestid` has it too.",
        },
        "errors": {
            "type": "array",
            "description": "With the code `invalid-request`: the wrong fields, at most 100.",
            "items": {"$ref": "#/components/schemas/FieldProblem"},
        },
    },
    "additionalProperties": True,
}
FIELD_PROBLEM: Final = {
    "description": "What is wrong with one field of a request.",
    "type": "object",
    "required": ["field", "problem"],
    "properties": {
        "field": {"type": "string", "description": "Where it is.", "examples": ["body.start_date"]},
        "problem": {"type": "string", "description": "The rule that it breaks."},
    },
}
GATEWAY_ANSWER: Final = {
    "description": "An answer of the gateway, which the request did not get past.",
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string", "description": "In words, such as `Unauthorized`."}},
}
SCHEMAS: Final = {"Problem": PROBLEM, "FieldProblem": FIELD_PROBLEM, "GatewayAnswer": GATEWAY_ANSWER}

# Status: what it means, and whether the gateway may give it too.
_MEANINGS: Final = {
    401: ("There is no token, or it has expired: sign in again.", True),
    403: ("The token is not valid, or the caller may not do this.", True),
    404: ("It does not exist, or the caller may not see it.", False),
    409: ("The present state does not permit this.", False),
    413: ("The body is too large.", True),
    415: ("The body is not JSON.", False),
    422: ("The request is not valid: `errors` or `detail` names the field and the rule.", False),
    429: ("Too many requests, or too much in progress: repeat the request later.", True),
    500: ("An error of the platform, which has been logged.", True),
    503: ("Temporarily unavailable: repeat the request, not before `Retry-After`.", True),
}
HEADERS: Final = {
    "IdempotencyReplayed": {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "Only if this is the first answer again, for a request that was repeated.",
    },
    "RateLimitPolicy": {
        "schema": {"type": "string", "examples": ['"account";q=40;w=2']},
        "description": "The budget of requests of the caller's account: `q` of them, which come back within `w` "
        "seconds. Absent if the caller has no limit.",
    },
    "RateLimit": {
        "schema": {"type": "string", "examples": ['"account";r=37;t=1']},
        "description": "What is left of the budget: `r` requests now, and all of them in `t` seconds.",
    },
}
# Answers to a caller whose account has a budget of requests; a public operation has none.
_BUDGET: Final = {
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
}
_WITHOUT_BUDGET: Final = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
# Reading that a state does not permit: the parts of an upload that has none, or is over.
_READS_OF_STATES: Final = {"listParts"}
# Operations without a token whose body has to be signed.
_SIGNED: Final = {"reportOrdersOfShop"}
_PAGE: Final = {
    "text/html": {
        "schema": {
            "type": "string",
            "description": "A page, if the request accepts `text/html`, as browsers do.",
        }
    }
}
_RETRY_AFTER: Final = {
    "Retry-After": {
        "schema": {"type": "integer"},
        "description": "Seconds to wait before repeating the request.",
    }
}


def responses() -> dict[str, Any]:
    """The answers that operations share, by name."""
    return {_name(status): _response(status) for status in _MEANINGS}


def declare(operation: Operation, method: str, *, public: bool, names_others: bool) -> None:
    """Declare all answers of an operation that has only its result so far.

    `names_others`: its path, parameters or body have ids of what may not exist.
    """
    results = operation["responses"]
    for made_up in ("default", "422", "500"):
        results.pop(made_up, None)
    parameters = operation.get("parameters", [])
    for result in results.values():
        result["description"] = "The result."
        if not public:
            result["headers"] = dict(_BUDGET)
        if any(parameter.get("name") == "Idempotency-Key" for parameter in parameters):
            replayed = {"$ref": "#/components/headers/IdempotencyReplayed"}
            result["headers"] = {"Idempotency-Replayed": replayed} | result.get("headers", {})
    if any(parameter.get("name") == "redirect" for parameter in parameters):
        results["302"] = _redirection()
    for status in _statuses(operation, method, public=public, names_others=names_others):
        results[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}


def declare_pages(operation: Operation) -> None:
    """Declare what a browser gets from an operation that shows people a page: that, in place of JSON or a problem."""
    results = operation["responses"]
    if "200" in results and "302" not in results:
        results["200"]["content"] |= _PAGE
    for status in (404, 503):
        shared = _response(status)
        results[str(status)] = shared | {"content": shared["content"] | _PAGE}
    # What cannot be a path, the gateway refuses itself.
    results["404"]["content"] |= _response(503)["content"]


def _statuses(operation: Operation, method: str, *, public: bool, names_others: bool) -> list[int]:
    return [
        *([] if public else [401, 403]),
        *([401] if operation["operationId"] in _SIGNED else []),
        *([404] if names_others else []),
        *([] if method == "get" and operation["operationId"] not in _READS_OF_STATES else [409]),
        *([413, 415] if "requestBody" in operation else []),
        *(422, 429, 500, 503),
    ]


def _name(status: int) -> str:
    return "".join(word for word in HTTPStatus(status).phrase.title() if word.isalpha())


def _response(status: int) -> dict[str, Any]:
    meaning, may_be_gateways = _MEANINGS[status]
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if may_be_gateways:
        content["application/json"] = {"schema": {"$ref": "#/components/schemas/GatewayAnswer"}}
    waits = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    headers = (_RETRY_AFTER if waits else {}) | ({} if status in _WITHOUT_BUDGET else _BUDGET)
    return {"description": meaning, "content": content, **({"headers": headers} if headers else {})}


def _redirection() -> dict[str, Any]:
    location = {"schema": {"type": "string", "format": "uri"}, "description": "Where to download the file."}
    return {"description": "With `redirect=true`.", "headers": {"Location": location}}
