"""Routes for the hours of promotional SMS: everyone reads them, administrators keep them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination
from ddp.queries.sms import windows
from functions.sms.registers import windows as models
from functions.sms.registers.window_notes import notes

router = edge.router()


@router.get("/sending-windows", tags=["SMS settings"], operation_id="listSendingWindows")
def list_windows(
    country: Annotated[
        str | None,
        Query(description="Only this country, as two letters, or `*`.", pattern="^([A-Z]{2}|[*])$"),
    ] = None,
    region: Annotated[
        str | None,
        Query(description="Only this region; `*`: the unknown ones.", pattern="^([A-Z0-9]{1,10}|[*])$"),
    ] = None,
    status: Annotated[models.WindowStatus | None, Query(description="Only windows for this reason.")] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.LongPageCursor = None,
) -> models.SendingWindows:
    """List the hours at which promotional SMS may go, by country, region and day."""
    filters = {"country": country, "region": region, "status": status}
    with edge.as_caller(router) as transaction:
        rows, next_cursor = windows.page(transaction, filters, after=cursor, limit=limit)
    return models.SendingWindows.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post("/sending-windows", tags=["SMS settings"], operation_id="createSendingWindow", status_code=201)
def create_window(
    body: models.SendingWindowRequest, idempotency_key: idempotency.Key = None
) -> Response[models.KeptWindow]:
    """Add hours at which promotional SMS may go.

    The notes of the answer say what is open in that place then. Only for admins.
    """
    values = body.model_dump(mode="json")
    return idempotency.once(
        router, idempotency_key, lambda cursor: _kept(cursor, windows.create(cursor, values))
    )


@router.get("/sending-windows/<sending_window_id>", tags=["SMS settings"], operation_id="getSendingWindow")
def get_window(sending_window_id: UUID) -> models.KeptWindow:
    """Get hours at which promotional SMS may go."""
    with edge.as_caller(router) as cursor:
        return _kept(cursor, windows.get(cursor, sending_window_id))


@router.patch(
    "/sending-windows/<sending_window_id>", tags=["SMS settings"], operation_id="updateSendingWindow"
)
def update_window(sending_window_id: UUID, body: models.SendingWindowChange) -> models.KeptWindow:
    """Change the given fields of a window.

    Messages that wait go by the new hours. Only for admins.
    """
    change = body.model_dump(mode="json", exclude_unset=True)
    with edge.as_caller(router) as cursor:
        return _kept(cursor, windows.update(cursor, sending_window_id, change))


@router.delete(
    "/sending-windows/<sending_window_id>", tags=["SMS settings"], operation_id="deleteSendingWindow"
)
def delete_window(sending_window_id: UUID) -> models.KeptWindow:
    """Delete a window.

    The notes of the answer say what is open in that place then. Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return _kept(cursor, windows.delete(cursor, sending_window_id))


def _kept(cursor: Cursor[DictRow], row: DictRow) -> models.KeptWindow:
    return models.KeptWindow(**row, notes=notes(row, windows.beside(cursor, row)))
