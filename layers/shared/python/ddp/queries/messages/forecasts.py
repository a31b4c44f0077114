"""Forecasts: what a send would do, from the request to the result.

A forecast is planned like a send: `plans.get` and what else reads a plan takes the id of a forecast for that of a plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ddp.channels import EMAIL, Channel
from ddp.chunking import Run
from ddp.errors import NotFound
from ddp.queries import load_by_channel, value
from ddp.queries.leases import LEASE, Leased
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Batch, Runs

SQL_BY_CHANNEL = load_by_channel(__file__)
# Of the tables of forecasts, which are the same for all channels.
SQL = SQL_BY_CHANNEL[EMAIL.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a forecast is about, beside its plan. `recipients_masked`: nobody but administrators sees addresses."""

    is_exact: bool
    max_lateness: timedelta
    recipients_masked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a forecast is: its last committed batch; zeros before the first."""

    batch_no: int
    records_read: int
    after_user_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A rate, as it is now. Units are e-mails, or parts of SMS.

    `daily_left`: what may still go until the next day begins (`by_day`: in UTC), or of the provider's 24 hours; None:
    no limit. `daily_cap`: what a whole day has. `identity`: of SMS, what they come from.
    """

    bucket: str
    per_second: float
    burst: float
    tokens: float
    daily_left: float | None
    by_day: bool
    daily_cap: float | None
    stopped_until: datetime | None
    identity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Units that a sender has waiting in a bucket, due from `due_at` on."""

    bucket: str
    sender_user_id: UUID
    due_at: datetime
    units: float


def request(
    cursor: Cursor[DictRow],
    channel: Channel,
    channel_campaign_id: UUID,
    *,
    audience: Mapping[str, Any],
    scheduled_at: datetime | None,
    options: Mapping[str, Any],
    is_exact: bool,
) -> UUID:
    """Request a forecast of a send; returns its id. Raises what requesting the send would raise, and TooMany."""
    values = {
        "channel_campaign_id": channel_campaign_id,
        "audience": Jsonb(dict(audience)),
        "scheduled_at": scheduled_at,
        "options": Jsonb(dict(options)),
        "is_exact": is_exact,
    }
    found: UUID = value(cursor.execute(SQL_BY_CHANNEL[channel.name].request, values))
    return found


def show(
    cursor: Cursor[DictRow], channel: Channel, channel_campaign_id: UUID, send_forecast_id: UUID
) -> DictRow:
    """A forecast of the caller's, as far as it is. Raises NotFound, Forbidden."""
    values = {"channel_campaign_id": channel_campaign_id, "send_forecast_id": send_forecast_id}
    row = cursor.execute(SQL_BY_CHANNEL[channel.name].show, values).fetchone()
    if row is None:
        raise NotFound("There is no such forecast.", code="forecast-not-found")
    return row


def take(cursor: Cursor[DictRow], send_forecast_id: UUID) -> int | None:
    """Take the forecast under a lease. Returns how many workers before lost theirs without counting anything more.

    None: it has ended, or another worker is at work.
    """
    row = cursor.execute(SQL.take, {"send_forecast_id": send_forecast_id, "lease": LEASE}).fetchone()
    return None if row is None else row["lost_leases"]


def renew(cursor: Cursor[DictRow], send_forecast_id: UUID) -> None:
    """Renew the lease."""
    cursor.execute(SQL.renew, {"send_forecast_id": send_forecast_id, "lease": LEASE})


def release(cursor: Cursor[DictRow], send_forecast_id: UUID, *, delay: timedelta) -> None:
    """End the lease. Until `delay` is over, reconciliation trusts that a message about the forecast is on its way."""
    cursor.execute(SQL.release, {"send_forecast_id": send_forecast_id, "delay": delay})


# A forecast's worker.
LEASED = Leased(take=take, renew=renew, release=release)


def terms(cursor: Cursor[DictRow], send_forecast_id: UUID) -> Terms | None:
    """What a forecast is about; None if it has ended."""
    row = cursor.execute(SQL.is_exact, {"send_forecast_id": send_forecast_id}).fetchone()
    return None if row is None or row["max_lateness"] is None else Terms(**row)


def expect(cursor: Cursor[DictRow], send_forecast_id: UUID, records: int) -> None:
    """Note about how many records will be read."""
    cursor.execute(SQL.expect, {"send_forecast_id": send_forecast_id, "records": records})


def lock(cursor: Cursor[DictRow], send_forecast_id: UUID) -> Place | None:
    """Lock a forecast against other workers until the transaction ends; None: it has ended."""
    row = cursor.execute(SQL.lock, {"send_forecast_id": send_forecast_id}).fetchone()
    return None if row is None else Place(**row)


def count(
    cursor: Cursor[DictRow], plan: Plan, batch: Batch, known: Runs, *, among: UUID
) -> tuple[list[Run], list[tuple[int, str | None, int]]]:
    """Count the addresses of a batch that were not counted before `among` the same: a forecast, or one of its samples.

    Returns the batch's runs, and for each of their places and outcomes (None: gets the message) how many there are.
    """
    runs = list({known[kind] for _, _, kind, _ in batch.recipients.values()})
    places = {run: place for place, run in enumerate(runs)}
    values = {
        "among": among,
        "send_plan_id": plan.send_plan_id,
        "owner": plan.created_by_user_id,
        "hashes": [hashed for hashed, *_ in batch.recipients.values()],
        "runs": [places[known[kind]] for _, _, kind, _ in batch.recipients.values()],
    }
    rows = cursor.execute(SQL_BY_CHANNEL[plan.channel.name].count, values)
    return runs, [(row["run"], row["outcome"], row["count"]) for row in rows]


def store_batch(
    cursor: Cursor[DictRow], send_forecast_id: UUID, batch: Batch, tally: Mapping[str, Any]
) -> None:
    """Store what a batch counted: the next worker continues after it."""
    values = {
        "send_forecast_id": send_forecast_id,
        "batch_no": batch.batch_no,
        "records_read": batch.records_read,
        "after_user_id": batch.after_user_id,
        "tally": Jsonb(dict(tally)),
    }
    cursor.execute(SQL.store_batch, values)


def tallies(cursor: Cursor[DictRow], send_forecast_id: UUID) -> list[dict[str, Any]]:
    """What the batches of a forecast counted, in their order."""
    rows = cursor.execute(SQL.tallies, {"send_forecast_id": send_forecast_id})
    return [row["tally"] for row in rows]


def forget_addresses(cursor: Cursor[DictRow], among: UUID) -> None:
    """Remove the addresses that a forecast, or one of its samples, has counted."""
    cursor.execute(SQL.forget_addresses, {"among": among})


def settle_ready(cursor: Cursor[DictRow], send_forecast_id: UUID, result: Mapping[str, Any]) -> None:
    """End a forecast with its result."""
    _settle(cursor, send_forecast_id, result=Jsonb(dict(result)), code=None, reason=None)


def settle_failed(cursor: Cursor[DictRow], send_forecast_id: UUID, *, code: str, reason: str) -> None:
    """End a forecast with why there is none."""
    _settle(cursor, send_forecast_id, result=None, code=code, reason=reason)


def _settle(cursor: Cursor[DictRow], send_forecast_id: UUID, **values: Any) -> None:
    cursor.execute(SQL.settle, {"send_forecast_id": send_forecast_id} | values)
    forget_addresses(cursor, send_forecast_id)
    cursor.execute(SQL.forget_batches, {"send_forecast_id": send_forecast_id})


def buckets(cursor: Cursor[DictRow], names: Collection[str]) -> list[Bucket]:
    """The rates of these buckets."""
    rows = cursor.execute(SQL.buckets, {"buckets": list(names)})
    return [Bucket(**row) for row in rows]


def waiting(cursor: Cursor[DictRow], channel: Channel, names: Collection[str]) -> list[Waiting]:
    """What waits in these buckets already."""
    rows = cursor.execute(SQL_BY_CHANNEL[channel.name].load, {"buckets": list(names)})
    return [Waiting(**row) for row in rows]


def sender(cursor: Cursor[DictRow], plan: Plan) -> tuple[float | None, bool]:
    """The most units per second that the plan's sender may send (None: no limit), and whether the sender is paused."""
    row = cursor.execute(
        SQL_BY_CHANNEL[plan.channel.name].sender, {"owner": plan.created_by_user_id}
    ).fetchone()
    return (None, False) if row is None else (row["max_per_second"], row["is_paused"])


def allowed_at(
    cursor: Cursor[DictRow], plan: Plan, clocks: Sequence[str], at: datetime
) -> Mapping[str, datetime]:
    """When messages may go to recipients with these clocks, at `at` or later. A clock is missing if they always may."""
    values = {"send_forecast_id": plan.send_plan_id, "clocks": list(clocks), "at": at}
    rows = cursor.execute(SQL_BY_CHANNEL[plan.channel.name].allowed_at, values)
    return {row["clock"]: row["allowed_at"] for row in rows}


def cost(
    cursor: Cursor[DictRow], channel: Channel, messages: int, prices: Decimal, price_per_thousand: Decimal
) -> tuple[Decimal, str]:
    """What so many messages cost, whose own prices have this sum, and in which currency."""
    values = {"messages": messages, "prices": prices, "price_per_thousand": price_per_thousand}
    row = cursor.execute(SQL_BY_CHANNEL[channel.name].cost, values).fetchone()
    assert row is not None  # noqa: S101 - a statement without a table returns one row
    return Decimal(row["amount"]), str(row["currency"])


def budgets(cursor: Cursor[DictRow], plan: Plan) -> list[DictRow]:
    """The budgets that the messages would draw on: scope, cap and used, in US dollars."""
    return cursor.execute(SQL.budgets, {"send_forecast_id": plan.send_plan_id}).fetchall()
