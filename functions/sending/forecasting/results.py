"""The result of a forecast, as JSON: what functions/sending/forecasting/models.py shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import db
from ddp.queries.messages import forecasts
from ddp.queries.messages.forecasts import Bucket, Terms, Waiting
from ddp.queries.sending.plans import Plan
from functions.sending.channels.prices import EMAIL_PER_THOUSAND
from functions.sending.forecasting.figures import Figure, Sample, Whole
from functions.sending.forecasting.notes import notes
from functions.sending.forecasting.tally import Slot, Tally
from functions.sending.forecasting.timing import ClosingHours, Conditions, Timing, timing

Counted = Whole | Sample

# Seconds that one statement may take.
_SECONDS = 20
_CENT_OF_A_MILL = Decimal("0.00001")


def result(plan: Plan, terms: Terms, counted: Counted) -> dict[str, Any]:
    """The result of what was counted, at the rates and with the budgets as they are now."""
    with db.transaction(role="service_role", timeout_seconds=_SECONDS) as cursor:
        conditions, is_paused = _conditions(cursor, plan, counted.sums)
        found: dict[str, Any] = {
            "method": "sample" if isinstance(counted, Sample) else "exact",
            "records_read": counted.sums.records,
            "share_read": round(counted.share, 4),
            **_recipients(counted),
            "cost": _cost(cursor, plan, counted, conditions.buckets),
            "timing": _timing(counted, conditions, terms),
        }
    found["notes"] = notes(
        found,
        plan,
        is_paused=is_paused,
        others_wait=bool(conditions.waiting),
        max_lateness=terms.max_lateness,
    )
    return found


def _conditions(cursor: Cursor[DictRow], plan: Plan, sums: Tally) -> tuple[Conditions, bool]:
    names = {slot.bucket for slot in sums.slots}
    limit, is_paused = forecasts.sender(cursor, plan)

    def closed(clocks: Collection[str], at: float) -> Mapping[str, float]:
        found = forecasts.allowed_at(cursor, plan, list(clocks), datetime.fromtimestamp(at, UTC))
        return {clock: allowed.timestamp() for clock, allowed in found.items()}

    conditions = Conditions(
        now=datetime.now(UTC),
        buckets={bucket.bucket: bucket for bucket in forecasts.buckets(cursor, names)},
        waiting=_waiting(cursor, plan, names),
        owner=plan.created_by_user_id,
        limit=limit,
        spread_over=plan.spread_over,
        closed=ClosingHours(closed),
    )
    return conditions, is_paused


def _waiting(cursor: Cursor[DictRow], plan: Plan, names: Collection[str]) -> list[Waiting]:
    return forecasts.waiting(cursor, plan.channel, names) if names else []


def _recipients(counted: Counted) -> dict[str, Any]:
    """Who gets the message, and who does not, and why. Whoever else gets none has a line here."""
    sums = counted.sums
    return {
        "records": _whole(counted.figure(lambda tally: tally.records)),
        "recipients": _whole(counted.figure(lambda tally: tally.recipients)),
        "duplicates": _whole(counted.figure(lambda tally: tally.duplicates)),
        "suppressed": [
            {"reason": reason, "count": _whole(counted.figure(_suppressed(reason)))}
            for reason, _ in sums.suppressed.most_common()
        ],
        "rejected": [
            {
                "code": code,
                "reason": found.reason,
                "count": _whole(counted.figure(_rejected(code))),
                # Of a sample nobody knows the lines.
                "examples": [
                    {"line": None if isinstance(counted, Sample) else line, "value": value}
                    for line, value in found.examples
                ],
            }
            for code, found in sorted(sums.rejected.items(), key=lambda each: -each[1].count)
        ],
    }


def _suppressed(reason: str) -> Callable[[Tally], float]:
    return lambda tally: tally.suppressed[reason]


def _rejected(code: str) -> Callable[[Tally], float]:
    return lambda tally: tally.rejected[code].count if code in tally.rejected else 0


def _cost(
    cursor: Cursor[DictRow], plan: Plan, counted: Counted, buckets: Mapping[str, Bucket]
) -> dict[str, Any]:
    def amount(messages: float, prices: float) -> tuple[Decimal, str]:
        return forecasts.cost(
            cursor, plan.channel, round(messages), _dollars(prices), price_per_thousand=EMAIL_PER_THOUSAND
        )

    recipients = counted.figure(lambda tally: tally.recipients)
    prices = counted.figure(lambda tally: _sum(tally, _price))
    amounts = [amount(*each) for each in zip(recipients, prices, strict=True)]
    return {
        "amount": dict(zip(Figure._fields, (str(each) for each, _ in amounts), strict=True)),
        "currency": amounts[0][1],
        "units": _whole(counted.figure(lambda tally: _sum(tally, _units))),
        "countries": [
            _country(counted, country, bucket, buckets)
            for country, bucket in sorted(
                {(slot.country, slot.bucket) for slot in counted.sums.slots if slot.country}
            )
        ],
        "budgets": [
            {
                "scope": row["scope"],
                "cap": str(row["cap"]),
                "left": str(left := row["cap"] - row["used"]),
                "exceeded_by": str(max(amounts[0][0] - left, Decimal(0))),
            }
            for row in forecasts.budgets(cursor, plan)
        ],
    }


def _country(counted: Counted, country: str, bucket: str, buckets: Mapping[str, Bucket]) -> dict[str, Any]:
    def of(figure: Callable[[Slot], float]) -> Figure:
        return counted.figure(
            lambda tally: _sum(tally, lambda slot: figure(slot) if slot.country == country else 0)
        )

    return {
        "country": country,
        "identity": buckets[bucket].identity,
        "recipients": _whole(of(lambda _: 1)),
        "parts": _whole(of(_units)),
        "amount": {name: str(_dollars(value)) for name, value in of(_price)._asdict().items()},
    }


def _units(slot: Slot) -> float:
    return slot.units


def _price(slot: Slot) -> float:
    return float(slot.price)


def _sum(tally: Tally, of: Callable[[Slot], float]) -> float:
    return sum(of(slot) * count for slot, count in tally.slots.items())


def _timing(counted: Counted, conditions: Conditions, terms: Terms) -> dict[str, Any]:
    recipients = counted.figure(lambda tally: tally.recipients)

    def at(scale: float) -> Timing:
        slots = {slot: count * scale for slot, count in counted.sums.slots.items()}
        return timing(slots, conditions, terms.max_lateness)

    seen = counted.sums.recipients or 1
    likely, early, late = (at(value / seen) for value in recipients)
    return {
        "first_at": _iso(likely.first_at),
        "last_at": _iso(likely.last_at),
        "last_at_low": _iso(early.last_at),
        "last_at_high": _iso(late.last_at),
        "hours_from": _iso(likely.bars_from),
        "hours_per_bar": likely.bar_hours,
        "bars": _rounded(likely.bars),
        "late": round(likely.late),
        "unsent": round(likely.unsent),
    }


def _rounded(bars: list[float]) -> list[int]:
    """Whole numbers with the same sum."""
    rounded, before, so_far = [], 0, 0.0
    for bar in bars:
        so_far += bar
        rounded.append(round(so_far) - before)
        before = round(so_far)
    return rounded


def _whole(figure: Figure) -> dict[str, int]:
    return {name: round(value) for name, value in figure._asdict().items()}


def _dollars(value: float) -> Decimal:
    return Decimal(value).quantize(_CENT_OF_A_MILL)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
