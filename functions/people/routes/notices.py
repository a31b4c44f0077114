"""Routes for notices: what an account should know without asking."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.listing import Asked
from ddp.queries.social import notices
from functions.people import notice_models as models

router = edge.router()


@router.get("/notices", tags=["Notices"], operation_id="listNotices")
def list_notices(
    unread: Annotated[
        bool | None, Query(description="true: only those that nobody has read; false: only others.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Notices:
    """List the acting account's notices, the latest occurrence first.

    There is one for each cause, subject and day; it counts its occurrences, and a new one makes it unread again.
    """
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = notices.page(transaction, asked, is_unread=unread)
        unread_count = notices.unread(transaction)
    return models.Notices.model_validate(
        {"items": rows, "next_cursor": next_cursor, "unread_count": unread_count}
    )


@router.post("/notices/read", tags=["Notices"], operation_id="readNotices")
def read(
    body: models.NoticesRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NoticesRead]:
    """Mark notices as read, for all members of the account.

    Others' notices, and those that are gone, are passed over. Harmless when repeated.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.NoticesRead(read_count=notices.read(cursor, body.notice_ids)),
        status=200,
    )
