"""When messages go: against what buckets do that give tokens to claims in turn."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from math import inf

import pytest

from functions.sending.forecasting.simulation import GRID, Flow, Item, Rate, flows

HOUR = 3_600.0
START = 1_800_000_000.0 - 1_800_000_000.0 % HOUR
DAY = 24 * HOUR


SLOW = Rate(per_second=1, tokens=0)


def run(own: list[Item], others: Sequence[list[Item]] = (), rate: Rate = SLOW, **more: object) -> list[Flow]:
    return flows(own, others, rate, start=START, horizon=START + 30 * DAY, **more)  # type: ignore[arg-type]


def last(found: list[Flow]) -> float:
    return max(flow.end for flow in found) - START


def total(found: list[Flow]) -> float:
    return sum(flow.units for flow in found)


def test_alone_it_goes_at_the_rate_after_a_burst() -> None:
    found = run([Item(START, 110)], rate=Rate(per_second=2, burst=10, tokens=10))
    assert total(found) == pytest.approx(110)
    assert last(found) == pytest.approx(50)


def test_a_bucket_saves_up_while_nothing_waits_and_no_more_than_its_burst() -> None:
    found = run([Item(START + HOUR, 110)], rate=Rate(per_second=2, burst=10, tokens=0))
    assert last(found) == pytest.approx(HOUR + 50)


def test_of_two_senders_each_has_half_until_one_has_nothing_left() -> None:
    rate = Rate(per_second=1, tokens=0)
    assert last(run([Item(START, 100)], [[Item(START, 40)]], rate)) == pytest.approx(140)
    assert last(run([Item(START, 100)], [[Item(START, 400)]], rate)) == pytest.approx(200)
    late = run([Item(START, 100)], [[Item(START + 50, 1_000)]], rate)
    assert last(late) == pytest.approx(150)


def test_the_senders_own_limit() -> None:
    rate = Rate(per_second=10, tokens=0)
    assert last(run([Item(START, 100)], rate=rate, limit=2)) == pytest.approx(50)
    others = [[Item(START, 800)]]
    assert last(run([Item(START, 100)], others, rate, limit=2)) == pytest.approx(50)


def test_what_is_due_first_goes_first() -> None:
    first, second = Item(START, 50), Item(START + 10, 50)
    found = run([second, first], rate=Rate(per_second=1, tokens=0))
    assert max(flow.end for flow in found if flow.item is first) == pytest.approx(START + 50)


def test_a_daily_cap_puts_the_rest_off_until_the_day_begins_anew() -> None:
    rate = Rate(per_second=10, tokens=0, daily_left=100, daily_cap=300, renewed_at=START + HOUR)
    found = run([Item(START, 500)], rate=rate)
    assert total(found) == pytest.approx(500)
    assert last(found) == pytest.approx(HOUR + DAY + 10)


def test_a_bucket_that_is_stopped_waits() -> None:
    found = run([Item(START, 10)], rate=Rate(per_second=1, tokens=0, stopped_until=START + 500))
    assert min(flow.begin for flow in found) == START + 500


def test_what_waits_into_closed_hours_goes_when_they_are_over() -> None:
    def closed(clocks: Collection[str], at: float) -> dict[str, float]:
        """Open in the first hour of each day."""
        day = at - (at - START) % DAY
        return {clock: day + DAY for clock in clocks if at - day >= HOUR}

    found = run([Item(START, 5_400, "zone")], rate=Rate(per_second=1, tokens=0), closed=closed)
    assert total(found) == pytest.approx(5_400)
    assert last(found) == pytest.approx(DAY + 1_800, abs=1)  # a token was saved up
    assert not [flow for flow in found if HOUR < flow.begin - START < DAY]


def test_without_an_end_it_ends_at_the_horizon() -> None:
    found = run(
        [Item(START, 100)],
        rate=Rate(per_second=1, tokens=0, daily_left=10, daily_cap=0, renewed_at=START + DAY),
    )
    assert total(found) == pytest.approx(10)
    assert run([], rate=Rate(per_second=1)) == []
    assert run([Item(START, 0)]) == []


@pytest.mark.parametrize("seed", range(30))
def test_it_agrees_with_claims_that_serve_in_turn(seed: int) -> None:
    """Second by second: a bucket fills, and the sender who was served least recently takes up to five units."""
    rng = random.Random(seed)
    rate = rng.choice([2, 5, 9])
    arrivals = {
        sender: [(float(rng.randrange(300)), rng.randrange(1, 400)) for _ in range(rng.randrange(1, 5))]
        for sender in range(rng.randrange(1, 5))
    }
    waiting = {sender: sorted(items) for sender, items in arrivals.items()}
    served: dict[int, float] = dict.fromkeys(waiting, -1.0)
    now, tokens, turn, ended = 0.0, 0.0, 0, 0.0
    while waiting[0]:
        tokens = min(rate, tokens + rate * 0.05)
        now += 0.05
        while tokens >= 1:
            due = [sender for sender, items in waiting.items() if items and items[0][0] <= now]
            if not due:
                break
            sender = min(due, key=lambda each: served[each])
            at, left = waiting[sender][0]
            taken = min(left, int(tokens), 5)
            tokens -= taken
            served[sender], turn = turn, turn + 1
            waiting[sender][0] = (at, left - taken)
            if left == taken:
                waiting[sender].pop(0)
            ended = now
    own, *others = [[Item(START + at, units) for at, units in items] for items in arrivals.values()]
    found = run(own, others, Rate(per_second=rate, burst=rate, tokens=0))
    assert total(found) == pytest.approx(sum(units for _, units in arrivals[0]))
    assert last(found) == pytest.approx(ended, rel=0.05, abs=6)


def test_many_items_take_little_time() -> None:
    rng = random.Random(1)
    own = [Item(START + rng.random() * DAY, rng.random() * 1_000, "zone") for _ in range(2_000)]
    others = [[Item(START + rng.randrange(48) * HOUR, 10_000) for _ in range(20)] for _ in range(50)]
    looks: list[float] = []

    def closed(_: object, at: float) -> dict[str, float]:
        looks.append(at)
        return {}

    found = run(own, others, Rate(per_second=50, tokens=0), closed=closed)
    assert total(found) == pytest.approx(sum(flow.units for flow in found))
    assert len(looks) <= last(found) / GRID + 2
    assert last(found) < inf
