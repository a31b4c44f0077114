"""The HTTP edge: the resolver that every capability uses, the caller's transaction, and RFC 9457 problem details."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter, Router
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.shared.json_encoder import Encoder
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import auth, db
from ddp.errors import HttpError, Unauthenticated
from ddp.observability import logger
from ddp.refusals.fields import MUST_BE_ID, rule
from ddp.refusals.problems import ERRORS_SHOWN, PROBLEM, invalid, problem, unsupported_content

# A resolver, or a router included in one: both give access to the current event.
App = BaseRouter

# Characters in a request body. The largest legitimate one (part hashes of a 5 GiB file) has fewer than 100,000.
BODY_LIMIT = 262_144

# For routes that accept long lists, such as 10,000 recipients. Lambda accepts events of 6 MB in total.
LONG_BODY_LIMIT = 4_500_000

# Bytes of an answer as Lambda sends it, of 6 MB (6,291,556 bytes) that it may have. Lists are made so that no page of
# theirs comes near it (tests/database/functions/test_answer_sizes.py).
ANSWER_LIMIT = 5_000_000

# Chooses one of the accounts that the caller may act for; see ddp.acting() in schema/functions/access/active_user.sql.
ACCOUNT_HEADER = "X-DDP-Account"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def resolver() -> APIGatewayHttpResolver:
    """A resolver that validates by the routes' type hints and answers every error with a problem document."""
    # An invalid response is our fault, so it is a 500; the toolkit's default, 422, would blame the caller.
    app = APIGatewayHttpResolver(
        enable_validation=True,
        response_validation_error_http_code=500,
        json_body_deserializer=_parse_json,
        serializer=_json,
    )
    app.use(middlewares=[_require_known_parameters])
    app.exception_handler(HttpError)(_http_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(RequestUnsupportedContentType)(lambda _: unsupported_content())
    app.exception_handler(NotFoundError)(_no_route)
    app.exception_handler(Exception)(_unexpected)
    return app


def _require_known_parameters(app: APIGatewayHttpResolver, following: NextMiddleware) -> Response[Any]:
    """Refuse a query parameter that the route does not have: a misspelt one would silently be ignored."""
    route = app.context["_route"]
    if route.rule.pattern == ".*":  # the toolkit's, for paths that have none
        return following(app)
    known = {parameter.alias for parameter in route.dependant.query_params}
    unknown = sorted((app.current_event.query_string_parameters or {}).keys() - known)
    if unknown:
        return invalid(
            [
                {"field": f"query.{name[:100]}", "problem": "is not a parameter of this path"}
                for name in unknown
            ]
        )
    return following(app)


def router() -> Router:
    """A router for the routes of one subject, to include in the capability's resolver."""
    return Router()  # type: ignore[no-untyped-call]


def handle(
    app: APIGatewayHttpResolver,
    event: dict[str, Any],
    context: LambdaContext,
    *,
    long_bodies: re.Pattern[str] | None = None,
    takes_forms: bool = False,
) -> dict[str, Any]:
    """Answer one HTTP API event (payload 2.0).

    Refuses a body over BODY_LIMIT before parsing it; the limit is LONG_BODY_LIMIT if the whole path matches
    `long_bodies`. Refuses what is not JSON, unless the app reads forms by itself.
    """
    request_id = event["requestContext"]["requestId"]
    logger.set_correlation_id(request_id)
    is_long = long_bodies is not None and long_bodies.fullmatch(event["rawPath"])
    limit = LONG_BODY_LIMIT if is_long else BODY_LIMIT
    if (expired := _expired(event)) is not None:
        answer = _refused(_http_error(expired))
    elif (refusal := _another_method(app, event)) is not None:
        answer = _refused(refusal)
    elif not _names_an_account(event):
        answer = _refused(invalid([{"field": f"header.{ACCOUNT_HEADER}", "problem": MUST_BE_ID}]))
    elif not takes_forms and not _is_json(event):
        answer = _refused(unsupported_content())
    elif len(event.get("body") or "") > limit:
        answer = _refused(problem(413, "body-too-large", f"The body may have at most {limit:,} characters."))
    else:
        answer = _resolved(app, event, context)
    # No browser shall take JSON that quotes a user for a page.
    answer.setdefault("headers", {})["X-Content-Type-Options"] = "nosniff"
    return _with_request_id(answer, request_id)


def _expired(event: dict[str, Any]) -> Unauthenticated | None:
    """Why no route may see the request; None if it has no token, or one that has not expired.

    The authorizer lets tokens through that have expired since it looked, or before: a client that gets 401 signs in
    again, but the gateway would answer a denial with 403.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    try:
        auth.from_authorizer(authorizer.get("lambda") or {})
    except Unauthenticated as error:
        return error if error.code == auth.EXPIRED else None
    return None


def _names_an_account(event: dict[str, Any]) -> bool:
    """Whether the header that chooses an account is an id, if it is there: ignored, it would let another account act.

    API Gateway joins a header that is repeated with commas. That is no id, and so nobody acts for two accounts.
    """
    account = event.get("headers", {}).get(ACCOUNT_HEADER.lower())
    return account is None or _ID.fullmatch(account) is not None


def _with_request_id(answer: dict[str, Any], request_id: str) -> dict[str, Any]:
    """A problem with the id that the gateway's and our logs have; other answers unchanged."""
    if answer["headers"].get("Content-Type") != PROBLEM:
        return answer
    return answer | {"body": json.dumps(json.loads(answer["body"]) | {"request_id": request_id})}


def _resolved(app: APIGatewayHttpResolver, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event.get("isBase64Encoded"):
        try:
            text = b64decode(event.get("body") or "", validate=True).decode()
        except ValueError:
            return _refused(problem(422, "invalid-request", "The body is not UTF-8 text."))
        event = event | {"body": text, "isBase64Encoded": False}
    return _checked(app.resolve(event, context))


def _is_json(event: dict[str, Any]) -> bool:
    """Whether a request that changes something has no media type, or JSON's. The toolkit would also parse forms."""
    media_type = event.get("headers", {}).get("content-type", "").partition(";")[0].strip().lower()
    method = event["requestContext"]["http"]["method"]
    return media_type in {"", "application/json"} or method not in {"POST", "PUT", "PATCH"}


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, or a refusal where Lambda could not send it: as JSON, in which the body is escaped once more."""
    if len(answer.get("body") or "") * 4 <= ANSWER_LIMIT:  # no character of a body takes more than four bytes
        return answer
    size = len(_json(answer).encode())
    if size <= ANSWER_LIMIT:
        return answer
    logger.error("the answer is too large", bytes=size, limit=ANSWER_LIMIT)
    return _refused(problem(422, "answer-too-large", "The answer would be larger than 5 MB: ask for less."))


def _json(value: object) -> str:
    """Compact, in UTF-8: an escaped character would take up to three times its bytes."""
    return json.dumps(value, separators=(",", ":"), cls=Encoder, ensure_ascii=False)


def _refused(answer: Response[str]) -> dict[str, Any]:
    headers = {"Content-Type": PROBLEM, **answer.headers}
    return {"statusCode": answer.status_code, "headers": headers, "body": answer.body}


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError):  # Python refuses integers of more than 4,300 digits
        raise json.JSONDecodeError("nested too deeply, or a number too long", text, 0) from None


def claims(app: App) -> auth.Claims:
    """The caller's claims. Raises Unauthenticated if they are missing, invalid or expired."""
    authorizer = app.current_event.raw_event["requestContext"].get("authorizer") or {}
    if "lambda" not in authorizer:
        raise Unauthenticated("Send a bearer token in the Authorization header.")
    return auth.from_authorizer(authorizer["lambda"])


@contextmanager
def as_caller(app: App) -> Iterator[Cursor[DictRow]]:
    """A transaction as the caller (role authenticated), under row level security.

    Raises Unauthenticated, and Forbidden if the request names an account that the caller is not a member of.
    """
    with as_person(app) as cursor:
        if _account_header(app):
            cursor.execute("select ddp.require_chosen_account()")
        yield cursor


def as_person(app: App) -> AbstractContextManager[Cursor[DictRow]]:
    """As as_caller, for routes about the person: they work whatever account the request names."""
    return db.transaction(claims(app), headers=_audit_headers(app) | _account_header(app))


def as_anyone(app: App) -> AbstractContextManager[Cursor[DictRow]]:
    """A transaction as role anon, for public routes."""
    return db.transaction(headers=_audit_headers(app))


def _audit_headers(app: App) -> dict[str, str]:
    """IP address and user agent as API Gateway saw them: a caller can forge X-Forwarded-For, not its source address."""
    http = app.current_event.raw_event["requestContext"]["http"]
    return {"x-forwarded-for": http["sourceIp"], "user-agent": http.get("userAgent", "")}


def _account_header(app: App) -> dict[str, str]:
    """The account that the caller chooses to act for; PostgreSQL admits only one that the caller is a member of."""
    account = app.current_event.raw_event.get("headers", {}).get(ACCOUNT_HEADER.lower(), "")
    return {ACCOUNT_HEADER.lower(): account} if account else {}


def _http_error(error: HttpError) -> Response[str]:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # not the caller's fault
        logger.error("the request failed", status=error.status, code=error.code, exc_info=error)
    return problem(error.status, error.code, error.detail, title=error.title, extra=error.extra)


def _validation_error(error: RequestValidationError) -> Response[str]:
    return invalid(
        [{"field": ".".join(map(str, e["loc"])), "problem": rule(e)} for e in error.errors()[:ERRORS_SHOWN]]
    )


def _no_route(_: NotFoundError) -> Response[str]:
    return problem(404, "no-such-route", "This path does not exist.")


def _another_method(app: APIGatewayHttpResolver, event: dict[str, Any]) -> Response[str] | None:
    """A refusal of a method that the path does not have; None if it has it, or there is no such path.

    A word that has its own route, such as `me`, is not an id: a route that takes ids there is not for it.
    """
    path = APIGatewayProxyEventV2(event).path
    routes = (*app._static_routes, *app._dynamic_routes)  # noqa: SLF001 - the toolkit has no public list
    of_path = [route for route in routes if route.rule.match(path)]
    fixed = [route for route in of_path if "<" not in route.path]
    methods = {str(route.method) for route in fixed or of_path}
    if not methods or event["requestContext"]["http"]["method"] in methods:
        return None
    allowed = ", ".join(sorted(methods))
    answer = problem(405, "method-not-allowed", f"This path does not support this method: use {allowed}.")
    answer.headers["Allow"] = allowed
    return answer


def _unexpected(error: Exception) -> Response[str]:
    logger.exception("the request failed", status=500, code="internal-error", exc_info=error)
    return problem(500, "internal-error", "An internal error occurred and has been logged.")
