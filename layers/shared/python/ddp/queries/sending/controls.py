"""How the sender of a campaign controls a requested send, and its progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import Channel
from ddp.queries import load_by_channel, value

SQL = load_by_channel(__file__)

# Keys of what the functions below return: `send_plan_id`; `state` of the send; `in_flight`, the recipients that a
# worker has claimed; `is_finished`, false if the same call has more to do; `chunks`, the numbers of due chunks.
Outcome = dict[str, Any]


def pause(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID) -> Outcome:
    """Pause a send. Returns send_plan_id, state, in_flight. Raises NotFound, Conflict."""
    return _call(cursor, SQL[channel.name].pause, channel_campaign_id)


def resume(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID) -> Outcome:
    """Resume a paused send. Returns what `pause` does, and chunks. Raises NotFound, Conflict."""
    return _call(cursor, SQL[channel.name].resume, channel_campaign_id)


def cancel(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID) -> Outcome:
    """Cancel a send. Returns what `pause` does, and is_finished. Raises NotFound, Conflict."""
    return _call(cursor, SQL[channel.name].cancel, channel_campaign_id)


def retry(
    cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID, failure_codes: Sequence[str] | None
) -> Outcome:
    """Give failed recipients another attempt: those with one of `failure_codes`, or all (None).

    Returns send_plan_id, retried, is_finished, chunks. Raises NotFound, Conflict.
    """
    codes = None if failure_codes is None else list(failure_codes)
    return _call(cursor, SQL[channel.name].retry, channel_campaign_id, failure_codes=codes)


def settle(
    cursor: Cursor[DictRow],
    channel: Channel,
    channel_campaign_id: UUID,
    action: str,
    send_ids: Sequence[UUID] | None,
) -> Outcome:
    """Settle unknown results by hand (`mark_sent` or `retry`): those of `send_ids`, or all (None).

    Returns send_plan_id, settled, is_finished, chunks. Raises NotFound, Conflict.
    """
    ids = None if send_ids is None else list(send_ids)
    return _call(cursor, SQL[channel.name].settle, channel_campaign_id, action=action, send_ids=ids)


def progress(cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID) -> Outcome:
    """The progress of a send, as the API shows it except for `summary`. Raises NotFound."""
    return _call(cursor, SQL[channel.name].progress, channel_campaign_id)


def _call(cursor: Cursor[DictRow], statement: bytes, channel_campaign_id: UUID, **values: Any) -> Outcome:
    outcome: Outcome = value(cursor.execute(statement, {"channel_campaign_id": channel_campaign_id} | values))
    return outcome
