"""When messages go: a fluid that flows through buckets of tokens.

A bucket gives as much as its rate allows to the senders who wait, each the same, as claims do that serve in turn. What
a sender has due first goes first. Messages that waited into hours in which they may not go wait until they may. It is
an estimate as soon as others send too, since they may begin to, pause and end.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

# Seconds: how often closing hours are looked at while messages wait.
GRID = 1_800.0
_DAY = 86_400.0
# Of a unit: what is less has gone.
_NOTHING = 1e-6


@dataclass(slots=True)
class Item:
    """Units that are due at the same time. `clock`: of those whose hours count; None: others' messages."""

    due: float
    units: float
    clock: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Units of an item that went evenly between two times; `due`: since when they could have."""

    begin: float
    end: float
    units: float
    due: float
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bucket. Times are seconds since 1970. `daily_left` and `daily_cap` may be infinite."""

    per_second: float
    burst: float = 1.0
    tokens: float = 1.0
    stopped_until: float = 0.0
    daily_left: float = float("inf")
    daily_cap: float = float("inf")
    renewed_at: float = float("inf")


# For clocks whose hours are closed at a time: when they open.
Closed = Callable[[Collection[str], float], Mapping[str, float]]


@dataclass(slots=True)
class _Sender:
    coming: list[tuple[float, int, Item]]
    limit: float
    ready: deque[tuple[float, Item]] = field(default_factory=deque)

    def arrive(self, now: float) -> bool:
        """Move what has become due; returns whether anything has."""
        before = len(self.ready)
        while self.coming and self.coming[0][0] <= now:
            due, _, item = heapq.heappop(self.coming)
            self.ready.append((due, item))
        return len(self.ready) > before

    def put_off(self, opens: Mapping[str, float]) -> None:
        """Let items with these clocks become due when these open."""
        kept: deque[tuple[float, Item]] = deque()
        for due, item in self.ready:
            if item.clock is not None and item.clock in opens:
                heapq.heappush(self.coming, (opens[item.clock], id(item), item))
            else:
                kept.append((due, item))
        self.ready = kept


def flows(
    own: Iterable[Item],
    others: Iterable[Iterable[Item]],
    rate: Rate,
    *,
    start: float,
    horizon: float,
    limit: float = float("inf"),
    closed: Closed = lambda _clocks, _at: {},
) -> list[Flow]:
    """How the sender's own items go, from `start` until `horizon`; what has not gone by then is missing.

    `others`: what each other sender has waiting. `limit`: units per second that the sender may send at most.
    """
    return _Run(own, others, rate, start, horizon, limit, closed).run()


class _Run:
    def __init__(
        self,
        own: Iterable[Item],
        others: Iterable[Iterable[Item]],
        rate: Rate,
        start: float,
        horizon: float,
        limit: float,
        closed: Closed,
    ) -> None:
        self.own = _sender(own, limit)
        self.senders = [self.own, *(_sender(items, float("inf")) for items in others)]
        self.rate, self.now, self.horizon, self.closed = rate, start, horizon, closed
        self.tokens, self.left, self.renewed_at = rate.tokens, rate.daily_left, rate.renewed_at
        self.next_look = 0.0
        self.found: list[Flow] = []

    def run(self) -> list[Flow]:
        while (self.own.ready or self.own.coming) and self.now < self.horizon:
            self._arrive()
            waiting = [sender for sender in self.senders if sender.ready]
            pause = self._pause(waiting)
            if pause > self.now:
                idle = 0.0 if waiting else pause - self.now
                self.tokens = min(self.rate.burst, self.tokens + idle * self.rate.per_second)
                self.now = pause
            elif self.tokens >= _NOTHING:
                self._burst(waiting)
            else:
                self._flow(waiting)
        return self.found

    def _arrive(self) -> None:
        for sender in self.senders:
            sender.arrive(self.now)
        if self.now >= self.renewed_at:
            self.left = self.rate.daily_cap
            self.renewed_at += _DAY * (1 + (self.now - self.renewed_at) // _DAY)
        if self.own.ready and self.now >= self.next_look:
            clocks = {item.clock for due, item in self.own.ready if item.clock is not None and due < self.now}
            if clocks:
                self.own.put_off(self.closed(clocks, self.now))
            self.next_look = self.now - self.now % GRID + GRID

    def _pause(self, waiting: list[_Sender]) -> float:
        """Until when nothing can go; now, if something can."""
        if self.now < self.rate.stopped_until:
            return self.rate.stopped_until
        if not waiting:
            return min(sender.coming[0][0] for sender in self.senders if sender.coming)
        if self.left < _NOTHING:
            return min(self.renewed_at, self.horizon)
        return self.now

    def _burst(self, waiting: list[_Sender]) -> None:
        """What was saved up goes at once; what a sender with less than its share leaves, a second's worth, is lost."""
        share = min(self.tokens, self.left) / len(waiting)
        spent = 0.0
        for sender in waiting:
            allowed = min(share, max(sender.limit, 1.0))
            while sender.ready and allowed >= _NOTHING:
                allowed -= (taken := min(allowed, sender.ready[0][1].units))
                spent += taken
                self._take(sender, taken, self.now)
        self.left -= spent
        self.tokens = 0.0 if any(sender.ready for sender in waiting) else self.tokens - spent

    def _flow(self, waiting: list[_Sender]) -> None:
        speeds = _shares(self.rate.per_second, [sender.limit for sender in waiting])
        coming = [sender.coming[0][0] - self.now for sender in self.senders if sender.coming]
        heads = [
            sender.ready[0][1].units / speed
            for sender, speed in zip(waiting, speeds, strict=True)
            if speed > 0
        ]
        look = [self.next_look - self.now] if self.own.ready else []
        total = sum(speeds)
        # Never nothing: a step too small to be told from now would be taken for ever.
        step = max(min(*coming, *heads, *look, self.left / total, self.horizon - self.now), 1e-6)
        end = self.now + step
        for sender, speed in zip(waiting, speeds, strict=True):
            self._take(sender, min(speed * step, sender.ready[0][1].units), end)
        self.left -= total * step
        self.now = end

    def _take(self, sender: _Sender, units: float, end: float) -> None:
        due, item = sender.ready[0]
        if sender is self.own:
            self.found.append(Flow(self.now, end, units, due, item))
        item.units -= units
        if item.units < _NOTHING:
            sender.ready.popleft()


def _sender(items: Iterable[Item], limit: float) -> _Sender:
    coming = [(item.due, id(item), item) for item in items if item.units > 0]
    heapq.heapify(coming)
    return _Sender(coming=coming, limit=limit)


def _shares(total: float, limits: list[float]) -> list[float]:
    """Equal shares of `total`; what a limit leaves goes to the others."""
    shares = [0.0] * len(limits)
    order = sorted(range(len(limits)), key=lambda place: limits[place])
    for taken, place in enumerate(order):
        shares[place] = min(limits[place], total / (len(limits) - taken))
        total -= shares[place]
    return shares
