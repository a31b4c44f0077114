"""Routes that control a send: pause, resume, cancel, retry, settle, progress. The work is in sending/operations."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, settings
from ddp.channels import EMAIL
from functions.email import models
from functions.email.progress import Progress
from functions.sending.models import Cancelled, Controlled, Retried, RetryRequest, Settled
from functions.sending.operations import controls

router = edge.router()

SEND_QUEUE_URL = settings.required(EMAIL.send_queue_variable)


@router.post("/email-campaigns/<email_campaign_id>/pause", tags=["E-mail"], operation_id="pauseEmailCampaign")
def pause(email_campaign_id: UUID) -> Controlled:
    """Pause a send.

    `in_flight` says how many recipients may still get it. Harmless when repeated.
    """
    return Controlled.model_validate(controls.pause(router, EMAIL, email_campaign_id))


@router.post(
    "/email-campaigns/<email_campaign_id>/resume", tags=["E-mail"], operation_id="resumeEmailCampaign"
)
def resume(email_campaign_id: UUID) -> Controlled:
    """Resume a paused send.

    Recipients it would now reach too late become `missed`.
    """
    outcome = controls.resume(router, EMAIL, email_campaign_id, send_queue_url=SEND_QUEUE_URL)
    return Controlled.model_validate(outcome)


@router.post(
    "/email-campaigns/<email_campaign_id>/cancel", tags=["E-mail"], operation_id="cancelEmailCampaign"
)
def cancel(email_campaign_id: UUID) -> Cancelled:
    """Cancel a send for good.

    `in_flight` says how many recipients may still get it. Harmless when repeated.
    """
    return Cancelled.model_validate(controls.cancel(router, EMAIL, email_campaign_id))


@router.post("/email-campaigns/<email_campaign_id>/retry", tags=["E-mail"], operation_id="retryFailed")
def retry(
    email_campaign_id: UUID, body: RetryRequest, idempotency_key: idempotency.Key = None
) -> Response[Retried]:
    """Give failed recipients another attempt.

    Not those whose message the provider accepted in an earlier attempt.
    """
    return controls.retry(
        router,
        EMAIL,
        idempotency_key,
        email_campaign_id,
        body.failure_codes,
        Retried.model_validate,
        send_queue_url=SEND_QUEUE_URL,
    )


@router.post(
    "/email-campaigns/<email_campaign_id>/unknown", tags=["E-mail"], operation_id="settleUnknownSends"
)
def settle(
    email_campaign_id: UUID, body: models.SettleRequest, idempotency_key: idempotency.Key = None
) -> Response[Settled]:
    """Settle messages whose result is unknown.

    The audit trail records who settled them, and how.
    """
    return controls.settle(
        router,
        EMAIL,
        idempotency_key,
        email_campaign_id,
        body.action,
        body.email_send_ids,
        Settled.model_validate,
        send_queue_url=SEND_QUEUE_URL,
    )


@router.get("/email-campaigns/<email_campaign_id>/progress", tags=["E-mail"], operation_id="getProgress")
def progress(email_campaign_id: UUID) -> Progress:
    """Get the progress of a send.

    The brand whose campaign it belongs to may see it too.
    """
    return Progress.model_validate(controls.progress(router, EMAIL, email_campaign_id))
