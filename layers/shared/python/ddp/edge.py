"""The HTTP edge: one resolver for every slice, the caller's transaction, and RFC 9457 problem details."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter, Router
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import auth, db
from ddp.errors import HttpError, Unauthenticated
from ddp.observability import logger

# A resolver, or a router that was included in one: both know the event in hand.
App = BaseRouter

# Characters of a request body. The largest honest one (a list of part hashes for a 5 GB file) is under 100,000.
BODY_LIMIT = 262_144

# Of routes that take long lists, such as 10,000 recipients. Lambda takes 6 MB, with everything around the body.
LONG_BODY_LIMIT = 4_500_000

# Mistakes of a request that its refusal lists: a long body can have half a million.
ERRORS_SHOWN = 100

PROBLEM = "application/problem+json"


def resolver() -> APIGatewayHttpResolver:
    """A resolver that validates by the routes' type hints and answers every error as a problem document."""
    # A response of the wrong form is our fault: it must not pass for the caller's (422, the toolkit's default).
    app = APIGatewayHttpResolver(
        enable_validation=True, response_validation_error_http_code=500, json_body_deserializer=_parse_json
    )
    app.exception_handler(HttpError)(_http_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(RequestUnsupportedContentType)(_unsupported_content)
    app.exception_handler(NotFoundError)(_no_route)
    app.exception_handler(Exception)(_unexpected)
    return app


def router() -> Router:
    """A router: the routes of one subject, to be included in the slice's resolver."""
    return Router()  # type: ignore[no-untyped-call]


def handle(
    app: APIGatewayHttpResolver,
    event: dict[str, Any],
    context: LambdaContext,
    *,
    long_bodies: re.Pattern[str] | None = None,
) -> dict[str, Any]:
    """Answer one HTTP API event (payload 2.0).

    A body over BODY_LIMIT is refused before it is parsed; over LONG_BODY_LIMIT where the whole path matches
    `long_bodies`.
    """
    logger.set_correlation_id(event["requestContext"]["requestId"])
    is_long = long_bodies is not None and long_bodies.fullmatch(event["rawPath"])
    limit = LONG_BODY_LIMIT if is_long else BODY_LIMIT
    if len(event.get("body") or "") > limit:
        return _refused(problem(413, "body-too-large", f"The body may have {limit:,} characters at most."))
    if event.get("isBase64Encoded"):
        try:
            text = b64decode(event.get("body") or "", validate=True).decode()
        except ValueError:
            return _refused(problem(422, "invalid-request", "The body is not UTF-8 text."))
        event = event | {"body": text, "isBase64Encoded": False}
    return app.resolve(event, context)


def _refused(answer: Response[str]) -> dict[str, Any]:
    return {"statusCode": answer.status_code, "headers": {"Content-Type": PROBLEM}, "body": answer.body}


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError):  # Python reads integers of up to 4,300 digits
        raise json.JSONDecodeError("nested too deeply, or a number too long", text, 0) from None


def claims(app: App) -> auth.Claims:
    """Who asks; raises Unauthenticated where the route was reached without an authorizer's answer."""
    authorizer = app.current_event.raw_event["requestContext"].get("authorizer") or {}
    if "lambda" not in authorizer:
        raise Unauthenticated("Send a bearer token in the Authorization header.")
    return auth.from_authorizer(authorizer["lambda"])


def as_caller(app: App) -> AbstractContextManager[Cursor[DictRow]]:
    """A transaction under the caller's own row level security."""
    return db.transaction(claims(app), headers=_audit_headers(app))


def as_anyone(app: App) -> AbstractContextManager[Cursor[DictRow]]:
    """A transaction for public routes, as role anon."""
    return db.transaction(headers=_audit_headers(app))


def _audit_headers(app: App) -> dict[str, str]:
    """Address and agent as API Gateway saw them: a caller can forge X-Forwarded-For, but not its source address."""
    http = app.current_event.raw_event["requestContext"]["http"]
    return {"x-forwarded-for": http["sourceIp"], "user-agent": http.get("userAgent", "")}


def problem(
    status: int, code: str, detail: str, *, title: str = "", extra: Mapping[str, object] | None = None
) -> Response[str]:
    """An RFC 9457 problem document with the stable member `code`."""
    body = {
        **(extra or {}),  # first: none of them stands for a member of the standard's
        "type": f"urn:problem-type:{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(status_code=status, content_type=PROBLEM, body=json.dumps(body), headers=headers)


def _http_error(error: HttpError) -> Response[str]:
    return problem(error.status, error.code, error.detail, title=error.title, extra=error.extra)


def _validation_error(error: RequestValidationError) -> Response[str]:
    errors = [
        {"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()[:ERRORS_SHOWN]
    ]
    detail = (
        f"{errors[0]['field']}: {errors[0]['problem']}"
        if errors
        else "The request does not have the right form."
    )
    return problem(422, "invalid-request", detail, title="Invalid request", extra={"errors": errors})


def _unsupported_content(_: RequestUnsupportedContentType) -> Response[str]:
    return problem(415, "unsupported-media-type", "Send the body as application/json.")


def _no_route(_: NotFoundError) -> Response[str]:
    return problem(404, "no-such-route", "There is nothing at this path, or not for this method.")


def _unexpected(error: Exception) -> Response[str]:
    logger.exception("unexpected error", exc_info=error)
    return problem(500, "internal-error", "Something went wrong on our side; it has been recorded.")
