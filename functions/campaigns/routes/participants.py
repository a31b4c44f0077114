"""Routes for a campaign's participants: retailers join and leave; its creator invites and removes them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.campaigns import campaigns
from functions.campaigns import models

router = edge.router()


@router.post("/campaigns/<campaign_id>/join", tags=["Campaigns"], operation_id="joinCampaign")
def join(campaign_id: UUID, idempotency_key: idempotency.Key = None) -> Response[models.Participation]:
    """Join a campaign that is open and active, or accept an invitation to one.

    Only for retailers. Harmless when repeated.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Participation(**campaigns.join(cursor, campaign_id)),
        status=200,
    )


@router.post("/campaigns/<campaign_id>/leave", tags=["Campaigns"], operation_id="leaveCampaign")
def leave(campaign_id: UUID) -> models.Participation:
    """Leave a campaign, or decline an invitation to it.

    Its creator still sees that the caller was there.
    """
    with edge.as_caller(router) as cursor:
        return models.Participation(**campaigns.leave(cursor, campaign_id))


@router.get("/campaigns/<campaign_id>/participants", tags=["Campaigns"], operation_id="listParticipants")
def list_participants(
    campaign_id: UUID,
    status: Annotated[
        models.ParticipantStatus | None, Query(description="Only retailers with this status.")
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Participants:
    """List who takes part in a campaign, is invited to it, or has left it, latest first.

    A retailer sees only itself.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        campaigns.get(transaction, campaign_id)
        rows, next_cursor = campaigns.participants(
            transaction, campaign_id, status=status, after=after, limit=limit
        )
    return models.Participants.model_validate({"items": rows, "next_cursor": next_cursor})


@router.put(
    "/campaigns/<campaign_id>/participants/<retailer_id>", tags=["Campaigns"], operation_id="addParticipant"
)
def add_participant(campaign_id: UUID, retailer_id: UUID) -> models.Participation:
    """Invite a retailer to a campaign; it takes part once it joins.

    Harmless when repeated. Only for the campaign's creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Participation(**campaigns.invite_participant(cursor, campaign_id, retailer_id))


@router.delete(
    "/campaigns/<campaign_id>/participants/<retailer_id>",
    tags=["Campaigns"],
    operation_id="removeParticipant",
)
def remove_participant(campaign_id: UUID, retailer_id: UUID) -> models.Participation:
    """Remove a retailer from a campaign, or withdraw its invitation.

    Its sends that have already been requested continue. Only for the campaign's creator and admins.
    """
    with edge.as_caller(router) as cursor:
        campaigns.remove_participant(cursor, campaign_id, retailer_id)
    return models.Participation(campaign_id=campaign_id, retailer_id=retailer_id, status="left")
