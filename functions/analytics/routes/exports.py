"""Routes for files of figures that are too long for an answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, pagination, settings
from ddp.providers import s3
from ddp.queries.analytics import exports, lists, reports
from functions.analytics.exports.files import file_name, object_key
from functions.analytics.exports.requests import ask_of
from functions.analytics.messages import ExportFigures, tell
from functions.analytics.models.exports import AnalyticsExport, AnalyticsExportRequest, AnalyticsExports

router = edge.router()

QUEUE_URL = settings.required("DDP_ANALYTICS_EXPORT_QUEUE_URL")


@router.post("/analytics/exports", tags=["Analytics"], operation_id="requestAnalyticsExport", status_code=202)
def request_export(
    body: AnalyticsExportRequest, idempotency_key: idempotency.Key = None
) -> Response[AnalyticsExport]:
    """Request a file of a list, with all the rows that the caller sees."""
    ask = ask_of(body)
    given = body.model_dump(mode="json", by_alias=True, exclude={"list", "format"})

    def work(cursor: Cursor[DictRow]) -> DictRow:
        lists.require_scope(reports.caller(cursor), ask.scope)
        return exports.request(cursor, body.list, body.format, given)

    done = idempotency.perform(
        router, idempotency_key, work, lambda row: AnalyticsExport.model_validate(row), status=202
    )
    if done.result is not None:
        tell(QUEUE_URL, [_message(done.result).serialise()])
    return done.answer


@router.get("/analytics/exports", tags=["Analytics"], operation_id="listAnalyticsExports")
def list_exports(limit: pagination.Limit = 50, cursor: pagination.PageCursor = None) -> AnalyticsExports:
    """List the acting account's files of figures, newest first, without their URLs."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = exports.page(transaction, after=after, limit=limit)
    return AnalyticsExports.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/analytics/exports/<analytics_export_id>", tags=["Analytics"], operation_id="getAnalyticsExport")
def get_export(analytics_export_id: UUID) -> Response[AnalyticsExport]:
    """Get a file of figures.

    Once it is ready, it has a URL that is valid for five minutes.
    """
    with edge.as_caller(router) as cursor:
        row = exports.get(cursor, analytics_export_id)
    export = AnalyticsExport.model_validate({**row, "url": _url(row)})
    return Response(200, content_type="application/json", body=export, headers={"Cache-Control": "no-store"})


def _url(row: DictRow) -> str | None:
    if row["state"] != "ready":
        return None
    key = object_key(row["analytics_export_id"], row["format"])
    return s3.presign_get(key, file_name=file_name(row["list"], row["format"]))


def _message(row: dict[str, Any]) -> ExportFigures:
    return ExportFigures(
        analytics_export_id=row["analytics_export_id"],
        account_id=row["created_by_user_id"],
        person_id=row["requested_by_user_id"],
    )
