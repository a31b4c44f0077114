"""Routes for invitations to the person who calls: list, accept."""

from __future__ import annotations

from uuid import UUID

from psycopg.rows import DictRow

from ddp import cursors, edge, pagination
from ddp.fields import Account
from ddp.queries.people import me
from functions.people import models

router = edge.router()


@router.get("/invitations", tags=["Members"], operation_id="listInvitations")
def list_invitations(
    limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.Invitations:
    """List open invitations to the caller's verified e-mail address, newest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_person(router) as transaction:
        rows, next_cursor = me.invitations(transaction, after=after, limit=limit)
    return models.Invitations(items=[_shown(row) for row in rows], next_cursor=next_cursor)


@router.post("/invitations/<account_member_id>/accept", tags=["Members"], operation_id="acceptInvitation")
def accept(account_member_id: UUID) -> models.AcceptedInvitation:
    """Accept an invitation: from then on the caller may act for that account.

    Harmless when repeated.
    """
    with edge.as_person(router) as cursor:
        return models.AcceptedInvitation(**me.accept_invitation(cursor, account_member_id))


def _shown(row: DictRow) -> models.Invitation:
    account = Account(id=row["account_id"], name=row["account_name"])
    return models.Invitation(**row, account=account)
