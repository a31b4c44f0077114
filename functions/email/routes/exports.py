"""CSV files of a ledger and of what was rejected: asked for, made by a worker, fetched from S3."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency
from ddp.providers import s3
from ddp.queries.email import drafts as email_campaigns
from functions.email import models
from functions.sending import hints as notice
from functions.sending import messages

router = edge.router()


@router.post(
    "/email-campaigns/<email_campaign_id>/exports",
    tags=["E-mail"],
    operation_id="requestExport",
    status_code=202,
)
def request_export(
    email_campaign_id: UUID, body: models.ExportRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Export]:
    """Ask for a CSV of an own e-mail's recipients, or of the records that were rejected."""
    requested: list[UUID] = []

    def request(cursor: Cursor[DictRow]) -> models.Export:
        row = email_campaigns.request_export(cursor, email_campaign_id, body.kind, body.statuses)
        requested.append(row["send_export_id"])
        return models.Export(**row)

    answer = idempotency.once(router, idempotency_key, request, status=202)
    notice.tell(notice.EXPORT_QUEUE, [messages.ExportSends(send_export_id=number) for number in requested])
    return answer


@router.get("/email-campaigns/<email_campaign_id>/exports", tags=["E-mail"], operation_id="listExports")
def list_exports(email_campaign_id: UUID) -> models.Exports:
    """The latest exports, newest first, without their URLs."""
    with edge.as_caller(router) as cursor:
        email_campaigns.get(cursor, email_campaign_id)
        rows = email_campaigns.exports(cursor, email_campaign_id)
    return models.Exports.model_validate({"items": rows})


@router.get(
    "/email-campaigns/<email_campaign_id>/exports/<send_export_id>", tags=["E-mail"], operation_id="getExport"
)
def get_export(email_campaign_id: UUID, send_export_id: UUID) -> Response[models.Export]:
    """One export; once it is ready with a URL that works for five minutes."""
    with edge.as_caller(router) as cursor:
        row = email_campaigns.export(cursor, email_campaign_id, send_export_id)
    url = None
    if row["state"] == "ready":
        url = s3.presign_get(row["object_key"], file_name=f"{row['kind']}-{email_campaign_id}.csv")
    return Response(
        200,
        content_type="application/json",
        body=models.Export(**row, url=url),
        headers={"Cache-Control": "no-store"},
    )
