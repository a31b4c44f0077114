"""Routes for the person who calls: sign in, read, change."""

from __future__ import annotations

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge
from ddp.fields import Account
from ddp.queries.people import me
from functions.people import models

router = edge.router()


@router.post("/me", tags=["Me"], operation_id="signIn")
def sign_in(body: models.SignInRequest) -> models.Me:
    """Record that the caller signed in, and make the caller's account if there is none.

    The account is an inactive retailer, unless the token's app_metadata or an invitation says otherwise. An invitation
    also activates an inactive account. Harmless when repeated.
    """
    with edge.as_person(router) as cursor:
        me.sign_in(cursor, body.user_name, body.profile_data)
        return _me(cursor)


@router.get("/me", tags=["Me"], operation_id="getMe")
def get_me() -> models.Me:
    """Get the caller, the account that this request acts for, and all accounts that the caller may act for.

    Works for an inactive account too.
    """
    with edge.as_person(router) as cursor:
        return _me(cursor)


@router.patch("/me", tags=["Me"], operation_id="updateMe")
def update_me(body: models.PersonChange) -> models.Me:
    """Change the caller's own name or profile, and what its store says of itself in messages (`sender`).

    This is the caller's own account, whatever account the request acts for.
    """
    given = body.model_fields_set
    with edge.as_person(router) as cursor:
        me.change(
            cursor,
            user_name=body.user_name if "user_name" in given else None,
            profile_data=body.profile_data if "profile_data" in given else None,
            sender=body.sender.model_dump(mode="json", exclude_unset=True) if body.sender else None,
        )
        return _me(cursor)


def _me(cursor: Cursor[DictRow]) -> models.Me:
    memberships = [_membership(row) for row in me.accounts(cursor)]
    return models.Me(
        person=models.Person(**me.person(cursor)),
        acting=next((membership for membership in memberships if membership.is_acting), None),
        memberships=memberships,
        open_invitations=me.invitation_count(cursor),
    )


def _membership(row: DictRow) -> models.Membership:
    return models.Membership(
        account=Account(id=row["account_id"], name=row["account_name"]),
        account_type=row["user_type"],
        member_role=row["member_role"],
        is_acting=row["is_acting"],
    )
