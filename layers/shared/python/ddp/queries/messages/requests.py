"""Requesting that an e-mail or SMS campaign is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.channels import Channel
from ddp.queries import load_by_channel, value

SQL = load_by_channel(__file__)


def send(
    cursor: Cursor[DictRow],
    channel: Channel,
    channel_campaign_id: UUID,
    *,
    audience: Mapping[str, Any],
    scheduled_at: datetime | None,
    options: Mapping[str, Any],
) -> DictRow:
    """Freeze the message and request that it is sent.

    Returns send_plan_id, created_by_user_id, scheduled_at, source (of the audience) and is_due. Raises NotFound,
    Forbidden, Conflict, Invalid, TooMany.
    """
    sql = SQL[channel.name]
    values = {
        "channel_campaign_id": channel_campaign_id,
        "audience": Jsonb(dict(audience)),
        "scheduled_at": scheduled_at,
        "options": Jsonb(dict(options)),
    }
    send_plan_id = value(cursor.execute(sql.send, values))
    plan = cursor.execute(sql.get_plan, {"send_plan_id": send_plan_id}).fetchone()
    assert plan is not None  # noqa: S101 - the transaction has just inserted it
    return plan
