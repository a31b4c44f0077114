"""RFC 9457 problem documents: what every error is answered with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

# Validation errors listed in one response; a long body can have half a million.
ERRORS_SHOWN = 100

PROBLEM = "application/problem+json"


def problem(
    status: int, code: str, detail: str, *, title: str = "", extra: Mapping[str, object] | None = None
) -> Response[str]:
    """An RFC 9457 problem document with a stable `code`; a 503 also gets Retry-After. `extra` adds further fields."""
    body = {
        **(extra or {}),  # first, so that it cannot replace a standard field
        "type": f"urn:problem-type:{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(status_code=status, content_type=PROBLEM, body=json.dumps(body), headers=headers)


def invalid(errors: list[dict[str, str]]) -> Response[str]:
    """A refusal of wrong fields, each with its `field` and its `problem`."""
    detail = f"{errors[0]['field']}: {errors[0]['problem']}" if errors else "The request is not valid."
    shown = errors[:ERRORS_SHOWN]
    return problem(422, "invalid-request", detail, title="Invalid request", extra={"errors": shown})


def unsupported_content() -> Response[str]:
    """A refusal of a body that is not JSON."""
    return problem(
        415,
        "unsupported-media-type",
        "Send the body as JSON, with Content-Type: application/json; forms and other types are not accepted.",
    )
