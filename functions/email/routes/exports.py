"""Routes for exports: CSV files of recipients or of rejected records. The work is in sending/operations."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, pagination
from ddp.channels import EMAIL
from functions.sending.models import Export, ExportRequest, Exports
from functions.sending.operations import exports

router = edge.router()


@router.post(
    "/email-campaigns/<email_campaign_id>/exports",
    tags=["E-mail"],
    operation_id="requestExport",
    status_code=202,
)
def request_export(
    email_campaign_id: UUID, body: ExportRequest, idempotency_key: idempotency.Key = None
) -> Response[Export]:
    """Request a CSV of an e-mail's recipients or of its rejected records.

    Only for its creator and admins.
    """
    return exports.request(router, EMAIL, idempotency_key, email_campaign_id, body.kind, body.statuses)


@router.get("/email-campaigns/<email_campaign_id>/exports", tags=["E-mail"], operation_id="listExports")
def list_exports(
    email_campaign_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> Exports:
    """List the exports of an e-mail that the caller requested, newest first, without their URLs.

    Admins see all.
    """
    return exports.page(router, EMAIL, email_campaign_id, limit=limit, cursor=cursor)


@router.get(
    "/email-campaigns/<email_campaign_id>/exports/<send_export_id>", tags=["E-mail"], operation_id="getExport"
)
def get_export(email_campaign_id: UUID, send_export_id: UUID) -> Response[Export]:
    """Get an export.

    Once it is ready, it has a URL that is valid for five minutes.
    """
    return exports.get(router, EMAIL, email_campaign_id, send_export_id)
