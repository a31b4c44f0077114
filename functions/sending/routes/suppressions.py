"""Suppressions by hand. An address is in the body and never in a URL, which would be logged."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, pagination
from ddp.addresses import email_hash
from ddp.queries.sending import suppressions
from functions.sending import models

router = edge.router()


@router.post("/suppressions", tags=["Suppressions"], operation_id="suppressAddress", status_code=201)
def suppress(
    body: models.AddressRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NewSuppression]:
    """Do not write to this address any more, whatever list it is in. The same again is harmless."""
    address_hash = email_hash(body.email)
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.NewSuppression(suppression_id=suppressions.suppress(cursor, address_hash)),
    )


@router.post("/suppressions/check", tags=["Suppressions"], operation_id="checkAddress")
def check(body: models.AddressRequest) -> models.SuppressionCheck:
    """Whether the caller's messages to this address are suppressed, and why where that is the caller's own."""
    with edge.as_caller(router) as cursor:
        outcome = suppressions.check(cursor, email_hash(body.email))
    return models.SuppressionCheck.model_validate(outcome)


@router.get("/suppressions", tags=["Suppressions"], operation_id="listSuppressions")
def list_suppressions(
    limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Suppressions:
    """The caller's own, newest first. Addresses are kept as hashes, and cannot be listed."""
    after = pagination.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = suppressions.page(transaction, after=after, limit=limit)
    return models.Suppressions.model_validate({"items": rows, "next_cursor": next_cursor})


@router.delete("/suppressions/<suppression_id>", tags=["Suppressions"], operation_id="removeSuppression")
def remove(suppression_id: UUID) -> models.NewSuppression:
    """Take back what was set by hand or by soft bounces. Who unsubscribed, complained or bounced hard stays."""
    with edge.as_caller(router) as cursor:
        suppressions.remove(cursor, suppression_id)
    return models.NewSuppression(suppression_id=suppression_id)
