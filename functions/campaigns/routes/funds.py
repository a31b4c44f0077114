"""Routes for co-op funds: a brand sets what a retailer may claim; both see what is left, as JSON or CSV."""

from __future__ import annotations

import io
from typing import Annotated, Any, Final
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg.rows import DictRow

from ddp import edge, pagination
from ddp.csv_files import writing
from ddp.queries.campaigns import campaigns, funds
from ddp.queries.listing import Asked
from functions.campaigns import fund_models as models

router = edge.router()

CSV_ROWS: Final = 1_000
_CSV: Final = "text/csv"
_COLUMNS: Final = (
    "campaign_id", "campaign_name", "retailer_id", "retailer", "brand", "share_percent", "allotment", "requested",
    "approved", "paid", "remaining", "created_at", "updated_at",
)  # fmt: skip
_ANSWERS: Final[Any] = {
    200: {
        "description": "The funds.",
        "content": {"application/json": {"model": models.Funds}, _CSV: {"schema": {"type": "string"}}},
    }
}
RetailerId = Annotated[UUID | None, Query(description="Only those of this retailer.")]


@router.put(
    "/campaigns/<campaign_id>/funds/<retailer_id>", tags=["Co-op funds"], operation_id="setCampaignFund"
)
def set_fund(campaign_id: UUID, retailer_id: UUID, body: models.FundRequest) -> models.Fund:
    """Set what a retailer that takes part in a campaign may claim, and which share of its costs the brand pays.

    The allotment cannot be lower than what is claimed already. Only for owners of the account that created the
    campaign, and admins.
    """
    with edge.as_caller(router) as cursor:
        fund = funds.set_fund(
            cursor, campaign_id, retailer_id, allotment=body.allotment, share_percent=body.share_percent
        )
    return models.Fund(**fund)


@router.get(
    "/campaigns/<campaign_id>/funds",
    tags=["Co-op funds"],
    operation_id="listCampaignFunds",
    responses=_ANSWERS,
)
def list_funds_of_campaign(
    campaign_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> Response[models.Funds | str]:
    """List the funds of a campaign with their balances, newest first. A retailer sees only its own.

    With `Accept: text/csv`: the next 1,000, whatever the limit; the header `X-Next-Cursor` leads to those that follow.
    """
    with edge.as_caller(router) as transaction:
        campaigns.get(transaction, campaign_id)
    return _answer(limit, cursor, campaign_id, None)


@router.get("/funds", tags=["Co-op funds"], operation_id="listFunds", responses=_ANSWERS)
def list_funds(
    campaign_id: Annotated[UUID | None, Query(description="Only those of this campaign.")] = None,
    retailer_id: RetailerId = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> Response[models.Funds | str]:
    """List funds with their balances, newest first: a brand's are those of its campaigns, a retailer's its own.

    With `Accept: text/csv`: the next 1,000, whatever the limit; the header `X-Next-Cursor` leads to those that follow.
    """
    return _answer(limit, cursor, campaign_id, retailer_id)


def _answer(
    limit: int, cursor: str | None, campaign_id: UUID | None, retailer_id: UUID | None
) -> Response[Any]:
    is_file = _CSV in router.current_event.headers.get("accept", "").lower()
    asked = Asked(limit=CSV_ROWS if is_file else limit, cursor=cursor)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = funds.page(transaction, asked, campaign_id=campaign_id, retailer_id=retailer_id)
    if is_file:
        return _file(rows, next_cursor)
    page = models.Funds.model_validate({"items": rows, "next_cursor": next_cursor})
    return Response(200, content_type="application/json", body=page)


def _file(rows: list[DictRow], next_cursor: str | None) -> Response[Any]:
    target = io.BytesIO()
    writing.write(target, _COLUMNS, [[_cells(row) for row in rows]])
    following = {"X-Next-Cursor": next_cursor} if next_cursor else {}
    text = target.getvalue().decode()
    return Response(200, content_type=f"{_CSV}; charset=utf-8", body=text, headers=following)


def _cells(row: DictRow) -> list[str | None]:
    named = row | {name: row[name] and row[name]["name"] for name in ("retailer", "brand")}
    return [None if named[column] is None else str(named[column]) for column in _COLUMNS]
