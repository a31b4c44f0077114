"""Where platforms send people back after they granted access, or refused it.

There is no user here: the state is the permission, once and for ten minutes. The code is exchanged at once, because
some live for 30 seconds; the person who began then chooses accounts, signed in.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, edge
from ddp.observability import logger
from ddp.pages.page import headers
from ddp.providers.social.base import Platform
from ddp.queries.social import connections
from ddp.queries.social.connections import Connection
from functions.social.access import callback_page, consent, exchange, outcomes, return_urls

# It serves pages and redirects, so it has no models and no problem documents, and is not in the OpenAPI document.
app = APIGatewayHttpResolver()

Page = Response[str]


@app.get("/oauth/<platform>/callback")
def come_back(platform: str) -> Page:
    """Use the state, exchange the code, and lead on to the front end with what came of it."""
    query = app.current_event.query_string_parameters or {}
    state = query.get("state", "")
    if platform not in set(Platform) or not consent.STATE.fullmatch(state):
        return _unknown()
    state_hash = consent.hashed(state)
    with db.transaction(role="service_role") as cursor:
        returned = connections.use(cursor, state_hash, platform=platform)
    if returned is not None:
        exchange.finish(returned, platform, query)
    return _lead_on(state_hash, platform)


def _lead_on(state_hash: bytes, platform: str) -> Page:
    """Back to where the person began; a page if nobody began with this state."""
    with db.transaction(role="service_role") as cursor:
        connection = connections.of_state(cursor, state_hash)
        if connection is not None and connection.platform != platform:
            connections.refuse(
                cursor,
                state_hash,
                error_code=outcomes.FOREIGN,
                error_reason=outcomes.FOREIGN_REASON,
            )
            connection = connections.of_state(cursor, state_hash)
    return _unknown() if connection is None else _redirect(connection)


def _redirect(connection: Connection) -> Page:
    status = outcomes.status_of(connection)
    logger.info("somebody came back", platform=connection.platform, status=status)
    target = return_urls.with_outcome(connection.return_url, connection.connection_id, status)
    return Response(
        status_code=302,
        content_type="text/plain",
        # The address has the code: no page may pass it on.
        headers={"Location": target, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
        body="",
    )


@app.not_found
def _no_route(_: NotFoundError) -> Page:
    return _unknown()


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # the toolkit's
def _failed(error: Exception) -> Page:
    """Answer 503. The log has no words of the error: they may repeat a code."""
    logger.error("the callback failed", error=type(error).__name__)
    return _answer(503, callback_page.unavailable())


def _unknown() -> Page:
    return _answer(404, callback_page.unknown())


def _answer(status: int, page: str) -> Page:
    return Response(
        status_code=status, content_type="text/html; charset=utf-8", headers={**headers()}, body=page
    )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context, takes_forms=True)
