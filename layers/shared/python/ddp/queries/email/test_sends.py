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
from ddp.queries import load, value
from ddp.queries.leases import LEASE

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSend:
    """One test send, and the draft as it is now."""

    __test__ = False  # pytest collects classes whose names begin with Test

    email_test_send_id: UUID
    created_by_user_id: UUID
    recipient_email: str
    template_data: dict[str, Any]
    subject: str
    html: str
    text: str | None
    sender: str
    sender_name: str | None
    may_send: bool


def request(
    cursor: Cursor[DictRow], email_campaign_id: UUID, recipients: Sequence[str], data: Mapping[str, Any]
) -> list[DictRow]:
    """Request test sends to these addresses. Raises NotFound, Forbidden, Conflict, Invalid, TooMany."""
    values = {
        "email_campaign_id": email_campaign_id,
        "recipients": list(recipients),
        "template_data": Jsonb(dict(data)),
    }
    return cursor.execute(SQL.request, values).fetchall()


def page(
    cursor: Cursor[DictRow], email_campaign_id: UUID, *, after: cursors.Cursor | None, limit: int
) -> tuple[list[DictRow], str | None]:
    """The test sends of an e-mail, newest first, and the cursor of the next page (None on the last)."""
    values = {"email_campaign_id": email_campaign_id} | cursors.parameters(after, limit)
    rows = cursor.execute(SQL.page, values).fetchall()
    return cursors.split(rows, limit, at="created_at", key="email_test_send_id")


def begin(cursor: Cursor[DictRow], email_test_send_id: UUID) -> TestSend | None:
    """Mark a test send as begun, under a lease, and return it. None if it was begun before or does not exist."""
    values = {"email_test_send_id": email_test_send_id, "lease": LEASE}
    row = cursor.execute(SQL.begin, values).fetchone()
    return None if row is None else TestSend(**row)


def renew(cursor: Cursor[DictRow], email_test_send_id: UUID) -> None:
    """Renew the lease."""
    cursor.execute(SQL.renew, {"email_test_send_id": email_test_send_id, "lease": LEASE})


def is_suppressed(cursor: Cursor[DictRow], *, owner: UUID, address_hash: bytes) -> bool:
    """Whether the address is suppressed, for this sender or for everyone."""
    return bool(value(cursor.execute(SQL.is_suppressed, {"owner": owner, "address_hash": address_hash})))


def finish(
    cursor: Cursor[DictRow],
    email_test_send_id: UUID,
    *,
    status: str,
    message_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Store the result: `status` is sent, failed, suppressed or unknown."""
    cursor.execute(
        SQL.finish,
        {
            "email_test_send_id": email_test_send_id,
            "status": status,
            "message_id": message_id,
            "reason": reason,
        },
    )


def waiting(cursor: Cursor[DictRow]) -> list[UUID]:
    """Test sends that no queue has a hint about."""
    return [row["email_test_send_id"] for row in cursor.execute(SQL.waiting)]


def mark_queued(cursor: Cursor[DictRow], tests: Sequence[UUID]) -> None:
    """Record that the queue has hints about these test sends."""
    cursor.execute(SQL.mark_queued, {"tests": list(tests)})


def end_lost(cursor: Cursor[DictRow]) -> int:
    """Mark test sends as unknown that a worker did not finish. Returns how many."""
    ended: int = value(cursor.execute(SQL.end_lost))
    return ended
