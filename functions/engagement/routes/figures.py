"""Routes for the numbers of posts and accounts: visible as the posts and accounts are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, get_args
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, queues, settings
from ddp.errors import Invalid
from ddp.queries.engagement import figures
from ddp.queries.social import accounts
from functions.engagement import best_times, messages, models
from functions.engagement.models import Interval, Metric

router = edge.router()

QUEUE_URL = settings.required("DDP_SOCIAL_POLL_QUEUE_URL")
MOST = 5_000
LONGEST = timedelta(days=400)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Metrics = Annotated[
    list[Metric] | None, Query(alias="metric", description="Only of these kinds; may be repeated.")
]
Since = Annotated[
    datetime | None, Query(alias="from", description="From this time on; by default 90 days ago.")
]
Until = Annotated[datetime | None, Query(description="Until before this time; by default now.", alias="to")]


@router.get(
    "/social-posts/<post_id>/engagement", tags=["Social engagement"], operation_id="getSocialPostEngagement"
)
def get_post(
    post_id: UUID,
    metric: Metrics = None,
    since: Since = None,
    until: Until = None,
    interval: Annotated[
        Interval, Query(description="One number per kind and reading, hour or UTC day.")
    ] = "reading",
) -> models.PostEngagement:
    """Get what came back from a post, over time."""
    asked = _asked(metric, since, until)
    with edge.as_caller(router) as cursor:
        post = figures.post(cursor, post_id)
        items = figures.history(cursor, post_id, asked, interval=interval, limit=MOST + 1)
        readings = figures.polls(cursor, post_id)
    return models.PostEngagement.model_validate(
        {
            "post_id": post_id,
            "deleted_on_platform_at": post["deleted_on_platform_at"],
            "readings": readings,
            "measurements": items[:MOST],
            "is_cut": len(items) > MOST,
        }
    )


@router.post("/social-posts/<post_id>/measure", tags=["Social engagement"], operation_id="measureSocialPost")
def measure(post_id: UUID) -> models.PostReadings:
    """Let the numbers of a post be read now, at most once in five minutes; takes a few seconds."""
    with edge.as_caller(router) as cursor:
        figures.measure(cursor, post_id)
        readings = figures.polls(cursor, post_id)
    # Lost, the message is made up for within a minute.
    queues.send(QUEUE_URL, [messages.POLL])
    return models.PostReadings.model_validate({"post_id": post_id, "readings": readings})


@router.get(
    "/social-accounts/<account_id>/engagement",
    tags=["Social engagement"],
    operation_id="getSocialAccountEngagement",
)
def get_account(
    account_id: UUID, metric: Metrics = None, since: Since = None, until: Until = None
) -> models.AccountEngagement:
    """Get what the posts of an account gained on each UTC day, and which of them had the most engagement."""
    asked = _asked(metric, since, until)
    first, last = asked.since.astimezone(UTC).date(), asked.until.astimezone(UTC).date()
    with edge.as_caller(router) as cursor:
        figures.account(cursor, account_id)
        days = figures.days(cursor, account_id, asked.metrics, since=first, until=last + timedelta(days=1))
        top = figures.top(cursor, account_id, since=asked.since, until=asked.until, limit=10)
    return models.AccountEngagement.model_validate({"account_id": account_id, "days": days, "top_posts": top})


@router.get(
    "/social-accounts/<account_id>/best-times",
    tags=["Social engagement"],
    operation_id="getSocialAccountBestTimes",
)
def get_best_times(account_id: UUID) -> models.BestTimes:
    """Get the hours of the week in which posts of an account did best, as slots for it."""
    with edge.as_caller(router) as cursor:
        account = figures.account(cursor, account_id)
        zone = account["time_zone"] or "UTC"
        rows = figures.best_times(cursor, account_id, time_zone=zone)
    return best_times.shown(account_id, zone, rows)


@router.get("/social-read-budget", tags=["Social engagement"], operation_id="getSocialReadBudget")
def get_read_budget(
    user_id: Annotated[
        UUID | None, Query(description="Only for admins: of this account. If omitted, the caller's.")
    ] = None,
) -> models.ReadBudget:
    """Get what reading the numbers of posts may cost this month, where a platform charges for it, and what is left."""
    with edge.as_caller(router) as cursor:
        return models.ReadBudget(**accounts.budget(cursor, user_id, "social_reads"))


@router.put("/social-read-budget", tags=["Social engagement"], operation_id="setSocialReadBudget")
def set_read_budget(body: models.ReadBudgetRequest) -> models.ReadBudget:
    """Set what reading the posts of an account may cost in a month, where a platform charges for it.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        figures.set_read_budget(cursor, body.user_id, body.monthly_budget)
        return models.ReadBudget(**accounts.budget(cursor, body.user_id, "social_reads"))


def _asked(metric: list[Metric] | None, since: datetime | None, until: datetime | None) -> figures.Asked:
    for name, at in (("from", since), ("to", until)):
        if at is not None and at.tzinfo is None:
            raise Invalid(f"{name} needs a zone, such as 2026-11-30T00:00:00Z.", code="invalid-time")
        if at is not None and not EARLIEST <= at <= LATEST:
            raise Invalid(f"{name} must be in a year from 2000 to 2099.", code="invalid-time")
    ends = until or datetime.now(UTC)
    begins = since or ends - timedelta(days=90)
    if begins >= ends:
        raise Invalid("from must be before to.", code="invalid-period")
    if ends - begins > LONGEST:
        raise Invalid(f"from and to may be at most {LONGEST.days} days apart.", code="invalid-period")
    return figures.Asked(metrics=metric or get_args(Metric), since=begins, until=ends)
