"""Routes for the audit trail: list changes, and see one with its values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, pagination
from ddp.fields import Time
from ddp.queries.catalogue import audit_logs
from functions.catalogue.models import audit as models

router = edge.router()

# Without a record or a person to look for, a list goes back so far before `until`.
WINDOW = timedelta(days=31)
_LONG_AGO, _FAR_AHEAD = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@router.get("/audit-logs", tags=["Audit"], operation_id="listAuditLogs")
def list_changes(
    table_name: Annotated[
        str | None, Query(description="Only changes of this table.", max_length=100)
    ] = None,
    record_id: Annotated[UUID | None, Query(description="Only changes of this row.")] = None,
    changed_by: Annotated[UUID | None, Query(description="Only changes by this person.")] = None,
    action: Annotated[
        Literal["INSERT", "UPDATE", "DELETE"] | None, Query(description="Only changes of this kind.")
    ] = None,
    since: Annotated[
        Time | None,
        Query(description="Omitted, without record_id and changed_by: 31 days before `until`."),
    ] = None,
    until: Annotated[Time | None, Query(description="Only changes before this time.")] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.AuditLogs:
    """List changes of rows, latest first.

    Only for admins.
    """
    if since is None:
        is_narrow = record_id is not None or changed_by is not None
        since = _LONG_AGO if is_narrow else (until or datetime.now(UTC)) - WINDOW
    wanted = audit_logs.Filter(
        since=since,
        until=until or _FAR_AHEAD,
        table_name=table_name,
        record_id=record_id,
        changed_by=changed_by,
        action=action,
    )
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = audit_logs.page(transaction, wanted, after=after, limit=limit)
    return models.AuditLogs.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/audit-logs/<log_id>", tags=["Audit"], operation_id="getAuditLog")
def get_change(log_id: UUID) -> models.AuditLog:
    """Get a change with the values before and after it.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return models.AuditLog(**audit_logs.get(cursor, log_id))
