"""Routes of an e-mail's ledger: each recipient and the result, and the life of one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, pagination
from ddp.addresses import AddressError, normalise_email
from ddp.channels import EMAIL
from ddp.errors import Invalid
from ddp.queries.sending import ledger
from functions.email import histories
from functions.email.progress import Sends
from functions.sending.models import SendStatus

router = edge.router()


@router.get("/email-campaigns/<email_campaign_id>/sends", tags=["E-mail"], operation_id="listSends")
def list_sends(
    email_campaign_id: UUID,
    status: Annotated[SendStatus | None, Query(description="Only recipients with this status.")] = None,
    address: Annotated[
        str | None, Query(description="Only the recipient with exactly this address.", max_length=320)
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> Sends:
    """List the recipients of an e-mail, ordered by address.

    Ordered by id if addresses are masked. Only for its creator and admins.
    """
    after = cursors.decode_id(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = ledger.page(
            transaction,
            EMAIL,
            email_campaign_id,
            status=status,
            address=_normalised(address) if address else None,
            after=after,
            limit=limit,
        )
    return Sends.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get(
    "/email-campaigns/<email_campaign_id>/sends/<email_send_id>", tags=["E-mail"], operation_id="explainSend"
)
def explain_send(email_campaign_id: UUID, email_send_id: UUID) -> histories.SendHistory:
    """Tell the life of one recipient: planned, called, reported by the provider, suppressed.

    Only for the e-mail's creator and admins.
    """
    with edge.as_caller(router) as transaction:
        return histories.SendHistory.model_validate(
            ledger.history(transaction, EMAIL, email_campaign_id, email_send_id)
        )


def _normalised(address: str) -> str:
    try:
        return normalise_email(address)
    except AddressError as error:
        raise Invalid(error.reason, code="invalid-address") from None
