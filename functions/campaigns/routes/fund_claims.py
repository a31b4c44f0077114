"""Routes for claims: a retailer claims a share of a cost; the brand approves, refuses and pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination
from ddp.queries.campaigns import funds
from ddp.queries.listing import Asked
from functions.campaigns import fund_models as models

router = edge.router()


@router.post("/fund-claims", tags=["Co-op funds"], operation_id="requestFundClaim", status_code=201)
def request_claim(
    body: models.FundClaimRequest, idempotency_key: idempotency.Key = None
) -> Response[models.FundClaim]:
    """Claim the brand's share of a cost in a campaign.

    What the retailer sent in the campaign until then is taken from the platform's own ledgers. A claim that would pass
    the allotment is refused with what is left. Only for owners of the retailer's account.
    """
    values = dict(body)
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.FundClaim(**funds.request(cursor, values))
    )


@router.get("/fund-claims", tags=["Co-op funds"], operation_id="listFundClaims")
def list_claims(
    campaign_id: Annotated[UUID | None, Query(description="Only those of this campaign.")] = None,
    retailer_id: Annotated[UUID | None, Query(description="Only those of this retailer.")] = None,
    state: Annotated[
        models.ClaimState | None, Query(description="Only those that are in this state.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.FundClaims:
    """List claims, newest first: a brand's are those of its campaigns, a retailer's its own."""
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = funds.claims(
            transaction, asked, campaign_id=campaign_id, retailer_id=retailer_id, state=state
        )
    return models.FundClaims.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/fund-claims/<claim_id>", tags=["Co-op funds"], operation_id="getFundClaim")
def get_claim(claim_id: UUID) -> models.FundClaim:
    """Get a claim."""
    with edge.as_caller(router) as cursor:
        return models.FundClaim(**funds.claim(cursor, claim_id))


@router.post("/fund-claims/<claim_id>/approve", tags=["Co-op funds"], operation_id="approveFundClaim")
def approve_claim(claim_id: UUID, idempotency_key: idempotency.Key = None) -> Response[models.FundClaim]:
    """Approve a claim: its amount becomes one expense of the campaign.

    Harmless when repeated. Only for owners of the account that created the campaign, and admins.
    """
    return _decide(idempotency_key, lambda cursor: funds.approve(cursor, claim_id))


@router.post("/fund-claims/<claim_id>/refuse", tags=["Co-op funds"], operation_id="refuseFundClaim")
def refuse_claim(
    claim_id: UUID, body: models.RefusalRequest, idempotency_key: idempotency.Key = None
) -> Response[models.FundClaim]:
    """Refuse a claim that waits, with a reason that the retailer reads.

    The brand no longer sees its files. Only for owners of the account that created the campaign, and admins.
    """
    return _decide(idempotency_key, lambda cursor: funds.refuse(cursor, claim_id, body.reason))


@router.post("/fund-claims/<claim_id>/pay", tags=["Co-op funds"], operation_id="payFundClaim")
def pay_claim(claim_id: UUID, idempotency_key: idempotency.Key = None) -> Response[models.FundClaim]:
    """Note that an approved claim was paid. The platform pays nothing itself, and no sum changes.

    Harmless when repeated. Only for owners of the account that created the campaign, and admins.
    """
    return _decide(idempotency_key, lambda cursor: funds.pay(cursor, claim_id))


@router.post("/fund-claims/<claim_id>/withdraw", tags=["Co-op funds"], operation_id="withdrawFundClaim")
def withdraw_claim(claim_id: UUID, idempotency_key: idempotency.Key = None) -> Response[models.FundClaim]:
    """Take back an own claim that nobody has decided. The brand no longer sees its files.

    Harmless when repeated. Only for owners of the retailer's account.
    """
    return _decide(idempotency_key, lambda cursor: funds.withdraw(cursor, claim_id))


def _decide(key: str | None, decide: Callable[[Cursor[DictRow]], DictRow]) -> Response[models.FundClaim]:
    return idempotency.once(router, key, lambda cursor: models.FundClaim(**decide(cursor)), status=200)
