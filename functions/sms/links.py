"""What a recipient reaches through the short links in an SMS, without an account.

GET on a code shows who sent the message, and changes nothing: scanners follow links. POST stops messages. GET on a code
and a number leads on to the page that the sender linked to, and counts the click if a person made it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, edge
from ddp.links import conversions
from ddp.links.short_links import LINK_URL
from ddp.observability import logger
from ddp.pages.page import headers
from ddp.placeholder.references import with_reference
from ddp.queries.sms import links
from functions.sending.reports.fields import LONGEST
from functions.sending.reports.machines import is_machine, is_machine_agent
from functions.sms.pages import opt_out

# It serves pages, so it has no models and no problem documents, and is not in the OpenAPI document.
app = APIGatewayHttpResolver()

# The longer one first: /l/… is also a code and a number at the root.
_PREFIXES = sorted({"/l", urlsplit(LINK_URL).path}, key=len, reverse=True)

_CODE = re.compile(r"[A-Za-z0-9]{10}")
_LINK_NO = re.compile(r"[1-9][0-9]?")

Page = Response[str]


def show(code: str) -> Page:
    """Show who sent the message and what the recipient can choose. Changes nothing."""
    return _opt_out(code, stops=False)


def stop(code: str) -> Page:
    """Stop messages and show the result with status 200, never a redirect. Repeating it changes nothing."""
    return _opt_out(code, stops=True)


def follow(code: str, link_no: str) -> Page:
    """Lead on to the page that the sender linked to."""
    if not _CODE.fullmatch(code) or not _LINK_NO.fullmatch(link_no):
        return _not_found()
    with db.transaction(role="service_role") as cursor:
        link = links.link(cursor, code, int(link_no))
        if link is None:
            return _not_found()
        if app.current_event.http_method == "GET":  # HEAD asks what is there, and goes nowhere
            agent = app.current_event.headers.get("user-agent", "").replace("\x00", "")[:LONGEST]
            links.note_click(
                cursor, link.sms_send_id, int(link_no), agent=agent, is_machine=_by_machine(agent, link)
            )
    target = (
        with_reference(link.url, conversions.reference(link.sms_send_id)) if link.is_tracked else link.url
    )
    return Response(
        status_code=302,
        content_type="text/plain",
        headers={"Location": target, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
        body="",
    )


for _prefix in _PREFIXES:
    app.route(f"{_prefix}/<code>", method=["GET", "HEAD"])(show)
    app.route(f"{_prefix}/<code>", method=["POST"])(stop)
    app.route(f"{_prefix}/<code>/<link_no>", method=["GET", "HEAD"])(follow)


def _by_machine(agent: str, link: links.Link) -> bool:
    if link.sent_at is None:
        return is_machine_agent(agent)
    return is_machine(agent, datetime.now(UTC), link.sent_at)


def _opt_out(code: str, *, stops: bool) -> Page:
    if not _CODE.fullmatch(code):
        return _not_found()
    with db.transaction(role="service_role") as cursor:
        if stops:
            links.stop(cursor, code)
        known = links.subscription(cursor, code)
    if known is None:
        return _not_found()
    if stops:
        logger.info("messages stopped through a link", everyone=known.is_shared)
    return _answer(200, opt_out.subscription(known))


@app.not_found
def _no_route(_: NotFoundError) -> Page:
    return _not_found()


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # the toolkit's
def _failed(error: Exception) -> Page:
    """Answer 503; only the log says what went wrong."""
    logger.exception("short link failed", exc_info=error)
    page = _answer(503, opt_out.unavailable())
    page.headers["Retry-After"] = "120"
    return page


def _not_found() -> Page:
    return _answer(404, opt_out.not_found())


def _answer(status: int, page: str) -> Page:
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        headers={**headers()},
        body="" if app.current_event.http_method == "HEAD" else page,
    )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context, takes_forms=True)
