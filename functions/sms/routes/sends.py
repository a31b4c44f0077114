"""Routes that request sends and test sends."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination, settings
from ddp.channels import SMS
from functions.sending.operations import requests
from functions.sms.campaigns import models

router = edge.router()

PLAN_QUEUE_URL = settings.required(SMS.plan_queue_variable)
SEND_QUEUE_URL = settings.required(SMS.send_queue_variable)


@router.post(
    "/sms-campaigns/<sms_campaign_id>/send", tags=["SMS"], operation_id="sendSmsCampaign", status_code=202
)
def send(
    sms_campaign_id: UUID, body: models.SmsSendRequest, idempotency_key: idempotency.Key = None
) -> Response[models.SmsSendAccepted]:
    """Request that an SMS is sent, now or at a later time.

    This freezes the SMS and is possible only once. Nothing is sent before all of it is planned and its price is known;
    if that is above a budget, nothing is sent at all (progress says `over-budget`). Refused (409, `no-sms-budget`)
    while the account has no monthly budget. Only for its creator.
    """

    def show(plan: DictRow) -> models.SmsSendAccepted:
        return models.SmsSendAccepted(
            sms_campaign_id=sms_campaign_id,
            send_plan_id=plan["send_plan_id"],
            scheduled_at=plan["scheduled_at"],
            warnings=plan["warnings"],
        )

    return requests.send(
        router,
        SMS,
        idempotency_key,
        sms_campaign_id,
        audience=body.audience,
        scheduled_at=body.scheduled_at,
        options=models.options(body),
        show=show,
        plan_queue_url=PLAN_QUEUE_URL,
    )


@router.post(
    "/sms-campaigns/<sms_campaign_id>/test", tags=["SMS"], operation_id="testSmsCampaign", status_code=202
)
def send_test(
    sms_campaign_id: UUID, body: models.SmsTestRequest, idempotency_key: idempotency.Key = None
) -> Response[models.SmsTestSends]:
    """Send a draft to one to five numbers as a test; at most ten a day.

    Each number gets it at most once, at any hour, without recorded consent; suppressed numbers get none. Test sends
    count in the month's budget and in no statistics. Only for its creator.
    """
    return requests.test(
        router,
        SMS,
        idempotency_key,
        sms_campaign_id,
        recipients=body.recipients,
        template_data=body.template_data,
        show=models.SmsTestSends.model_validate,
        send_queue_url=SEND_QUEUE_URL,
    )


@router.get("/sms-campaigns/<sms_campaign_id>/tests", tags=["SMS"], operation_id="listSmsTestSends")
def list_test_sends(
    sms_campaign_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.SmsTestSends:
    """List the test sends of an SMS and their results, newest first."""
    page = requests.tests(router, SMS, sms_campaign_id, limit=limit, cursor=cursor)
    return models.SmsTestSends.model_validate(page)
