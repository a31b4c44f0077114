"""What content costs: senders that a worker holds because of it, and plans that are set aside."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import Channel
from ddp.queries import load_by_channel, value

SQL = load_by_channel(__file__)

# Maximum recipients that one statement cancels.
CANCELLED = 20_000


def hold(
    cursor: Cursor[DictRow], channel: Channel, *, bucket: str, sender: UUID, worker: UUID, is_slow: bool
) -> bool:
    """Hold a sender for ten seconds more, so that no other worker claims. False: another worker holds it.

    `is_slow`: its content is slow, so one worker at a time serves it for the next hour.
    """
    values = {"bucket": bucket, "sender": sender, "worker": worker, "is_slow": is_slow}
    return bool(value(cursor.execute(SQL[channel.name].hold, values)))


def free(cursor: Cursor[DictRow], channel: Channel, *, bucket: str, sender: UUID, worker: UUID) -> None:
    """Let others claim again."""
    cursor.execute(SQL[channel.name].free, {"bucket": bucket, "sender": sender, "worker": worker})


def note_slow(
    cursor: Cursor[DictRow], channel: Channel, send_plan_id: UUID, *, messages: int, reason: str
) -> bool:
    """Count messages that took too long. Returns whether the plan failed with them."""
    values = {"send_plan_id": send_plan_id, "messages": messages, "reason": reason}
    return bool(value(cursor.execute(SQL[channel.name].note_slow, values)))


def set_aside(cursor: Cursor[DictRow], channel: Channel, send_plan_id: UUID, *, reason: str) -> None:
    """Fail a plan of which no message can be made, unless it is over."""
    cursor.execute(SQL[channel.name].set_aside, {"send_plan_id": send_plan_id, "reason": reason})


def cancel_pending(cursor: Cursor[DictRow], channel: Channel, send_plan_id: UUID) -> None:
    """Cancel the pending recipients of a plan that has failed, as many as one statement may."""
    cursor.execute(SQL[channel.name].cancel_pending, {"send_plan_id": send_plan_id, "limit": CANCELLED})
