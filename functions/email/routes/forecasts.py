"""Routes that forecast a send. The work is in sending/operations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, settings
from ddp.channels import EMAIL
from functions.email import models
from functions.sending.forecasting.models import Forecast
from functions.sending.operations import forecasts

router = edge.router()

PLAN_QUEUE_URL = settings.required(EMAIL.plan_queue_variable)


@router.post(
    "/email-campaigns/<email_campaign_id>/forecast", tags=["E-mail"], operation_id="forecastEmailCampaign"
)
def forecast(email_campaign_id: UUID, body: models.SendRequest) -> Response[Forecast]:
    """Say what a send with this very body would do: who gets it, who does not and why, when, and what it costs.

    Nothing is sent or frozen, and what a send would be refused for is refused. Of a file above 4 MiB a sample is read,
    and the result says its error. If it is not ready within nine seconds, its status is `pending`: get it by its id.
    Only for its creator.
    """
    return forecasts.at_once(router, EMAIL, email_campaign_id, **_asked(body))


@router.post(
    "/email-campaigns/<email_campaign_id>/forecasts",
    tags=["E-mail"],
    operation_id="requestEmailForecast",
    status_code=202,
)
def request_forecast(
    email_campaign_id: UUID, body: models.SendRequest, idempotency_key: idempotency.Key = None
) -> Response[Forecast]:
    """Request an exact forecast, for which all records are read, however many there are.

    A send with the same body has exactly these recipients, rejections and costs, if nothing changes in between. At most
    three at a time. Only for its creator.
    """
    return forecasts.request(router, EMAIL, idempotency_key, email_campaign_id, **_asked(body))


@router.get(
    "/email-campaigns/<email_campaign_id>/forecasts/<send_forecast_id>",
    tags=["E-mail"],
    operation_id="getEmailForecast",
)
def get_forecast(email_campaign_id: UUID, send_forecast_id: UUID) -> Response[Forecast]:
    """Get a forecast and, once it is ready, its result.

    Only for its creator and admins.
    """
    return forecasts.get(router, EMAIL, email_campaign_id, send_forecast_id)


def _asked(body: models.SendRequest) -> dict[str, Any]:
    return {
        "audience": body.audience,
        "scheduled_at": body.scheduled_at,
        "options": models.options(body),
        "plan_queue_url": PLAN_QUEUE_URL,
    }
