"""The unsubscribe link. GET only shows a page, because mail scanners follow links; POST unsubscribes.

Two kinds of POST come to the same URL: a mail program's (RFC 8058: `List-Unsubscribe=One-Click`; the recipient sees no
page), and those of the page's own forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import db, edge
from ddp.links import unsubscribe as links
from ddp.observability import logger
from ddp.pages.page import headers
from ddp.queries.email import subscriptions
from functions.email import unsubscribe_page

# It serves pages, so it has no models and no problem documents, and is not in the OpenAPI document.
app = APIGatewayHttpResolver()

# Limits of a form: neither our page nor a mail program sends a longer one, or one with more fields.
_LONGEST_FORM = 10_000
_MOST_FIELDS = 20

Page = Response[str]


@app.get("/unsubscribe/<token>")
def show(token: str) -> Page:
    """Show what the recipient has chosen and can choose. Changes nothing."""
    if token == links.TEST:
        return _answer(200, unsubscribe_page.test_message())
    email_send_id = links.verify(token)
    if email_send_id is None:
        return _not_found()
    with db.transaction(role="service_role") as cursor:
        return _preferences(cursor, email_send_id)


@app.post("/unsubscribe/<token>")
def change(token: str) -> Page:
    """Do what the form says and show the result with status 200, never a redirect. Repeating it changes nothing."""
    email_send_id = links.verify(token)
    if email_send_id is None:
        return show(token)
    form = _form(app.current_event.body or "", app.current_event.headers.get("content-type", ""))
    with db.transaction(role="service_role") as cursor:
        if not _do(cursor, email_send_id, form):
            return _preferences(
                cursor, email_send_id, problem="Please choose which e-mails you no longer want."
            )
        return _preferences(cursor, email_send_id, is_asked=_is_unconfirmed(form))


def _do(cursor: Cursor[DictRow], email_send_id: UUID, form: Mapping[str, str]) -> bool:
    """Do what the form says, unless it must be asked for once more. Returns whether the form was valid."""
    everything = form.get("scope") == "everything"
    match form:
        case {"List-Unsubscribe": "One-Click"}:
            subscriptions.unsubscribe(cursor, email_send_id, everything=False)
        case _ if _is_unconfirmed(form):
            return True
        case {"action": "unsubscribe", "scope": "sender" | "everything"}:
            subscriptions.unsubscribe(cursor, email_send_id, everything=everything)
        case {"action": "resubscribe", "scope": "sender" | "everything"}:
            subscriptions.resubscribe(cursor, email_send_id, everything=everything)
        case _:
            return False
    logger.info("unsubscribe link used", action=form.get("action", "one-click"), everything=everything)
    return True


def _is_unconfirmed(form: Mapping[str, str]) -> bool:
    """Whether it asks to leave all senders, which concerns others than the sender of the message."""
    return (
        form.get("action") == "unsubscribe"
        and form.get("scope") == "everything"
        and form.get("confirmed") != "yes"
    )


def _form(body: str, content_type: str) -> dict[str, str]:
    """The fields of a form, in either encoding that browsers and RFC 8058 use; empty if it is not a form."""
    if len(body) > _LONGEST_FORM:
        return {}
    try:
        if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
            return _multipart(body, content_type)
        return dict(parse_qsl(body, max_num_fields=_MOST_FIELDS))
    except (LookupError, ValueError):  # a charset that is none, or a header that makes the parser stumble
        return {}


def _multipart(body: str, content_type: str) -> dict[str, str]:
    head = content_type.replace("\r", "").replace("\n", "")
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {head}\r\n\r\n{body}".encode())
    fields = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and not part.is_multipart():
            fields[name] = part.get_content().strip() if part.get_content_maintype() == "text" else ""
    return fields


def _preferences(
    cursor: Cursor[DictRow], email_send_id: UUID, *, problem: str = "", is_asked: bool = False
) -> Page:
    known = subscriptions.subscription(cursor, email_send_id)
    if known is None:
        return _not_found()
    if is_asked and not known.left_everything:
        return _answer(200, unsubscribe_page.confirmation(known))
    return _answer(400 if problem else 200, unsubscribe_page.preferences(known, problem=problem))


@app.not_found
def _no_route(_: NotFoundError) -> Page:
    return _not_found()


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # the toolkit's
def _failed(error: Exception) -> Page:
    """Answer 503, after which a mail program tries again. Only the log says what went wrong."""
    logger.exception("unsubscribe link failed", exc_info=error)
    page = _answer(503, unsubscribe_page.unavailable())
    page.headers["Retry-After"] = "120"
    return page


def _not_found() -> Page:
    return _answer(404, unsubscribe_page.not_found())


def _answer(status: int, page: str) -> Page:
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        headers={**headers()},
        body=page,
    )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context, takes_forms=True)
