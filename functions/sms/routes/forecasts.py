"""Routes that forecast a send. The work is in sending/operations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, settings
from ddp.channels import SMS
from functions.sending.forecasting.models import Forecast
from functions.sending.operations import forecasts
from functions.sms.campaigns import models

router = edge.router()

PLAN_QUEUE_URL = settings.required(SMS.plan_queue_variable)


@router.post("/sms-campaigns/<sms_campaign_id>/forecast", tags=["SMS"], operation_id="forecastSmsCampaign")
def forecast(sms_campaign_id: UUID, body: models.SmsSendRequest) -> Response[Forecast]:
    """Say what a send with this very body would do: who gets it, who does not and why, when, and what it costs.

    Nothing is sent or frozen, and what a send would be refused for is refused. Of a file above 4 MiB a sample is read,
    and the result says its error. If it is not ready within nine seconds, its status is `pending`: get it by its id.
    Only for its creator.
    """
    return forecasts.at_once(router, SMS, sms_campaign_id, **_asked(body))


@router.post(
    "/sms-campaigns/<sms_campaign_id>/forecasts",
    tags=["SMS"],
    operation_id="requestSmsForecast",
    status_code=202,
)
def request_forecast(
    sms_campaign_id: UUID, body: models.SmsSendRequest, idempotency_key: idempotency.Key = None
) -> Response[Forecast]:
    """Request an exact forecast, for which all records are read, however many there are.

    A send with the same body has exactly these recipients, rejections and costs, if nothing changes in between. At most
    three at a time. Only for its creator.
    """
    return forecasts.request(router, SMS, idempotency_key, sms_campaign_id, **_asked(body))


@router.get(
    "/sms-campaigns/<sms_campaign_id>/forecasts/<send_forecast_id>",
    tags=["SMS"],
    operation_id="getSmsForecast",
)
def get_forecast(sms_campaign_id: UUID, send_forecast_id: UUID) -> Response[Forecast]:
    """Get a forecast and, once it is ready, its result.

    Only for its creator and admins.
    """
    return forecasts.get(router, SMS, sms_campaign_id, send_forecast_id)


def _asked(body: models.SmsSendRequest) -> dict[str, Any]:
    return {
        "audience": body.audience,
        "scheduled_at": body.scheduled_at,
        "options": models.options(body),
        "plan_queue_url": PLAN_QUEUE_URL,
    }
