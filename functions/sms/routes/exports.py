"""Routes for exports: CSV files of recipients or of rejected records. The work is in sending/operations."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, pagination
from ddp.channels import SMS
from functions.sending.models import Export, ExportRequest, Exports
from functions.sending.operations import exports

router = edge.router()


@router.post(
    "/sms-campaigns/<sms_campaign_id>/exports",
    tags=["SMS"],
    operation_id="requestSmsExport",
    status_code=202,
)
def request_export(
    sms_campaign_id: UUID, body: ExportRequest, idempotency_key: idempotency.Key = None
) -> Response[Export]:
    """Request a CSV of an SMS's recipients or of its rejected records.

    Only for its creator and admins.
    """
    return exports.request(router, SMS, idempotency_key, sms_campaign_id, body.kind, body.statuses)


@router.get("/sms-campaigns/<sms_campaign_id>/exports", tags=["SMS"], operation_id="listSmsExports")
def list_exports(
    sms_campaign_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> Exports:
    """List the exports of an SMS that the caller requested, newest first, without their URLs.

    Admins see all.
    """
    return exports.page(router, SMS, sms_campaign_id, limit=limit, cursor=cursor)


@router.get(
    "/sms-campaigns/<sms_campaign_id>/exports/<send_export_id>", tags=["SMS"], operation_id="getSmsExport"
)
def get_export(sms_campaign_id: UUID, send_export_id: UUID) -> Response[Export]:
    """Get an export.

    Once it is ready, it has a URL that is valid for five minutes.
    """
    return exports.get(router, SMS, sms_campaign_id, send_export_id)
