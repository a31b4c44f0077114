"""Routes for administrators: accounts and their access, invitations to the platform."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.people import users
from functions.people import models

router = edge.router()


@router.get("/users", tags=["Users"], operation_id="listUsers")
def list_users(
    q: Annotated[
        str | None,
        Query(
            description="The beginning of any word of the name, or a whole e-mail address.", max_length=255
        ),
    ] = None,
    type: Annotated[  # noqa: A002 - the name of the parameter in the URL
        models.AccountType | None, Query(description="Only accounts of this type.")
    ] = None,
    is_active: Annotated[
        bool | None, Query(description="true: only active accounts; false: only others.")
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Users:
    """List all accounts, newest first.

    Only for admins.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = users.find(
            transaction, query=q, user_type=type, is_active=is_active, after=after, limit=limit
        )
    return models.Users.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post("/users/<user_id>/access", tags=["Users"], operation_id="setUserAccess")
def set_access(user_id: UUID, body: models.AccessRequest) -> models.User:
    """Change the type or activity of an account.

    A deactivated account no longer sends. Only for admins, about others.
    """
    with edge.as_caller(router) as cursor:
        row = users.set_access(cursor, user_id, **body.model_dump(exclude_unset=True))
    return models.User(**row)


@router.post("/user-invitations", tags=["Users"], operation_id="inviteUser", status_code=201)
def invite(
    body: models.UserInvitationRequest, idempotency_key: idempotency.Key = None
) -> Response[models.UserInvitation]:
    """Decide what an account becomes at its first sign-in, or renew the invitation for 14 days.

    Holds for whoever signs in with the address as a verified one. The identity provider sends the mail. Only for
    admins.
    """
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.UserInvitation(
            **users.invite(cursor, body.email, user_type=body.user_type, is_active=body.is_active)
        ),
    )


@router.get("/user-invitations", tags=["Users"], operation_id="listUserInvitations")
def list_invitations(
    is_open: Annotated[
        bool | None, Query(description="true: only open invitations; false: only others.")
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.UserInvitations:
    """List invitations to the platform, the latest first.

    Only for admins; empty for others.
    """
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = users.invitations(transaction, is_open=is_open, after=after, limit=limit)
    return models.UserInvitations.model_validate({"items": rows, "next_cursor": next_cursor})


@router.delete(
    "/user-invitations/<user_invitation_id>", tags=["Users"], operation_id="withdrawUserInvitation"
)
def withdraw(user_invitation_id: UUID) -> models.UserInvitation:
    """Withdraw an open invitation.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return models.UserInvitation(**users.withdraw_invitation(cursor, user_invitation_id))
