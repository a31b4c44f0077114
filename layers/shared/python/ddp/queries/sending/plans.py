"""Plans: what a requested send needs before its recipients stand in the ledger, and how far planning got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the planner reads of `send_plans`. `file_sha256`: of the sender's own file that the audience names."""

    send_plan_id: UUID
    email_campaign_id: UUID
    created_by_user_id: UUID
    campaign_id: UUID
    audience: dict[str, Any]
    content: str
    text_content: str | None
    has_attachments: bool
    is_prepared: bool
    by_admin: bool
    is_over: bool
    seconds_until_audience: float
    file_sha256: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far planning got: the last committed batch. All zero before the first one."""

    is_cancelled: bool
    is_over: bool
    batch_no: int
    records_read: int
    after_user_id: UUID | None
    last_chunk_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What all batches of a plan came to."""

    recipients: int
    rejected: int


def get(cursor: Cursor[DictRow], send_plan_id: UUID) -> Plan | None:
    """The plan of an e-mail campaign; None where there is none."""
    row = cursor.execute(SQL.get, {"send_plan_id": send_plan_id}).fetchone()
    return Plan(**row) if row else None


def store_prepared(
    cursor: Cursor[DictRow], send_plan_id: UUID, *, html: str, text: str, call_size: int
) -> None:
    """Keep the content as it will be rendered; the first one to store it counts."""
    values = {"send_plan_id": send_plan_id, "html": html, "text": text, "call_size": call_size}
    cursor.execute(SQL.store_prepared, values)


def take_turn(cursor: Cursor[DictRow], send_plan_id: UUID, *, serving: bool = True) -> Progress:
    """Keep other planners of this plan out until the transaction ends, and who pauses or cancels it; how far it got.

    `serving`: planning goes on now, and if that is after an interruption, the plan says so (`resumed_at`).
    """
    plan = {"send_plan_id": send_plan_id}
    cursor.execute(SQL.take_turn, plan)
    if serving:
        cursor.execute(SQL.note_service, plan)
    row = cursor.execute(SQL.progress, plan).fetchone()
    if row is None:
        raise RuntimeError(f"plan {send_plan_id} is gone")
    return Progress(**row)


def finish(cursor: Cursor[DictRow], send_plan_id: UUID) -> Total:
    """All recipients are in the ledger, unless there is none: then the plan stays as it is."""
    row = cursor.execute(SQL.finish, {"send_plan_id": send_plan_id}).fetchone()
    if row is None:
        raise RuntimeError(f"plan {send_plan_id} is gone")
    return Total(recipients=int(row["recipients"]), rejected=int(row["rejected"]))


def fail(cursor: Cursor[DictRow], send_plan_id: UUID, *, code: str, reason: str) -> None:
    """The plan cannot be made; what was planned already and not yet sent is cancelled."""
    cursor.execute(SQL.fail, {"send_plan_id": send_plan_id, "code": code, "reason": reason})
    clear_pending(cursor, send_plan_id)


def clear_pending(cursor: Cursor[DictRow], send_plan_id: UUID) -> None:
    """Cancel what is pending of a plan that was cancelled or has failed."""
    cursor.execute(SQL.clear_pending, {"send_plan_id": send_plan_id})
