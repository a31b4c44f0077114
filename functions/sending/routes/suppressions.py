"""Routes for suppressions. An address is in the body, never in the URL, because URLs are logged."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import cursors, edge, idempotency, pagination
from ddp.addresses import email_hash
from ddp.queries.sending import suppressions
from functions.sending import models

router = edge.router()


@router.post("/suppressions", tags=["Suppressions"], operation_id="suppressAddress", status_code=201)
def suppress(
    body: models.AddressRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NewSuppression]:
    """Suppress an address for the caller's messages, whatever list it is in.

    Harmless when repeated.
    """
    address_hash = email_hash(body.email)
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.NewSuppression(suppression_id=suppressions.suppress(cursor, address_hash)),
    )


@router.post("/suppressions/check", tags=["Suppressions"], operation_id="checkAddress")
def check(body: models.AddressRequest) -> models.SuppressionCheck:
    """Check whether the caller's messages to an address are suppressed.

    The reason is given only for the caller's own suppression.
    """
    with edge.as_caller(router) as cursor:
        outcome = suppressions.check(cursor, email_hash(body.email))
    return models.SuppressionCheck.model_validate(outcome)


@router.get("/suppressions", tags=["Suppressions"], operation_id="listSuppressions")
def list_suppressions(
    limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Suppressions:
    """List the caller's suppressions, newest first.

    Addresses are stored as hashes and cannot be shown.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = suppressions.page(transaction, after=after, limit=limit)
    return models.Suppressions.model_validate({"items": rows, "next_cursor": next_cursor})


@router.delete("/suppressions/<suppression_id>", tags=["Suppressions"], operation_id="removeSuppression")
def remove(suppression_id: UUID) -> models.NewSuppression:
    """Remove a suppression that was set by hand or by soft bounces.

    Unsubscriptions, complaints and hard bounces stay, except for admins.
    """
    with edge.as_caller(router) as cursor:
        suppressions.remove(cursor, suppression_id)
    return models.NewSuppression(suppression_id=suppression_id)
