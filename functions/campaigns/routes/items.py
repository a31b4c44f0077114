"""Routes for kits: what a campaign gives its participants, in order, and what they do with it."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.campaigns import campaigns, items
from functions.campaigns import kit_models as models

router = edge.router()


@router.get("/campaigns/<campaign_id>/items", tags=["Kits"], operation_id="listCampaignItems")
def list_items(campaign_id: UUID) -> models.KitItems:
    """List the kit of a campaign, in its order.

    Participants see what is available now, each with the draft that it became for them.
    """
    with edge.as_caller(router) as cursor:
        return _kit(cursor, campaign_id)


@router.post(
    "/campaigns/<campaign_id>/items", tags=["Kits"], operation_id="createCampaignItem", status_code=201
)
def create_item(
    campaign_id: UUID, body: models.KitItemRequest, idempotency_key: idempotency.Key = None
) -> Response[models.KitItemDetail]:
    """Add an item at the end of a kit.

    Only for the campaign's creator and admins.
    """
    item = body.model_dump(mode="json", exclude_none=True)
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.KitItemDetail(**items.create(cursor, campaign_id, item)),
    )


@router.put("/campaigns/<campaign_id>/items/order", tags=["Kits"], operation_id="orderCampaignItems")
def order_items(campaign_id: UUID, body: models.KitOrder) -> models.KitItems:
    """Give all items of a kit a new order.

    Refused (409, `other-items`) unless all are named. Only for the campaign's creator and admins.
    """
    with edge.as_caller(router) as cursor:
        items.order(cursor, campaign_id, body.item_ids)
        return _kit(cursor, campaign_id)


@router.get("/campaigns/<campaign_id>/items/activation", tags=["Kits"], operation_id="getCampaignActivation")
def get_activation(campaign_id: UUID) -> models.Activation:
    """Say how many participants were offered each item, accepted or declined it, and sent it.

    Only for the campaign's creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Activation.model_validate({"items": items.activation(cursor, campaign_id)})


@router.get("/campaigns/<campaign_id>/items/<item_id>", tags=["Kits"], operation_id="getCampaignItem")
def get_item(campaign_id: UUID, item_id: UUID) -> models.KitItemDetail:
    """Get an item with its post."""
    with edge.as_caller(router) as cursor:
        return models.KitItemDetail(**items.get(cursor, campaign_id, item_id))


@router.patch("/campaigns/<campaign_id>/items/<item_id>", tags=["Kits"], operation_id="updateCampaignItem")
def update_item(campaign_id: UUID, item_id: UUID, body: models.KitItemChange) -> models.KitItemDetail:
    """Change the title and times of an item.

    Drafts that it became stay as they are. Only for the campaign's creator and admins.
    """
    changes = body.model_dump(mode="json", include=body.model_fields_set)
    with edge.as_caller(router) as cursor:
        return models.KitItemDetail(**items.change(cursor, campaign_id, item_id, changes))


@router.delete("/campaigns/<campaign_id>/items/<item_id>", tags=["Kits"], operation_id="removeCampaignItem")
def remove_item(campaign_id: UUID, item_id: UUID) -> models.KitItemRemoved:
    """Remove an item from a kit.

    Drafts that it became stay; what participants answered is forgotten. Only for the campaign's creator and admins.
    """
    with edge.as_caller(router) as cursor:
        items.remove(cursor, campaign_id, item_id)
    return models.KitItemRemoved(item_id=item_id)


@router.get(
    "/campaigns/<campaign_id>/items/<item_id>/responses", tags=["Kits"], operation_id="listItemResponses"
)
def list_responses(
    campaign_id: UUID, item_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.ItemResponses:
    """List what each participant did with an item, without the recipients.

    A participant sees only itself.
    """
    after = cursors.decode_id(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = items.responses(transaction, campaign_id, item_id, after=after, limit=limit)
    return models.ItemResponses.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post(
    "/campaigns/<campaign_id>/items/<item_id>/accept", tags=["Kits"], operation_id="acceptCampaignItem"
)
def accept(campaign_id: UUID, item_id: UUID, body: models.Acceptance) -> models.KitResponse:
    """Accept the draft that an item became for the calling participant.

    A post is scheduled at the item's time. One whose text is composed from its template stays a draft: fill in its
    slots and schedule it. An e-mail or SMS is then sent like any other draft, to recipients that its sender chooses.
    Harmless when repeated.
    """
    with edge.as_caller(router) as cursor:
        return models.KitResponse(**items.accept(cursor, campaign_id, item_id, body.account_id))


@router.post(
    "/campaigns/<campaign_id>/items/<item_id>/decline", tags=["Kits"], operation_id="declineCampaignItem"
)
def decline(campaign_id: UUID, item_id: UUID) -> models.KitResponse:
    """Decline the draft that an item became for the calling participant.

    The draft stays, and may be accepted later. Harmless when repeated.
    """
    with edge.as_caller(router) as cursor:
        return models.KitResponse(**items.decline(cursor, campaign_id, item_id))


def _kit(cursor: Cursor[DictRow], campaign_id: UUID) -> models.KitItems:
    campaigns.get(cursor, campaign_id)
    return models.KitItems.model_validate({"items": items.of_campaign(cursor, campaign_id)})
