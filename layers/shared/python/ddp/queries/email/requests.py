"""Requesting that an e-mail campaign is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.queries import load, value

SQL = load(__file__)


def send(
    cursor: Cursor[DictRow],
    email_campaign_id: UUID,
    *,
    audience: Mapping[str, Any],
    scheduled_at: datetime | None,
    options: Mapping[str, Any],
) -> DictRow:
    """Freeze the e-mail and request that it is sent.

    Returns send_plan_id, created_by_user_id, scheduled_at, source (of the audience) and is_due. Raises NotFound,
    Forbidden, Conflict, Invalid, TooMany.
    """
    values = {
        "email_campaign_id": email_campaign_id,
        "audience": Jsonb(dict(audience)),
        "scheduled_at": scheduled_at,
        "options": Jsonb(dict(options)),
    }
    send_plan_id = value(cursor.execute(SQL.send, values))
    plan = cursor.execute(SQL.get_plan, {"send_plan_id": send_plan_id}).fetchone()
    assert plan is not None  # noqa: S101 - the transaction has just inserted it
    return plan
