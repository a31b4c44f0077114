"""Asks the API for everything that a report shows, as the caller: what it may not see, it does not get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from infra.cli.api_client import ApiError, Client

Row = Mapping[str, Any]

ACTIVITY = ("file_views", "file_downloads", "file_shares", "file_uploads", "user_sessions")
MESSAGES = (
    "email_campaign_sent", "email_campaign_delivered", "email_campaign_opened", "email_campaign_clicked",
    "sms_campaign_sent", "sms_campaign_delivered", "sms_campaign_clicked", "social_post_published",
)  # fmt: skip
# Each a request of its own, because a stage that does not count it refuses the request.
OPTIONAL = ("email_campaign_conversions", "sms_campaign_conversions")

TOPS = ("assets", "retailers", "templates", "wishes")
PAGE = 200
# The newest co-op funds are shown.
FUNDS = 20
# A longer period is shown by weeks.
MOST_DAYS_SHOWN = 92
# Pages of sessions that are read to sum them up.
MOST_PAGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric: its values by interval, each named by its first day; `previous`: as many intervals before."""

    starts: Sequence[str]
    values: Sequence[int]
    previous: Sequence[int]

    @property
    def total(self) -> int:
        """The sum over the period."""
        return sum(self.values)

    @property
    def previous_total(self) -> int:
        """The sum over as many intervals before."""
        return sum(self.previous)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything that a report shows."""

    account: str
    account_type: str
    since: datetime
    until: datetime
    zone: str
    as_of: str | None
    # Of the series: day or week.
    interval: str
    series: Mapping[str, Metric]
    tops: Mapping[str, Sequence[Row]]
    campaigns: Sequence[Row]
    funds: Sequence[Row]
    wishes: Sequence[Row]
    scores: Sequence[Row]
    sessions: Sequence[Row]
    # Whether there are more sessions than were read.
    has_more_sessions: bool = field(default=False)


def ask(client: Client, *, until: datetime, days: int, zone: str) -> Asked:
    """Ask for a report about the days up to `until` (aware). Raises ApiError with a sentence."""
    acting = _me(client)
    entity, scope = ("platform", "all") if acting["account_type"] == "admin" else ("user", "own")
    since = until - timedelta(days=days - 1)
    interval = "day" if days <= MOST_DAYS_SHOWN else "week"
    period = {"from": since.isoformat(), "until": until.isoformat()}
    sessions, has_more = _sessions(client, {"scope": scope, **period})
    return Asked(
        account=acting["account"]["name"],
        account_type=acting["account_type"],
        since=since,
        until=until,
        zone=zone,
        as_of=_get(client, "/analytics/freshness")["as_of"],
        interval=interval,
        series=_series(client, {"entity": entity, "interval": interval, "tz": zone, **period}),
        tops={name: _items(client, f"/analytics/top/{name}") for name in TOPS},
        campaigns=_items(client, "/analytics/campaigns", scope=scope, sort="performance", limit=10),
        funds=_optional_items(client, "/funds", limit=FUNDS),
        wishes=_optional_items(client, "/analytics/wish-lists", sort="wish_count", limit=PAGE),
        scores=_items(
            client, "/analytics/retailer-scores", scope="all" if scope == "all" else "visible", limit=20
        ),
        sessions=sessions,
        has_more_sessions=has_more,
    )


def _me(client: Client) -> Row:
    acting = _get(client, "/me")["acting"]
    if acting is None:
        raise ApiError("The token's user acts for no active account, so there are no numbers to show.")
    return dict(acting)


def _series(client: Client, query: Mapping[str, str]) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for metrics in (ACTIVITY, MESSAGES, *((name,) for name in OPTIONAL)):
        asked = {**query, "metrics": ",".join(metrics), "compare": "previous"}
        answer = client.call("GET", f"/analytics/series?{urlencode(asked)}")
        if answer.status == 422 and metrics[0] in OPTIONAL:
            continue
        found |= _metrics(_checked(answer.status, answer.problem, answer.body), metrics)
    return found


def _metrics(body: Row, metrics: Sequence[str]) -> dict[str, Metric]:
    points, previous = body["points"], body["previous"] or []
    return {
        name: Metric(
            starts=[point["start"][:10] for point in points],
            values=[point["values"].get(name, 0) for point in points],
            previous=[point["values"].get(name, 0) for point in previous],
        )
        for name in metrics
    }


def _sessions(client: Client, query: Mapping[str, str]) -> tuple[list[Row], bool]:
    """The newest sessions of the period, and whether there are more than MOST_PAGES."""
    found: list[Row] = []
    cursor: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page = _get(client, "/analytics/sessions", limit=PAGE, **query, **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            return found, False
        cursor = {"cursor": page["next_cursor"]}
    return found, True


def _items(client: Client, path: str, **query: object) -> list[Row]:
    return list(_get(client, path, **query)["items"])


def _optional_items(client: Client, path: str, **query: object) -> list[Row]:
    """Rows of a list that not every kind of account has."""
    answer = client.call("GET", f"{path}?{urlencode(query)}")
    if answer.status in {403, 404}:
        return []
    return list(_checked(answer.status, answer.problem, answer.body)["items"])


def _get(client: Client, path: str, **query: object) -> Row:
    answer = client.call("GET", f"{path}?{urlencode(query)}" if query else path)
    return _checked(answer.status, answer.problem, answer.body)


def _checked(status: int, problem: str, body: Row) -> Row:
    if status != 200:
        raise ApiError(f"The API answered {status}: {problem}")
    return body
