"""Routes for campaigns: create, list, read, update, set status and budget."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.campaigns import campaigns
from ddp.queries.listing import Asked
from functions.campaigns import models

router = edge.router()

CampaignSort = Annotated[
    Literal["created_at", "start_date"] | None,
    Query(
        description="The caller's own: by both; a campaign without a start comes after all that have one. Others: by"
        " `created_at`."
    ),
]


@router.post("/campaigns", tags=["Campaigns"], operation_id="createCampaign", status_code=201)
def create_campaign(
    body: models.CampaignRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Campaign]:
    """Create a campaign as a draft.

    Only for brands and admins.
    """
    values = dict(body)
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.Campaign(**campaigns.create(cursor, values))
    )


@router.get("/campaigns", tags=["Campaigns"], operation_id="listCampaigns")
def list_campaigns(
    scope: Annotated[
        Literal["own", "joined", "open", "all"],
        Query(
            description="Campaigns the caller created, joined, or all that the caller may see; `open`: those that the"
            " calling retailer may join."
        ),
    ] = "all",
    status: Annotated[
        models.CampaignStatus | None, Query(description="Only campaigns with this status.")
    ] = None,
    q: Annotated[
        str | None,
        Query(
            description="Only with scope `open`: campaigns of brands with a name of which a word begins like this.",
            max_length=100,
        ),
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    sort: CampaignSort = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Campaigns | models.OpenCampaigns:
    """List campaigns, newest first.

    A campaign that the caller may join is listed without budget, audience and settings.
    """
    asked = Asked(limit=limit, cursor=cursor, sort=sort, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        if scope == "open":
            rows, next_cursor = campaigns.page_of_open(transaction, asked, query=q)
            return models.OpenCampaigns.model_validate({"items": rows, "next_cursor": next_cursor})
        rows, next_cursor = campaigns.page(transaction, scope, asked, status=status)
    return models.Campaigns.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/campaigns/<campaign_id>", tags=["Campaigns"], operation_id="getCampaign")
def get_campaign(campaign_id: UUID) -> models.Campaign:
    """Get a campaign."""
    with edge.as_caller(router) as cursor:
        return models.Campaign(**campaigns.get(cursor, campaign_id))


@router.patch("/campaigns/<campaign_id>", tags=["Campaigns"], operation_id="updateCampaign")
def update_campaign(campaign_id: UUID, body: models.CampaignChange) -> models.Campaign:
    """Change the given fields of a campaign.

    Only for its creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Campaign(**campaigns.update(cursor, campaign_id, dict(body), body.model_fields_set))


@router.post("/campaigns/<campaign_id>/status", tags=["Campaigns"], operation_id="setCampaignStatus")
def set_status(campaign_id: UUID, body: models.StatusRequest) -> models.Campaign:
    """Activate, pause, complete or archive a campaign.

    A pause holds its sends. Only for its creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Campaign(**campaigns.set_status(cursor, campaign_id, body.status))


@router.put("/campaigns/<campaign_id>/budget", tags=["Campaigns"], operation_id="setCampaignBudget")
def set_budget(campaign_id: UUID, body: models.BudgetRequest) -> models.Campaign:
    """Set a campaign's budget.

    Only for its creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Campaign(**campaigns.set_budget(cursor, campaign_id, body.budget_allocated))
