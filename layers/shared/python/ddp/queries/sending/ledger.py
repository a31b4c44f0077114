"""The ledger as its sender reads it: each recipient of a campaign and the result."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors
from ddp.channels import Channel
from ddp.queries import load_by_channel, value

SQL = load_by_channel(__file__)


def page(
    cursor: Cursor[DictRow],
    channel: Channel,
    channel_campaign_id: UUID,
    *,
    status: str | None,
    address: str | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[DictRow], str | None]:
    """A page of a campaign's recipients, by address (by id if masked), and the cursor of the next page.

    `status` and the normalised `address` filter; `after` is the last send of the previous page. Raises NotFound,
    and Forbidden unless the caller is the sender or an administrator.
    """
    values = {
        "channel_campaign_id": channel_campaign_id,
        "status": status,
        "address": address,
        "after": after,
        "limit": limit + 1,
    }
    rows = cursor.execute(SQL[channel.name].list_sends, values).fetchall()
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], cursors.encode_id(rows[limit - 1][f"{channel.name}_send_id"])


def history(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID, send_id: UUID) -> DictRow:
    """One recipient as in `page`, with requested_at, scheduled_at, planned_at, plan_status, call, events, suppressions.

    Raises NotFound, and Forbidden unless the caller is the sender or an administrator.
    """
    values = {"channel_campaign_id": channel_campaign_id, "send_id": send_id}
    told: DictRow = value(cursor.execute(SQL[channel.name].send_history, values))
    return {**cursor.execute(SQL[channel.name].find_send, values).fetchall()[0], **told}
