"""Test sends: messages of a draft to addresses that the sender names, each sent at most once, outside the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp import cursors
from ddp.channels import EMAIL, SMS, Channel
from ddp.queries import load_by_channel, value
from ddp.queries.leases import LEASE

SQL = load_by_channel(__file__)

_REQUEST = {EMAIL.name: SQL[EMAIL.name].request_email, SMS.name: SQL[SMS.name].request_sms}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSend:
    """One test send. `draft`: the row of the e-mail or SMS as it is now; `may_send`: whether its sender may send it.

    `sender_profile` and `slots`: `sender` and `slot` in templates.
    """

    __test__ = False  # pytest collects classes whose names begin with Test

    test_send_id: UUID
    created_by_user_id: UUID
    recipient: str
    template_data: dict[str, Any]
    draft: dict[str, Any]
    sender_profile: dict[str, Any]
    slots: dict[str, Any] | None
    may_send: bool


def request(
    cursor: Cursor[DictRow],
    channel: Channel,
    channel_campaign_id: UUID,
    recipients: Sequence[str],
    data: Mapping[str, Any],
) -> list[DictRow]:
    """Request test sends to these addresses. Raises NotFound, Forbidden, Conflict, Invalid, TooMany."""
    values = {
        "channel_campaign_id": channel_campaign_id,
        "recipients": list(recipients),
        "template_data": Jsonb(dict(data)),
    }
    return cursor.execute(_REQUEST[channel.name], values).fetchall()


def page(
    cursor: Cursor[DictRow],
    channel: Channel,
    channel_campaign_id: UUID,
    *,
    after: cursors.Cursor | None,
    limit: int,
) -> tuple[list[DictRow], str | None]:
    """The test sends of a draft, newest first, and the cursor of the next page (None on the last)."""
    values = {"channel_campaign_id": channel_campaign_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL[channel.name].page, values).fetchall()
    return cursors.split(rows, limit, at="created_at", key=f"{channel.name}_test_send_id")


def begin(cursor: Cursor[DictRow], channel: Channel, test_send_id: UUID) -> TestSend | None:
    """Mark a test send as begun, under a lease, and return it. None if it was begun before or does not exist."""
    values = {"test_send_id": test_send_id, "lease": LEASE}
    row = cursor.execute(SQL[channel.name].begin, values).fetchone()
    return None if row is None else TestSend(**row)


def renew(cursor: Cursor[DictRow], channel: Channel, test_send_id: UUID) -> None:
    """Renew the lease."""
    cursor.execute(SQL[channel.name].renew, {"test_send_id": test_send_id, "lease": LEASE})


def is_suppressed(cursor: Cursor[DictRow], channel: Channel, *, owner: UUID, address_hash: bytes) -> bool:
    """Whether the address is suppressed, for this sender or for everyone."""
    values = {"owner": owner, "address_hash": address_hash}
    return bool(value(cursor.execute(SQL[channel.name].is_suppressed, values)))


def finish(
    cursor: Cursor[DictRow],
    channel: Channel,
    test_send_id: UUID,
    *,
    status: str,
    message_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Store the result: `status` is sent, failed, suppressed or unknown."""
    values = {"test_send_id": test_send_id, "status": status, "message_id": message_id, "reason": reason}
    cursor.execute(SQL[channel.name].finish, values)


def waiting(cursor: Cursor[DictRow], channel: Channel) -> list[UUID]:
    """Test sends that no queue has a hint about."""
    return [row["test_send_id"] for row in cursor.execute(SQL[channel.name].waiting)]


def mark_queued(cursor: Cursor[DictRow], channel: Channel, tests: Sequence[UUID]) -> None:
    """Record that the queue has hints about these test sends."""
    cursor.execute(SQL[channel.name].mark_queued, {"tests": list(tests)})


def end_lost(cursor: Cursor[DictRow], channel: Channel) -> int:
    """Mark test sends as unknown that a worker did not finish. Returns how many."""
    ended: int = value(cursor.execute(SQL[channel.name].end_lost))
    return ended
