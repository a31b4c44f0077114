"""The route for figures over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge
from ddp.errors import Invalid
from ddp.queries.analytics import reports, series
from ddp.queries.analytics.series import Entity, Interval, Subject
from functions.analytics.metrics import ACTIVE_USERS, METRICS
from functions.analytics.models.series import Point, Series
from functions.analytics.period import From, Until, whole_period

router = edge.router()

MOST_POINTS, MOST_METRICS = 400, 10
# Intervals of a period whose beginning is not given.
USUAL: Final = 30

UTC_ZONES: Final = {"UTC", "GMT"}
# Quarter hours are kept this long, and of these entities.
KEPT, BY_QUARTERS = timedelta(days=100), ("user", "platform")

# How long an interval is at least and at most; a day on which clocks change has 25 hours.
_SHORTEST: Final = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=28),
}
_LONGEST: Final = {
    "hour": timedelta(hours=1),
    "day": timedelta(hours=25),
    "week": timedelta(days=7, hours=1),
    "month": timedelta(days=31, hours=1),
}

TOO_MANY = (
    f"from: the period has more than {MOST_POINTS} intervals: ask for a shorter one, or for a longer interval"
)
ONLY_DAYS = "entity: of this one, figures are kept by UTC days: use interval=day, week or month, and tz=UTC"
NO_SUM = f"metrics: {ACTIVE_USERS} are different users of a UTC day: use interval=day and tz=UTC"
NOT_KEPT = (
    "from: hours, and days of another zone than UTC, are kept for 100 days: ask from later on, or with tz=UTC"
)


@router.get("/analytics/series", tags=["Analytics"], operation_id="getSeries")
def get_series(
    metrics: Annotated[
        str,
        Query(
            max_length=1000,
            description=f"Up to {MOST_METRICS} names, separated by commas; `{ACTIVE_USERS}` only by days and in UTC.",
        ),
    ],
    entity: Annotated[
        Entity,
        Query(description="`user`: everything that an account has; `platform`: of all, for administrators."),
    ] = "user",
    id: Annotated[  # noqa: A002 (its name in the API)
        UUID | None, Query(description="Which one. If omitted, and for `user`: the acting account.")
    ] = None,
    interval: Annotated[Interval, Query(description="How long each point is.")] = "day",
    tz: Annotated[
        str,
        Query(
            max_length=50, description="The zone whose clock makes the intervals, such as `Europe/Zurich`."
        ),
    ] = "UTC",
    compare: Annotated[
        Literal["previous"] | None, Query(description="`previous`: also as many intervals, just before.")
    ] = None,
    since: From = None,
    until: Until = None,
) -> Series:
    """Get figures over time, in whole intervals.

    From the interval in which `from` lies to the one in which `until` lies; without a period, the last 30.
    """
    names = _metrics(entity, metrics)
    if ACTIVE_USERS in names and (interval != "day" or tz not in UTC_ZONES):
        raise Invalid(NO_SUM, code="only-utc-days")
    begin, end = _period(interval, since, until)
    with edge.as_caller(router) as cursor:
        if not series.is_time_zone(cursor, tz):
            raise Invalid("tz: give the name of a time zone, such as Europe/Zurich or UTC", code="invalid-tz")
        asked = _Asked(series.subject(cursor, entity, id), names, interval, tz)
        return asked.answer(cursor, begin, end, compared=compare is not None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for, whatever the period."""

    subject: Subject
    metrics: list[str]
    interval: Interval
    zone: str

    def answer(self, cursor: Cursor[DictRow], since: datetime, until: datetime, *, compared: bool) -> Series:
        """The figures of a period, and of the one before if they are compared."""
        spans = self.intervals(cursor, since, until)
        points = self.points(cursor, spans)
        before = self.points(cursor, self.intervals_before(cursor, spans)) if compared else None
        return Series(
            entity=self.subject.entity,
            id=self.subject.id,
            interval=self.interval,
            points=points,
            totals=_totals(points, self.metrics),
            previous=before,
            previous_totals=None if before is None else _totals(before, self.metrics),
            as_of=reports.caller(cursor).as_of,
            timezone=self.zone,
        )

    def intervals(self, cursor: Cursor[DictRow], since: datetime, until: datetime) -> list[DictRow]:
        """The whole intervals of a period. Raises Invalid if there are too many."""
        spans = series.intervals(cursor, self.interval, self.zone, since, until, limit=MOST_POINTS + 1)
        if len(spans) > MOST_POINTS:
            raise Invalid(TOO_MANY, code="too-many-points")
        return spans

    def intervals_before(self, cursor: Cursor[DictRow], spans: list[DictRow]) -> list[DictRow]:
        """As many intervals just before these. More are read than needed: months and days differ in length."""
        first, count = spans[0]["start"], len(spans)
        since = first - _LONGEST[self.interval] * (count + 1)
        found = series.intervals(cursor, self.interval, self.zone, since, first, limit=2 * count + 50)
        return found[-count:]

    def points(self, cursor: Cursor[DictRow], spans: list[DictRow]) -> list[Point]:
        """The figures of these intervals. Raises Invalid where they are not kept."""
        if not spans:
            return []
        by_quarters = self.interval == "hour" or self.zone not in UTC_ZONES
        if by_quarters:
            self._require_quarters(spans[0]["start"])
        sums = series.sums(cursor, self.subject, self.metrics, spans, self.interval, by_quarters=by_quarters)
        zone = ZoneInfo(self.zone)
        return [
            Point(
                start=span["start"].astimezone(zone),
                values={name: sums.get((span["start"], name), 0) for name in self.metrics},
            )
            for span in spans
        ]

    def _require_quarters(self, first: datetime) -> None:
        if self.subject.entity not in BY_QUARTERS:
            raise Invalid(ONLY_DAYS, code="only-utc-days")
        if first < datetime.now(UTC) - KEPT:
            raise Invalid(NOT_KEPT, code="not-kept")


def _metrics(entity: Entity, text: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    known = METRICS[entity]
    if len(names) > MOST_METRICS or not set(names) <= set(known):
        raise Invalid(
            f"metrics: with entity={entity}, give up to {MOST_METRICS} of {', '.join(known)}",
            code="invalid-metrics",
        )
    return names


def _period(interval: Interval, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    begin, end = whole_period(since, until, usual=USUAL * _SHORTEST[interval])
    if end - begin > (MOST_POINTS + 1) * _LONGEST[interval]:
        raise Invalid(TOO_MANY, code="too-many-points")
    return begin, end


def _totals(points: Sequence[Point], metrics: Sequence[str]) -> dict[str, int]:
    return {name: sum(point.values[name] for point in points) for name in metrics if name != ACTIVE_USERS}
