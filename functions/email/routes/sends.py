"""Requesting that an e-mail is sent, and samples of it."""

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

# Members of a request that are options of the plan.
_OPTIONS = frozenset(models.SendRequest.model_fields) - {"audience", "scheduled_at"}


@router.post(
    "/email-campaigns/<email_campaign_id>/send",
    tags=["E-mail"],
    operation_id="sendEmailCampaign",
    status_code=202,
)
def send(
    email_campaign_id: UUID, body: models.SendRequest, idempotency_key: idempotency.Key = None
) -> Response[models.SendAccepted]:
    """Request that an own e-mail is sent, once: now or at a time. It is frozen as it is now.

    Refused (409, `sender-not-verified`) from an address that the caller has not verified.
    """
    plans: list[DictRow] = []

    def request(cursor: Cursor[DictRow]) -> models.SendAccepted:
        plan = email_campaigns.send(
            cursor,
            email_campaign_id,
            audience=body.audience.model_dump(mode="json", exclude_none=True),
            scheduled_at=body.scheduled_at,
            options=body.model_dump(mode="json", include=set(_OPTIONS), exclude_none=True),
        )
        plans.append(plan)
        return models.SendAccepted(email_campaign_id=email_campaign_id, **_accepted(plan))

    answer = idempotency.once(router, idempotency_key, request, status=202)
    # A target audience is read when its time has come: reconciliation tells the planner then.
    due = [plan for plan in plans if plan["is_due"] or plan["source"] != "target_audience"]
    notice.tell(
        notice.PLAN_QUEUE,
        [messages.PlanSend(send_plan_id=plan["send_plan_id"]) for plan in due],
        sender=_caller(),
    )
    return answer


@router.post(
    "/email-campaigns/<email_campaign_id>/test",
    tags=["E-mail"],
    operation_id="testEmailCampaign",
    status_code=202,
)
def send_test(
    email_campaign_id: UUID, body: models.TestRequest, idempotency_key: idempotency.Key = None
) -> Response[models.TestSends]:
    """Send samples to one to five addresses, each at most once. They count nowhere."""
    requested: list[DictRow] = []

    def request(cursor: Cursor[DictRow]) -> models.TestSends:
        rows = email_campaigns.request_test_sends(
            cursor, email_campaign_id, body.recipients, body.template_data
        )
        requested.extend(rows)
        return models.TestSends.model_validate({"items": rows})

    answer = idempotency.once(router, idempotency_key, request, status=202)
    notice.tell(
        notice.SEND_QUEUE,
        [messages.SendTest(email_test_send_id=row["email_test_send_id"]) for row in requested],
        sender=_caller(),
    )
    return answer


@router.get("/email-campaigns/<email_campaign_id>/tests", tags=["E-mail"], operation_id="listTestSends")
def list_test_sends(email_campaign_id: UUID) -> models.TestSends:
    """The latest samples of an own e-mail and what became of them."""
    with edge.as_caller(router) as cursor:
        email_campaigns.get(cursor, email_campaign_id)
        rows = email_campaigns.test_sends(cursor, email_campaign_id)
    return models.TestSends.model_validate({"items": rows})


def _accepted(plan: DictRow) -> dict[str, Any]:
    return {"send_plan_id": plan["send_plan_id"], "scheduled_at": plan["scheduled_at"]}


def _caller() -> UUID:
    return edge.claims(router).subject
