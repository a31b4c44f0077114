"""The HTTP edge: the resolver that every capability uses, the caller's transaction, and RFC 9457 problem details."""

from __future__ import annotations

import json
import re
import time
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
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import auth, db
from ddp.errors import HttpError, Unauthenticated, Unhealthy
from ddp.observability import log_request, logger
from ddp.refusals import origin
from ddp.refusals.bodies import is_json, parse_json
from ddp.refusals.budget import Charge
from ddp.refusals.fields import MUST_BE_ID, rule
from ddp.refusals.methods import another_method, pattern, routes_of
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

# Of the request that is being answered: an execution environment answers one at a time.
_charge = Charge()


def resolver() -> APIGatewayHttpResolver:
    """A resolver that validates by the routes' type hints and answers every error with a problem document."""
    # An invalid response is our fault, so it is a 500; the toolkit's default, 422, would blame the caller.
    app = APIGatewayHttpResolver(
        enable_validation=True,
        response_validation_error_http_code=500,
        json_body_deserializer=parse_json,
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
    if route.rule.pattern == "^.*$":  # the toolkit's, for paths that have none
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
    `long_bodies`. Refuses what is not JSON, unless the app reads forms by itself. Logs one line about the request.

    A caller's request is taken from its account's budget: by its first transaction, or after a refusal without one.
    """
    global _charge
    started = time.perf_counter()
    request_id = event["requestContext"]["requestId"]
    caller, expired = _caller(event)
    _charge = Charge(who=f"{caller.subject} {_account_header(event)}" if caller else "")
    routes = routes_of(app, event)
    logger.append_keys(correlation_id=request_id, route=pattern(routes, event))
    if (misplaced := _misplaced(event)) is not None:
        answer = misplaced
    elif (error := expired or _charge.refusal()) is not None:
        answer = _refused(_http_error(error))
    else:
        is_long = long_bodies is not None and long_bodies.fullmatch(event["rawPath"])
        limit = LONG_BODY_LIMIT if is_long else BODY_LIMIT
        refusal = another_method(routes, event) or _malformed(event, limit, takes_forms=takes_forms)
        answer = _refused(refusal) if refusal else _resolved(app, event, context)
        if caller:
            answer = _over_budget(caller, event, answer) or answer
    answer.setdefault("headers", {}).update(_charge.headers())
    # No browser shall take JSON that quotes a user for a page.
    answer["headers"]["X-Content-Type-Options"] = "nosniff"
    log_request(
        status=int(answer["statusCode"]),
        seconds=time.perf_counter() - started,
        user_id=str(caller.subject) if caller else None,
    )
    return _with_request_id(answer, request_id)


def _misplaced(event: dict[str, Any]) -> dict[str, Any] | None:
    """The refusal of a request that came by a way on which nothing is answered. It costs no look into the database."""
    if origin.came_past_the_edge(event):
        return _refused(problem(403, "not-through-the-edge", "Use the API's public address instead."))
    return _refused(_no_route(NotFoundError())) if origin.is_on_link_domain(event) else None


def _malformed(event: dict[str, Any], limit: int, *, takes_forms: bool) -> Response[str] | None:
    """The refusal of a request that no route could understand; a body has at most `limit` characters."""
    if not _names_an_account(event):
        return invalid([{"field": f"header.{ACCOUNT_HEADER}", "problem": MUST_BE_ID}])
    if not takes_forms and not is_json(event):
        return unsupported_content()
    if len(event.get("body") or "") > limit:
        return problem(413, "body-too-large", f"The body may have at most {limit:,} characters.")
    return None


def _caller(event: dict[str, Any]) -> tuple[auth.Claims | None, Unauthenticated | None]:
    """The caller's claims, if there are valid ones; and why no route may see the request, if its token has expired.

    The authorizer lets tokens through that have expired since it looked, or before: a client that gets 401 signs in
    again, but the gateway would answer a denial with 403.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    try:
        return auth.from_authorizer(authorizer.get("lambda") or {}), None
    except Unauthenticated as error:
        return None, (error if error.code == auth.EXPIRED else None)


def _over_budget(caller: auth.Claims, event: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any] | None:
    """The refusal of a request that opened no transaction, if its account has no budget left for it.

    After an error of ours nothing is counted: asking a database that is gone once more would take as long again.
    """
    prelude = _charge.prelude()
    if prelude is None or answer["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    try:
        with db.transaction(caller, headers=_account_header(event), prelude=prelude):
            return None
    except HttpError as error:
        return _refused(_http_error(error))


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
        if _account_header(app.current_event.raw_event):
            cursor.execute("select ddp.require_chosen_account()")
        yield cursor


def as_person(app: App) -> AbstractContextManager[Cursor[DictRow]]:
    """As as_caller, for routes about the person: they work whatever account the request names."""
    event = app.current_event.raw_event
    headers = _audit_headers(event) | _account_header(event)
    return db.transaction(claims(app), headers=headers, prelude=_charge.prelude())


def as_anyone(app: App) -> AbstractContextManager[Cursor[DictRow]]:
    """A transaction as role anon, for public routes."""
    return db.transaction(headers=_audit_headers(app.current_event.raw_event))


def _audit_headers(event: dict[str, Any]) -> dict[str, str]:
    """IP address, user agent and the request's id, for the audit trail and for log lines."""
    request = event["requestContext"]
    found = {"x-forwarded-for": origin.address(event), "x-request-id": request["requestId"]}
    return found | {"user-agent": request["http"].get("userAgent", "")}


def _account_header(event: dict[str, Any]) -> dict[str, str]:
    """The account that the caller chooses to act for; PostgreSQL admits only one that the caller is a member of."""
    account = event.get("headers", {}).get(ACCOUNT_HEADER.lower(), "")
    return {ACCOUNT_HEADER.lower(): account} if account else {}


def _http_error(error: HttpError) -> Response[str]:
    is_ours = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unhealthy)
    if is_ours:  # not the caller's fault
        logger.error("the request failed", status=error.status, code=error.code, exc_info=error)
    return problem(error.status, error.code, error.detail, title=error.title, extra=error.extra)


def _validation_error(error: RequestValidationError) -> Response[str]:
    return invalid(
        [{"field": ".".join(map(str, e["loc"])), "problem": rule(e)} for e in error.errors()[:ERRORS_SHOWN]]
    )


def _no_route(_: NotFoundError) -> Response[str]:
    return problem(404, "no-such-route", "This path does not exist.")


def _unexpected(error: Exception) -> Response[str]:
    logger.exception("the request failed", status=500, code="internal-error", exc_info=error)
    return problem(500, "internal-error", "An internal error occurred and has been logged.")
