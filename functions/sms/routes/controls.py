"""Routes that control a send: pause, resume, cancel, retry, settle, progress. The work is in sending/operations."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, settings
from ddp.channels import SMS
from ddp.queries.sms import plans
from functions.sending.models import Cancelled, Controlled, Retried, RetryRequest, Settled
from functions.sending.operations import controls
from functions.sms.campaigns.models import SmsSettleRequest
from functions.sms.campaigns.progress import SmsMaxCost, SmsProgress

router = edge.router()

SEND_QUEUE_URL = settings.required(SMS.send_queue_variable)


@router.post("/sms-campaigns/<sms_campaign_id>/pause", tags=["SMS"], operation_id="pauseSmsCampaign")
def pause(sms_campaign_id: UUID) -> Controlled:
    """Pause a send.

    `in_flight` says how many recipients may still get it. Harmless when repeated.
    """
    return Controlled.model_validate(controls.pause(router, SMS, sms_campaign_id))


@router.put("/sms-campaigns/<sms_campaign_id>/max-cost", tags=["SMS"], operation_id="setSmsMaxCost")
def set_max_cost(sms_campaign_id: UUID, body: SmsMaxCost) -> SmsMaxCost:
    """Change the most that a send may cost, until it has ended.

    A send that is over budget goes on once it is resumed.
    """
    with edge.as_caller(router) as cursor:
        plans.set_max_cost(cursor, sms_campaign_id, body.max_cost)
    return body


@router.post("/sms-campaigns/<sms_campaign_id>/resume", tags=["SMS"], operation_id="resumeSmsCampaign")
def resume(sms_campaign_id: UUID) -> Controlled:
    """Resume a paused send, also one that was over a budget which has been raised.

    Recipients it would now reach too late become `missed`.
    """
    outcome = controls.resume(router, SMS, sms_campaign_id, send_queue_url=SEND_QUEUE_URL)
    return Controlled.model_validate(outcome)


@router.post("/sms-campaigns/<sms_campaign_id>/cancel", tags=["SMS"], operation_id="cancelSmsCampaign")
def cancel(sms_campaign_id: UUID) -> Cancelled:
    """Cancel a send for good.

    `in_flight` says how many recipients may still get it. Harmless when repeated.
    """
    return Cancelled.model_validate(controls.cancel(router, SMS, sms_campaign_id))


@router.post("/sms-campaigns/<sms_campaign_id>/retry", tags=["SMS"], operation_id="retryFailedSms")
def retry(
    sms_campaign_id: UUID, body: RetryRequest, idempotency_key: idempotency.Key = None
) -> Response[Retried]:
    """Give failed recipients another attempt.

    Not those whose message the provider accepted in an earlier attempt.
    """
    return controls.retry(
        router,
        SMS,
        idempotency_key,
        sms_campaign_id,
        body.failure_codes,
        Retried.model_validate,
        send_queue_url=SEND_QUEUE_URL,
    )


@router.post("/sms-campaigns/<sms_campaign_id>/unknown", tags=["SMS"], operation_id="settleUnknownSms")
def settle(
    sms_campaign_id: UUID, body: SmsSettleRequest, idempotency_key: idempotency.Key = None
) -> Response[Settled]:
    """Settle messages whose result is unknown.

    The audit trail records who settled them, and how.
    """
    return controls.settle(
        router,
        SMS,
        idempotency_key,
        sms_campaign_id,
        body.action,
        body.sms_send_ids,
        Settled.model_validate,
        send_queue_url=SEND_QUEUE_URL,
    )


@router.get("/sms-campaigns/<sms_campaign_id>/progress", tags=["SMS"], operation_id="getSmsProgress")
def progress(sms_campaign_id: UUID) -> SmsProgress:
    """Get the progress of a send.

    The brand whose campaign it belongs to may see it too.
    """
    return SmsProgress.model_validate(controls.progress(router, SMS, sms_campaign_id))
