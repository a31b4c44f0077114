"""Test sends: samples to the sender's own people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSend:
    """One sample and what it is a sample of, as it is now."""

    __test__ = False  # for pytest: this is no test

    email_test_send_id: UUID
    created_by_user_id: UUID
    recipient_email: str
    template_data: dict[str, Any]
    subject: str
    html: str
    text: str | None
    sender: str
    sender_name: str | None
    tenant: str | None
    may_send: bool


def begin(cursor: Cursor[DictRow], email_test_send_id: UUID) -> TestSend | None:
    """The sample, for the one caller that is to send it; None: it was begun before, or there is none."""
    row = cursor.execute(SQL.begin, {"email_test_send_id": email_test_send_id}).fetchone()
    return None if row is None else TestSend(**row)


def is_suppressed(cursor: Cursor[DictRow], *, owner: UUID, address_hash: bytes) -> bool:
    """Whether that address is not to be written to, by this sender or by anybody."""
    row = cursor.execute(SQL.is_suppressed, {"owner": owner, "address_hash": address_hash}).fetchone()
    return bool(row and row["is_suppressed"])


def finish(
    cursor: Cursor[DictRow],
    email_test_send_id: UUID,
    *,
    status: str,
    message_id: str | None = None,
    reason: str | None = None,
) -> None:
    """What became of it: sent, failed, suppressed or unknown."""
    cursor.execute(
        SQL.finish,
        {
            "email_test_send_id": email_test_send_id,
            "status": status,
            "message_id": message_id,
            "reason": reason,
        },
    )
