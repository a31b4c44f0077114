"""Routes for suppressions. An address or number is in the body, never in the URL, because URLs are logged."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.addresses import email_hash, phone_hash
from ddp.queries.listing import Asked
from ddp.queries.sending import suppressions
from functions.sending.models import Channel, SuppressionReason
from functions.sending.routes import models

router = edge.router()


@router.post("/suppressions", tags=["Suppressions"], operation_id="suppressAddress", status_code=201)
def suppress(
    body: models.AddressRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NewSuppression]:
    """Suppress an address or phone number for the caller's messages, whatever list it is in.

    Harmless when repeated.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.NewSuppression(suppression_id=suppressions.suppress(cursor, *_address(body))),
    )


@router.post("/suppressions/check", tags=["Suppressions"], operation_id="checkAddress")
def check(body: models.AddressRequest) -> models.SuppressionCheck:
    """Check whether the caller's messages to an address or phone number are suppressed.

    The reason is given only for the caller's own suppression.
    """
    with edge.as_caller(router) as cursor:
        outcome = suppressions.check(cursor, *_address(body))
    return models.SuppressionCheck.model_validate(outcome)


@router.get("/suppressions", tags=["Suppressions"], operation_id="listSuppressions")
def list_suppressions(
    channel: Annotated[
        Channel | None, Query(description="Only suppressions of this kind of message.")
    ] = None,
    reason: Annotated[
        SuppressionReason | None, Query(description="Only suppressions for this reason.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Suppressions:
    """List the caller's suppressions, newest first.

    Addresses and numbers are stored as hashes and cannot be shown.
    """
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = suppressions.page(transaction, asked, channel=channel, reason=reason)
    return models.Suppressions.model_validate({"items": rows, "next_cursor": next_cursor})


@router.delete("/suppressions/<suppression_id>", tags=["Suppressions"], operation_id="removeSuppression")
def remove(suppression_id: UUID) -> models.NewSuppression:
    """Remove a suppression that was set by hand, by soft bounces, or because a phone could not be reached.

    What the recipient wants, and addresses and numbers that do not exist, stay, except for admins.
    """
    with edge.as_caller(router) as cursor:
        suppressions.remove(cursor, suppression_id)
    return models.NewSuppression(suppression_id=suppression_id)


def _address(body: models.AddressRequest) -> tuple[bytes, Channel]:
    """The hash of the address or number, and the channel of its messages."""
    if body.email is not None:
        return email_hash(body.email), "email"
    return phone_hash(body.phone or ""), "sms"  # the model asks for exactly one of them
