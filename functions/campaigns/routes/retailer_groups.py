"""Routes for a brand's groups of retailers: the groups, their members, and periods without sending."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.campaigns import retailer_groups
from functions.campaigns import retailer_group_models as models

router = edge.router()

TAGS = ["Groups of retailers"]


@router.post("/retailer-groups", tags=TAGS, operation_id="createRetailerGroup", status_code=201)
def create_group(
    body: models.RetailerGroupRequest, idempotency_key: idempotency.Key = None
) -> Response[models.RetailerGroup]:
    """Create a group of retailers.

    Only for brands. Brand assets and campaigns can be for its members alone.
    """
    values = body.given()
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.RetailerGroup(**retailer_groups.create(cursor, values)),
    )


@router.get("/retailer-groups", tags=TAGS, operation_id="listRetailerGroups")
def list_groups(
    scope: Annotated[
        Literal["own", "joined"],
        Query(description="The caller's groups; `joined`: those that the calling retailer is in."),
    ] = "own",
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.RetailerGroups | models.JoinedGroups:
    """List groups of retailers: own ones newest first.

    A retailer learns the names of the groups that it is in, and not who else is in them.
    """
    with edge.as_caller(router) as transaction:
        if scope == "joined":
            last = cursors.decode_id(cursor) if cursor else None
            rows, next_cursor = retailer_groups.joined(transaction, after=last, limit=limit)
            return models.JoinedGroups.model_validate({"items": rows, "next_cursor": next_cursor})
        after = cursors.decode(cursor) if cursor else None
        rows, next_cursor = retailer_groups.page(transaction, after=after, limit=limit)
    return models.RetailerGroups.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/retailer-groups/<group_id>", tags=TAGS, operation_id="getRetailerGroup")
def get_group(group_id: UUID) -> models.RetailerGroup:
    """Get a group of the caller's."""
    with edge.as_caller(router) as cursor:
        return models.RetailerGroup(**retailer_groups.get(cursor, group_id))


@router.patch("/retailer-groups/<group_id>", tags=TAGS, operation_id="changeRetailerGroup")
def change_group(group_id: UUID, body: models.RetailerGroupChange) -> models.RetailerGroup:
    """Change the given fields of a group.

    Another rule finds its members at once. Only for its brand and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.RetailerGroup(**retailer_groups.change(cursor, group_id, body.given()))


@router.delete("/retailer-groups/<group_id>", tags=TAGS, operation_id="deleteRetailerGroup")
def delete_group(group_id: UUID) -> models.Removed:
    """Delete a group with its memberships and blackouts.

    Refused (409, `group-in-use`) while a brand asset or an open campaign is for it, or the target audience of an open
    campaign names it. Only for its brand and admins.
    """
    with edge.as_caller(router) as cursor:
        retailer_groups.delete(cursor, group_id)
    return models.Removed(group_id=group_id)


@router.get("/retailer-groups/<group_id>/members", tags=TAGS, operation_id="listGroupMembers")
def list_members(
    group_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.GroupMembers:
    """List members of a group: those added by hand, and those by rule who take part in a campaign of the brand.

    Others are members too, but who they are is not shown.
    """
    after = cursors.decode_id(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        retailer_groups.get(transaction, group_id)
        rows, next_cursor = retailer_groups.members(transaction, group_id, after=after, limit=limit)
    return models.GroupMembers.model_validate({"items": rows, "next_cursor": next_cursor})


@router.put("/retailer-groups/<group_id>/members/<retailer_id>", tags=TAGS, operation_id="addGroupMember")
def add_member(group_id: UUID, retailer_id: UUID) -> models.GroupMember:
    """Add a retailer to a group by hand.

    Harmless when repeated. Only for its brand and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.GroupMember(**retailer_groups.add_member(cursor, group_id, retailer_id))


@router.delete(
    "/retailer-groups/<group_id>/members/<retailer_id>", tags=TAGS, operation_id="removeGroupMember"
)
def remove_member(group_id: UUID, retailer_id: UUID) -> models.Removed:
    """Take back that a retailer was added by hand.

    Whom the group's rule matches stays a member. Only for its brand and admins.
    """
    with edge.as_caller(router) as cursor:
        retailer_groups.remove_member(cursor, group_id, retailer_id)
    return models.Removed(group_id=group_id, retailer_id=retailer_id)


@router.post(
    "/retailer-groups/<group_id>/blackouts", tags=TAGS, operation_id="addGroupBlackout", status_code=201
)
def add_blackout(
    group_id: UUID, body: models.BlackoutRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Blackout]:
    """Let members of a group send and post nothing through the brand's campaigns for a period.

    Requests of sends are refused with the reason, messages of planned sends wait for the end, and posts are not
    published. Only for its brand and admins.
    """
    values = dict(body)
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Blackout(**retailer_groups.add_blackout(cursor, group_id, **values)),
    )


@router.get("/retailer-groups/<group_id>/blackouts", tags=TAGS, operation_id="listGroupBlackouts")
def list_blackouts(
    group_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Blackouts:
    """List blackouts of a group, the latest to start first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        retailer_groups.get(transaction, group_id)
        rows, next_cursor = retailer_groups.blackouts(transaction, group_id, after=after, limit=limit)
    return models.Blackouts.model_validate({"items": rows, "next_cursor": next_cursor})


@router.delete(
    "/retailer-groups/<group_id>/blackouts/<blackout_id>", tags=TAGS, operation_id="removeGroupBlackout"
)
def remove_blackout(group_id: UUID, blackout_id: UUID) -> models.Removed:
    """Remove a blackout.

    Messages that already wait do so until its end. Only for its brand and admins.
    """
    with edge.as_caller(router) as cursor:
        retailer_groups.remove_blackout(cursor, group_id, blackout_id)
    return models.Removed(group_id=group_id, blackout_id=blackout_id)
