"""Routes for the times of the week at which an account likes to post."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge
from ddp.queries.social import accounts
from functions.social.models import accounts as models

router = edge.router()


@router.get("/social-accounts/<account_id>/slots", tags=["Social accounts"], operation_id="getSocialSlots")
def get_slots(account_id: UUID) -> models.SocialSlots:
    """Get the slots of an account: the times of the week at which it likes to post."""
    with edge.as_caller(router) as cursor:
        return _slots(cursor, account_id)


@router.put("/social-accounts/<account_id>/slots", tags=["Social accounts"], operation_id="setSocialSlots")
def set_slots(account_id: UUID, body: models.SocialSlotsRequest) -> models.SocialSlots:
    """Replace the slots of an account. Posts that are scheduled stay where they are."""
    values = [slot.model_dump() for slot in body.slots]
    with edge.as_caller(router) as cursor:
        accounts.set_slots(cursor, account_id, values, time_zone=body.time_zone)
        return _slots(cursor, account_id)


def _slots(cursor: Cursor[DictRow], account_id: UUID) -> models.SocialSlots:
    time_zone, rows = accounts.slots(cursor, account_id)
    return models.SocialSlots.model_validate(
        {"account_id": account_id, "time_zone": time_zone, "slots": rows}
    )
