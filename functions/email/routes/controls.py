"""Steering a send: pause, resume, cancel, retry what failed, decide what is unknown; and how far it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency
from ddp.queries.email import drafts as email_campaigns
from functions.email import models
from functions.sending import hints as notice
from functions.sending import messages

router = edge.router()

# Each cancels 20,000 recipients; the rest is left to reconciliation, because an HTTP API waits 30 s.
_ROUNDS = 5


@router.post("/email-campaigns/<email_campaign_id>/pause", tags=["E-mail"], operation_id="pauseEmailCampaign")
def pause(email_campaign_id: UUID) -> models.Controlled:
    """Hold a send. Says how many recipients are in flight: these may still get it. Twice is harmless."""
    with edge.as_caller(router) as cursor:
        return models.Controlled.model_validate(email_campaigns.pause(cursor, email_campaign_id))


@router.post(
    "/email-campaigns/<email_campaign_id>/resume", tags=["E-mail"], operation_id="resumeEmailCampaign"
)
def resume(email_campaign_id: UUID) -> models.Controlled:
    """Let a paused send go on. Whom it would reach too late by now is missed."""
    with edge.as_caller(router) as cursor:
        outcome = email_campaigns.resume(cursor, email_campaign_id)
    _tell(outcome)
    return models.Controlled.model_validate(outcome)


@router.post(
    "/email-campaigns/<email_campaign_id>/cancel", tags=["E-mail"], operation_id="cancelEmailCampaign"
)
def cancel(email_campaign_id: UUID) -> models.Cancelled:
    """Give a send up, for good. Says how many recipients are in flight: these may still get it."""
    for _ in range(_ROUNDS):
        with edge.as_caller(router) as cursor:
            outcome = email_campaigns.cancel(cursor, email_campaign_id)
        if outcome["is_finished"]:
            break
    return models.Cancelled.model_validate(outcome)


@router.post("/email-campaigns/<email_campaign_id>/retry", tags=["E-mail"], operation_id="retryFailed")
def retry(
    email_campaign_id: UUID, body: models.RetryRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Retried]:
    """Another attempt for recipients whose message failed, and was never accepted by the provider."""
    outcomes: list[dict[str, Any]] = []

    def work(cursor: Cursor[DictRow]) -> models.Retried:
        outcomes.append(email_campaigns.retry(cursor, email_campaign_id, body.failure_codes))
        return models.Retried.model_validate(outcomes[0])

    answer = idempotency.once(router, idempotency_key, work, status=200)
    for outcome in outcomes:
        _tell(outcome)
    return answer


@router.post(
    "/email-campaigns/<email_campaign_id>/unknown", tags=["E-mail"], operation_id="settleUnknownSends"
)
def settle(
    email_campaign_id: UUID, body: models.SettleRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Settled]:
    """Decide by hand what became of messages whose result is unknown. Recorded in the audit trail."""
    outcomes: list[dict[str, Any]] = []

    def work(cursor: Cursor[DictRow]) -> models.Settled:
        outcomes.append(email_campaigns.settle(cursor, email_campaign_id, body.action, body.email_send_ids))
        return models.Settled.model_validate(outcomes[0])

    answer = idempotency.once(router, idempotency_key, work, status=200)
    for outcome in outcomes:
        _tell(outcome)
    return answer


@router.get("/email-campaigns/<email_campaign_id>/progress", tags=["E-mail"], operation_id="getProgress")
def progress(email_campaign_id: UUID) -> models.Progress:
    """How far a send is, in numbers; also for the brand in whose campaign it is."""
    with edge.as_caller(router) as cursor:
        outcome = email_campaigns.progress(cursor, email_campaign_id)
    return models.Progress.model_validate(outcome | {"summary": summary(outcome)})


def summary(progress: dict[str, Any]) -> str:
    """The state in words."""
    state: str = progress["state"]
    if progress["pause"] and state == "paused":
        return f"paused: {progress['pause']['reason']}"
    if progress["failure"]:
        return f"failed: {progress['failure']['reason']}"
    if state == "cancelled" and progress["in_flight"]:
        return f"cancelled, {progress['in_flight']:,} in flight"
    if progress["unknown"] and state in {"complete", "cancelled"}:
        return f"{state}, {progress['unknown']:,} unknown"
    return state


def _tell(outcome: dict[str, Any]) -> None:
    plan_id = UUID(outcome["send_plan_id"])
    work = [messages.SendChunk(send_plan_id=plan_id, chunk_no=number) for number in outcome["chunks"]]
    notice.tell(notice.SEND_QUEUE, work, sender=edge.claims(router).subject)
