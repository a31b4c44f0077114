"""Routes of an SMS's ledger: each recipient and the result, and the life of one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, pagination
from ddp.channels import SMS
from ddp.queries.sending import ledger
from ddp.refusals.fields import E164
from functions.sms.campaigns.models import SmsStatus
from functions.sms.campaigns.progress import SmsSendHistory, SmsSends

router = edge.router()


@router.get("/sms-campaigns/<sms_campaign_id>/sends", tags=["SMS"], operation_id="listSmsSends")
def list_sends(
    sms_campaign_id: UUID,
    status: Annotated[SmsStatus | None, Query(description="Only recipients with this status.")] = None,
    phone: Annotated[
        str | None,
        Query(
            description="Only the recipient with exactly this number, in E.164.",
            pattern=E164,
        ),
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> SmsSends:
    """List the recipients of an SMS, ordered by number.

    Ordered by id if numbers are masked. Only for its creator and admins.
    """
    after = cursors.decode_id(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = ledger.page(
            transaction,
            SMS,
            sms_campaign_id,
            status=status,
            address=phone,
            after=after,
            limit=limit,
        )
    return SmsSends.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get(
    "/sms-campaigns/<sms_campaign_id>/sends/<sms_send_id>", tags=["SMS"], operation_id="explainSmsSend"
)
def explain_send(sms_campaign_id: UUID, sms_send_id: UUID) -> SmsSendHistory:
    """Tell the life of one recipient: planned, called, reported by the provider, suppressed.

    Only for the SMS's creator and admins.
    """
    with edge.as_caller(router) as transaction:
        return SmsSendHistory.model_validate(ledger.history(transaction, SMS, sms_campaign_id, sms_send_id))
