"""Routes for the members of the acting account: list, invite, change the role, end."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.people import members
from functions.people import models

router = edge.router()


@router.get("/members", tags=["Members"], operation_id="listMembers")
def list_members(limit: pagination.Limit = 50, cursor: pagination.PageCursor = None) -> models.Members:
    """List the members of the acting account and the open invitations to it, the latest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = members.page(transaction, after=after, limit=limit)
    return models.Members.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post("/members", tags=["Members"], operation_id="inviteMember", status_code=201)
def invite(body: models.MemberRequest, idempotency_key: idempotency.Key = None) -> Response[models.Member]:
    """Invite a person to act for the acting account, or renew the invitation for 14 days.

    Only who signs in with this address as a verified one can accept. Only for owners.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Member(**members.invite(cursor, body.email, body.member_role)),
    )


@router.patch("/members/<account_member_id>", tags=["Members"], operation_id="updateMember")
def update(account_member_id: UUID, body: models.MemberChange) -> models.Member:
    """Change the role of a member or of an invitation.

    The last owner stays one (409). Only for owners.
    """
    with edge.as_caller(router) as cursor:
        return models.Member(**members.change(cursor, account_member_id, body.member_role))


@router.delete("/members/<account_member_id>", tags=["Members"], operation_id="endMember")
def end(account_member_id: UUID) -> models.Member:
    """End a membership at once, or withdraw an invitation.

    The last owner stays (409). Only for owners, and for members about themselves.
    """
    with edge.as_caller(router) as cursor:
        return models.Member(**members.end(cursor, account_member_id))
