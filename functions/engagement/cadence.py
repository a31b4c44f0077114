"""When a post is read next: often while it is young, then ever more rarely, and not at all after 90 days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

# Minutes after publication: 5, 15 and 30 minutes, 1, 3, 6, 12 and 24 hours, daily to day 7, weekly to day 30, monthly
# to day 90.
_HOUR, _DAY = 60, 1_440
USUAL: Sequence[int] = (
    5, 15, 30, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR,
    *(day * _DAY for day in (1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 30, 60, 90)),
)  # fmt: skip
# Posts that were published together are not all read in the same second.
_JITTER = 0.1


# A repetition late on a paid day might come on the next one, and cost.
_BEFORE_MIDNIGHT = timedelta(minutes=15)


def plan(rules: Mapping[str, Any], *, is_paid: bool) -> Sequence[int]:
    """Minutes after publication at which the platform is asked.

    `rules`: the platform's data about this kind of reading. What is paid is read on few days.
    """
    if is_paid and "schedule_under_budget" in rules:
        days = rules["schedule_under_budget"]["days"]
        return _within(rules, [max(day * _DAY, USUAL[0]) for day in days])
    return _within(rules, USUAL)


def repetitions(rules: Mapping[str, Any]) -> Sequence[int]:
    """Minutes after publication at which a post is read again, if the day is paid already and it costs no more."""
    is_free = rules.get("priced_per") == "post and UTC day"
    return _within(rules, [minute for minute in USUAL if minute < _DAY]) if is_free else ()


def following(
    minutes: Sequence[int],
    post_id: UUID,
    published_at: datetime,
    now: datetime,
    *,
    again: Sequence[int] = (),
    paid_on: date | None = None,
) -> datetime | None:
    """The next time after `now`; None: the post is no longer read.

    `again`: repetitions, which are made only on the UTC day that is paid.
    """
    planned = _times(minutes, post_id, published_at)
    free = (
        at
        for at in _times(again, post_id, published_at)
        if (at + _BEFORE_MIDNIGHT).astimezone(UTC).date() == paid_on
    )
    return min((at for at in (*planned, *free) if at > now), default=None)


def _within(rules: Mapping[str, Any], minutes: Sequence[int]) -> Sequence[int]:
    least = max(int(rules.get("every_hours", 0)) * _HOUR, 1)
    return [minute for minute in minutes if least <= minute <= _most_days(rules) * _DAY]


def _times(minutes: Sequence[int], post_id: UUID, published_at: datetime) -> Iterator[datetime]:
    for number, minute in enumerate(minutes):
        before = minutes[number - 1] if number else 0
        shift = Random(f"{post_id}/{minute}").random() * _JITTER * (minute - before)  # noqa: S311 - no secret
        yield published_at + timedelta(minutes=minute + shift)


def of_next_month(
    rules: Mapping[str, Any], post_id: UUID, published_at: datetime, now: datetime
) -> datetime | None:
    """A time early in the next month (UTC), which has a budget of its own; None: the post is no longer read then."""
    begins = (now.astimezone(UTC).replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    shift = Random(f"{post_id}/{begins:%Y-%m}").random() * _HOUR  # noqa: S311 - no secret
    at = begins + timedelta(minutes=shift)
    return at if at - published_at <= timedelta(days=_most_days(rules)) else None


def _most_days(rules: Mapping[str, Any]) -> int:
    return int(rules.get("read_until_days", 90))
