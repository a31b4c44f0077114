"""Routes for administrators: how long everything is kept, and the reports of cleanups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, pagination, settings
from ddp.queries.maintenance import retention
from functions.maintenance import messages, models

QUEUE_URL = settings.required("DDP_MAINTENANCE_CLEANUP_QUEUE_URL")

router = edge.router()


@router.get("/retention", tags=["Maintenance"], operation_id="listRetention")
def list_settings() -> models.Retentions:
    """List how long everything is kept.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        rows = retention.settings(cursor)
    return models.Retentions(items=[_shown(row) for row in rows])


@router.put("/retention/<subject>", tags=["Maintenance"], operation_id="setRetention")
def set_retention(subject: str, body: models.RetentionChange) -> models.Retention:
    """Change how long a subject is kept, never below its floor.

    The next cleanup removes what is older. In the audit trail. Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return _shown(retention.set_keep(cursor, subject, months=body.months, days=body.days))


@router.post("/cleanups", tags=["Maintenance"], operation_id="requestCleanup", status_code=202)
def request(body: models.CleanupRequest, idempotency_key: idempotency.Key = None) -> Response[models.Cleanup]:
    """Ask for a cleanup now, or for exact counts of what it would remove.

    Only for admins.
    """

    def work(cursor: Cursor[DictRow]) -> DictRow:
        return retention.request_cleanup(cursor, is_dry_run=body.dry_run)

    done = idempotency.perform(router, idempotency_key, work, lambda row: models.Cleanup(**row), status=202)
    if done.result is not None:
        messages.tell(QUEUE_URL)
    return done.answer


@router.get("/cleanups", tags=["Maintenance"], operation_id="listCleanups")
def list_cleanups(limit: pagination.Limit = 50, cursor: pagination.PageCursor = None) -> models.Cleanups:
    """List reports of cleanups, latest first.

    Only for admins.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = retention.cleanups(transaction, after=after, limit=limit)
    return models.Cleanups.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/cleanups/<cleanup_run_id>", tags=["Maintenance"], operation_id="getCleanup")
def get_cleanup(cleanup_run_id: UUID) -> models.Cleanup:
    """Get the report of a cleanup.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Cleanup(**retention.cleanup(cursor, cleanup_run_id))


def _shown(row: dict[str, Any]) -> models.Retention:
    return models.Retention(
        **row,
        keep=models.Span(months=row["months"], days=row["days"]),
        least=models.Span(months=row["least_months"], days=row["least_days"]),
    )
