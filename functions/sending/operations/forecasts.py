"""Forecasts of sends: the work behind each channel's routes. `app` is the router that was called."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow
from pydantic import BaseModel

from ddp import edge, idempotency
from ddp.channels import Channel
from ddp.queries.messages import forecasts
from functions.sending import hints
from functions.sending.forecasting.models import Forecast
from functions.sending.messages import ForecastSend

# Seconds for which a request waits for a forecast; who asks then looks for it by its id.
PATIENCE = 9.0
# Seconds between two looks: short at first, because a list takes no longer.
_FIRST_LOOK, _LONGEST_LOOK = 0.1, 0.5


def at_once(
    app: edge.App,
    channel: Channel,
    channel_campaign_id: UUID,
    *,
    audience: BaseModel,
    scheduled_at: datetime | None,
    options: Mapping[str, Any],
    plan_queue_url: str,
) -> Response[Forecast]:
    """A forecast, ready unless it takes longer than PATIENCE. Of a large file a sample is read."""
    with edge.as_caller(app) as cursor:
        forecast_id = forecasts.request(
            cursor,
            channel,
            channel_campaign_id,
            audience=audience.model_dump(mode="json", exclude_none=True),
            scheduled_at=scheduled_at,
            options=options,
            is_exact=False,
        )
        row = forecasts.show(cursor, channel, channel_campaign_id, forecast_id)
    _tell(row, plan_queue_url)
    deadline, pause = time.monotonic() + PATIENCE, _FIRST_LOOK
    while row["state"] == "pending" and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_LOOK)
        with edge.as_caller(app) as cursor:
            row = forecasts.show(cursor, channel, channel_campaign_id, forecast_id)
    return _answer(row)


def request(
    app: edge.App,
    channel: Channel,
    key: str | None,
    channel_campaign_id: UUID,
    *,
    audience: BaseModel,
    scheduled_at: datetime | None,
    options: Mapping[str, Any],
    plan_queue_url: str,
) -> Response[Any]:
    """Request an exact forecast, and send a hint to the worker that makes it."""

    def work(cursor: Cursor[DictRow]) -> DictRow:
        forecast_id = forecasts.request(
            cursor,
            channel,
            channel_campaign_id,
            audience=audience.model_dump(mode="json", exclude_none=True),
            scheduled_at=scheduled_at,
            options=options,
            is_exact=True,
        )
        return forecasts.show(cursor, channel, channel_campaign_id, forecast_id)

    done = idempotency.perform(app, key, work, shown, status=202)
    if done.result is not None:
        _tell(done.result, plan_queue_url)
    return done.answer


def get(
    app: edge.App, channel: Channel, channel_campaign_id: UUID, send_forecast_id: UUID
) -> Response[Forecast]:
    """One forecast, as far as it is."""
    with edge.as_caller(app) as cursor:
        row = forecasts.show(cursor, channel, channel_campaign_id, send_forecast_id)
    return _answer(row)


def shown(row: Mapping[str, Any]) -> Forecast:
    """A forecast, from its row."""
    failure = {"code": row["failure_code"], "reason": row["failure_reason"]} if row["failure_code"] else None
    return Forecast.model_validate({**row, "status": row["state"], "failure": failure})


def _answer(row: Mapping[str, Any]) -> Response[Forecast]:
    return Response(
        200,
        content_type="application/json",
        body=shown(row),
        headers={"Cache-Control": "no-store"},
    )


def _tell(row: Mapping[str, Any], plan_queue_url: str) -> None:
    work = [ForecastSend(send_forecast_id=row["send_forecast_id"])]
    hints.tell(plan_queue_url, work, sender=row["created_by_user_id"])
