"""Plans: what the planner reads of a requested send, and the progress of planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import Channel
from ddp.queries import load
from ddp.queries.leases import LEASE, Leased

SQL = load(__file__)

# Sources of recipients that are read when the plan's time has come, as ddp.plannable_from() says: users of the
# platform, and some recipients of an earlier send.
READ_WHEN_DUE = frozenset({"target_audience", "send"})


class Variant(NamedTuple):
    """A variant, from 2 (B) on, and its own content; None: that of variant A, which is the plan's."""

    variant: int
    content: str | None
    text_content: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the planner reads of `send_plans`.

    `channel_campaign_id` is the e-mail or SMS campaign whose ledger is planned, and `campaign_id` the brand's campaign.
    `seconds_until_audience`: until a source in READ_WHEN_DUE may be read; at most 0 if it may be read now.
    `spread_over`: the time over which the messages are spread; None if all are due at once.
    `file_sha256` is the present hash of the sender's file that the audience names; None without one.
    `test_share` is the percentage of recipients who get one of several variants, `variants` those beside A; None and
    empty: all get the same. `request_id` is that of the HTTP request; None: a browser asked the database.
    """

    channel: Channel
    send_plan_id: UUID
    channel_campaign_id: UUID
    created_by_user_id: UUID
    campaign_id: UUID
    audience: dict[str, Any]
    content: str
    text_content: str | None
    has_attachments: bool
    is_prepared: bool
    by_admin: bool
    test_share: int | None
    variants: Sequence[Variant]
    is_over: bool
    seconds_until_audience: float
    spread_over: timedelta | None
    file_sha256: bytes | None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of planning: the last committed batch; zeros before the first.

    `rest_waits`: recipients outside of the A/B test are not due until its winner is chosen.
    """

    is_cancelled: bool
    is_over: bool
    batch_no: int
    records_read: int
    after_user_id: UUID | None
    last_chunk_no: int
    rest_waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sums of all batches of a plan."""

    recipients: int
    rejected: int


def get(cursor: Cursor[DictRow], channel: Channel, send_plan_id: UUID) -> Plan | None:
    """The plan; None if there is no such plan of this channel."""
    row = cursor.execute(SQL.get, {"send_plan_id": send_plan_id, "channel": channel.name}).fetchone()
    if row is None:
        return None
    variants = [Variant._make(variant) for variant in row.pop("variants")]
    return Plan(channel=channel, variants=variants, **row)


def request_id(cursor: Cursor[DictRow], send_plan_id: UUID) -> str | None:
    """The id of the HTTP request that asked for the send, which its log lines have; None: a browser asked."""
    row = cursor.execute(SQL.request_id, {"send_plan_id": send_plan_id}).fetchone()
    return row["request_id"] if row else None


def take(cursor: Cursor[DictRow], send_plan_id: UUID) -> int | None:
    """Take the plan under a lease. Returns how many planners before lost theirs without planning anything more.

    None: there is nothing to plan, or another planner is at work.
    """
    row = cursor.execute(SQL.take, {"send_plan_id": send_plan_id, "lease": LEASE}).fetchone()
    return None if row is None else row["lost_leases"]


def renew(cursor: Cursor[DictRow], send_plan_id: UUID) -> None:
    """Renew the lease."""
    cursor.execute(SQL.renew, {"send_plan_id": send_plan_id, "lease": LEASE})


def release(cursor: Cursor[DictRow], send_plan_id: UUID, *, delay: timedelta) -> None:
    """End the lease. Until `delay` is over, reconciliation trusts that a message about the plan is on its way."""
    cursor.execute(SQL.release, {"send_plan_id": send_plan_id, "delay": delay})


# A plan's planner.
LEASED = Leased(take=take, renew=renew, release=release)


def store_prepared(
    cursor: Cursor[DictRow], send_plan_id: UUID, *, html: str | None, text: str, call_size: int
) -> None:
    """Store the content as it will be rendered. Only the first call stores anything."""
    values = {"send_plan_id": send_plan_id, "html": html, "text": text, "call_size": call_size}
    cursor.execute(SQL.store_prepared, values)


def store_prepared_variant(
    cursor: Cursor[DictRow], send_plan_id: UUID, variant: int, *, html: str | None, text: str
) -> None:
    """Store the content of a variant as it will be rendered. Storing it again stores the same."""
    values = {"send_plan_id": send_plan_id, "variant": variant, "html": html, "text": text}
    cursor.execute(SQL.store_prepared_variant, values)


def lock_plan(cursor: Cursor[DictRow], send_plan_id: UUID, *, counts_as_served: bool = True) -> Progress:
    """Lock the plan against other planners, pauses and cancellations until the transaction ends. Returns its progress.

    `counts_as_served`: planning continues now; if it was interrupted, the plan records when it resumed (`resumed_at`).
    """
    plan = {"send_plan_id": send_plan_id}
    cursor.execute(SQL.lock_plan, plan)
    if counts_as_served:
        cursor.execute(SQL.note_service, plan)
    row = cursor.execute(SQL.progress, plan).fetchone()
    if row is None:
        raise RuntimeError(f"plan {send_plan_id} is gone")
    return Progress(**row)


def finish(cursor: Cursor[DictRow], send_plan_id: UUID) -> Total:
    """Mark the plan as planned: all recipients are in the ledger. A plan without recipients stays unchanged.

    If the plan's messages waited for this, its chunks are called. A plan that costs more than a budget leaves is held
    up.
    """
    row = cursor.execute(SQL.finish, {"send_plan_id": send_plan_id}).fetchone()
    if row is None:
        raise RuntimeError(f"plan {send_plan_id} is gone")
    # Chunks before budgets, as claims lock them.
    cursor.execute(SQL.call_chunks, {"send_plan_id": send_plan_id})
    cursor.execute(SQL.hold_dear, {"send_plan_id": send_plan_id})
    return Total(recipients=int(row["recipients"]), rejected=int(row["rejected"]))


def fail(cursor: Cursor[DictRow], send_plan_id: UUID, *, code: str, reason: str) -> None:
    """Mark the plan as failed. Its pending recipients stay: see recipients.clear_pending."""
    cursor.execute(SQL.fail, {"send_plan_id": send_plan_id, "code": code, "reason": reason})
