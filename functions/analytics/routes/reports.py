"""Routes for single figures: an account's activity, how current the figures are, and asking for newer ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, settings
from ddp.queries.analytics import reports
from functions.analytics.messages import REFRESH, tell
from functions.analytics.models.message_figures import SmsCountries
from functions.analytics.models.reports import ActivitySummary, Freshness, RefreshRequested
from functions.analytics.period import From, Until, whole_period

router = edge.router()

REFRESH_QUEUE_URL = settings.required("DDP_ANALYTICS_REFRESH_QUEUE_URL")
USUAL = timedelta(days=30)


@router.get("/analytics/activity-summary", tags=["Analytics"], operation_id="getActivitySummary")
def get_activity_summary(
    user_id: Annotated[
        UUID | None, Query(description="Another account, for administrators. If omitted, the acting one.")
    ] = None,
    since: From = None,
    until: Until = None,
) -> ActivitySummary:
    """Get what an account did in a period of at most 366 days; the last 30 days if none is given."""
    begin, end = whole_period(since, until, usual=USUAL)
    with edge.as_caller(router) as cursor:
        row, as_of = reports.activity(cursor, user_id, begin, end), reports.caller(cursor).as_of
    return ActivitySummary(**row, as_of=as_of, timezone="UTC")


@router.get(
    "/analytics/sms-campaigns/<sms_campaign_id>/countries", tags=["Analytics"], operation_id="getSmsCountries"
)
def get_sms_countries(sms_campaign_id: UUID) -> SmsCountries:
    """Get what an SMS campaign came to by country and origination identity, at this moment.

    Only for its creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return SmsCountries.model_validate({"items": reports.sms_by_country(cursor, sms_campaign_id)})


@router.get("/analytics/freshness", tags=["Analytics"], operation_id="getFreshness")
def get_freshness() -> Freshness:
    """Get how current all figures are."""
    with edge.as_caller(router) as cursor:
        return Freshness(**reports.freshness(cursor), timezone="UTC")


@router.post("/analytics/refresh", tags=["Analytics"], operation_id="refreshAnalytics", status_code=202)
def refresh() -> RefreshRequested:
    """Ask for a refresh now: one is made each minute anyway.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        reports.caller(cursor).require_admin(
            "Only administrators ask for a refresh: one is made each minute."
        )
    return RefreshRequested(is_requested=tell(REFRESH_QUEUE_URL, [REFRESH]))
