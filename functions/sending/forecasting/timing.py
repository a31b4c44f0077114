"""When the messages of a forecast would go: the first, the last, and how many in each hour."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ddp.queries.messages.forecasts import Bucket, Waiting
from functions.sending.forecasting import simulation
from functions.sending.forecasting.simulation import Flow, Item, Rate
from functions.sending.forecasting.tally import Slot

# Most bars of the histogram.
BARS = 100
HOUR = 3_600.0
# What has not gone by then is not waited for.
HORIZON = timedelta(days=366)
# Other senders that are told apart; all further ones count as one.
_SENDERS = 50
# Into how many parts a spread is cut: they fall due one after the other.
_PARTS_OF_SPREAD = 48
# Seconds of work on hours in which messages may not go; then each day is taken to be as the day a week before.
_HOURS_SECONDS = 2.0
_LOOKS_IN_WEEK = int(7 * 24 * HOUR / simulation.GRID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What decides how fast messages go, as it is now.

    `limit` is the sender's own, in units per second. `spread_over`: the time over which the messages fall due; None:
    at once.
    """

    now: datetime
    buckets: Mapping[str, Bucket]
    waiting: Collection[Waiting]
    owner: UUID
    limit: float | None
    spread_over: timedelta | None
    closed: simulation.Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When messages go. `bars` are numbers of messages, each of `bar_hours` hours, from `bars_from` on.

    `late`: messages that wait longer than the plan's maximum lateness for the rate, and go nevertheless. `unsent`:
    those that have not gone by the horizon.
    """

    first_at: datetime | None = None
    last_at: datetime | None = None
    bars_from: datetime | None = None
    bar_hours: int = 1
    bars: list[float] = field(default_factory=list)
    late: float = 0
    unsent: float = 0


def timing(slots: Mapping[Slot, float], conditions: Conditions, max_lateness: timedelta) -> Timing:
    """When so many messages in these slots go, if senders and rates stay as they are."""
    by_bucket: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_bucket[slot.bucket].append(slot)
    flows: list[tuple[Flow, float]] = []
    for name, of_bucket in by_bucket.items():
        own = [
            (item, slot.units)
            for slot in of_bucket
            for item in _items(slot, slots[slot], conditions.spread_over)
        ]
        units = {id(item): of_message for item, of_message in own}
        found = _flows([item for item, _ in own], name, conditions, len(by_bucket))
        flows += [(flow, flow.units / units[id(flow.item)]) for flow in found]
    return _summary(flows, sum(slots.values()), max_lateness.total_seconds())


def _items(slot: Slot, messages: float, spread_over: timedelta | None) -> Iterator[Item]:
    """What a slot asks of its bucket, as it falls due."""
    due, units = slot.not_before.timestamp(), messages * slot.units
    if spread_over is None:
        yield Item(due=due, units=units, clock=slot.clock)
        return
    # Chunks fall due evenly over the time, by the golden ratio.
    step = spread_over.total_seconds() / _PARTS_OF_SPREAD
    for part in range(_PARTS_OF_SPREAD):
        yield Item(due=due + part * step, units=units / _PARTS_OF_SPREAD, clock=slot.clock)


def _flows(own: list[Item], bucket: str, conditions: Conditions, buckets: int) -> list[Flow]:
    now = conditions.now.timestamp()
    others: dict[UUID, list[Item]] = defaultdict(list)
    for waiting in conditions.waiting:
        if waiting.bucket == bucket:
            others[waiting.sender_user_id].append(Item(waiting.due_at.timestamp(), waiting.units))
    earlier = others.pop(conditions.owner, [])
    return [
        flow
        for flow in simulation.flows(
            [*own, *earlier],
            _merged(others.values()),
            _rate(conditions.buckets[bucket], conditions.now),
            start=now,
            horizon=now + HORIZON.total_seconds(),
            # The limit is for all buckets together.
            limit=math.inf if conditions.limit is None else conditions.limit / buckets,
            closed=conditions.closed,
        )
        if flow.item.clock is not None
    ]


def _merged(others: Iterable[list[Item]]) -> list[list[Item]]:
    by_size = sorted(others, key=lambda items: -sum(item.units for item in items))
    rest = [item for items in by_size[_SENDERS:] for item in items]
    return [*by_size[:_SENDERS], rest]


def _rate(bucket: Bucket, now: datetime) -> Rate:
    tomorrow = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)
    left, cap = bucket.daily_left, bucket.daily_cap
    return Rate(
        per_second=bucket.per_second,
        burst=bucket.burst,
        tokens=bucket.tokens,
        stopped_until=bucket.stopped_until.timestamp() if bucket.stopped_until else 0.0,
        daily_left=math.inf if left is None else left,
        daily_cap=math.inf if cap is None else cap,
        renewed_at=(tomorrow if bucket.by_day else now + timedelta(days=1)).timestamp(),
    )


def _summary(flows: list[tuple[Flow, float]], messages: float, max_lateness: float) -> Timing:
    if not flows:
        return Timing(unsent=messages)
    first, last = min(flow.begin for flow, _ in flows), max(flow.end for flow, _ in flows)
    start = first - first % HOUR
    hours = int((last - start) // HOUR) + 1
    width = math.ceil(hours / BARS)
    bars = [0.0] * math.ceil(hours / width)
    late = 0.0
    for flow, amount in flows:
        _spread(bars, flow, amount, start, width * HOUR)
        late += amount * _share_after(flow, flow.due + max_lateness)
    while bars[-1] == 0:  # the last message went at the very end of an hour
        bars.pop()
    unsent = messages - sum(amount for _, amount in flows)
    return Timing(
        first_at=_time(first),
        last_at=_time(last),
        bars_from=_time(start),
        bar_hours=width,
        bars=bars,
        late=late,
        unsent=unsent if unsent > 0.5 else 0,
    )


def _spread(bars: list[float], flow: Flow, amount: float, start: float, width: float) -> None:
    """Add what flows to the bars that it flows in."""
    begin, end = (flow.begin - start) / width, (flow.end - start) / width
    first, last = int(begin), min(int(end), len(bars) - 1)
    if end <= begin or first == last:
        bars[min(first, last)] += amount
        return
    for bar in range(first, last + 1):
        bars[bar] += amount * (min(end, bar + 1) - max(begin, bar)) / (end - begin)


def _share_after(flow: Flow, at: float) -> float:
    if flow.end <= at:
        return 0.0
    return 1.0 if flow.begin >= at else (flow.end - at) / (flow.end - flow.begin)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class ClosingHours:
    """Which clocks do not allow messages at a time, and when they do. `ask` asks the database."""

    def __init__(self, ask: simulation.Closed) -> None:
        self._ask = ask
        self._known: dict[tuple[str, int], float] = {}
        self._spent = 0.0

    def __call__(self, clocks: Collection[str], at: float) -> dict[str, float]:
        """For clocks that are closed: when they open."""
        look = int(at // simulation.GRID)
        unknown = [clock for clock in clocks if (clock, look) not in self._known]
        if unknown and self._spent < _HOURS_SECONDS:
            began = time.monotonic()
            allowed = self._ask(unknown, at)
            self._known |= {(clock, look): max(allowed.get(clock, at) - at, 0.0) for clock in unknown}
            self._spent += time.monotonic() - began
        waits = {clock: self._wait(clock, look) for clock in clocks}
        return {clock: at + wait for clock, wait in waits.items() if wait > 0}

    def _wait(self, clock: str, look: int) -> float:
        """Seconds until the clock allows messages: as at the same hour of the last week of which it is known."""
        first = min((known for _, known in self._known), default=look)
        weeks = range(look, first - 1, -_LOOKS_IN_WEEK)
        return next((self._known[clock, each] for each in weeks if (clock, each) in self._known), 0.0)
