"""Routes that request sends and test sends."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import cursors, edge, idempotency, pagination, settings
from ddp.channels import EMAIL
from ddp.queries.email import drafts, requests, test_sends
from functions.email import models
from functions.sending import hints
from functions.sending.messages import PlanSend, SendTest

router = edge.router()

PLAN_QUEUE_URL = settings.required(EMAIL.plan_queue_variable)
SEND_QUEUE_URL = settings.required(EMAIL.send_queue_variable)

# Fields of a request that are options of the plan.
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
    """Request that an e-mail is sent, now or at a later time.

    This freezes the e-mail and is possible only once. Refused (409, `sender-not-verified`) if the caller has not
    verified the sender address. Only for its creator.
    """

    def request(cursor: Cursor[DictRow]) -> DictRow:
        return requests.send(
            cursor,
            email_campaign_id,
            audience=body.audience.model_dump(mode="json", exclude_none=True),
            scheduled_at=body.scheduled_at,
            options=body.model_dump(mode="json", include=set(_OPTIONS), exclude_none=True),
        )

    def show(plan: DictRow) -> models.SendAccepted:
        return models.SendAccepted(
            email_campaign_id=email_campaign_id,
            send_plan_id=plan["send_plan_id"],
            scheduled_at=plan["scheduled_at"],
        )

    done = idempotency.perform(router, idempotency_key, request, show, status=202)
    if done.result is not None:
        _tell_planner(done.result)
    return done.answer


@router.post(
    "/email-campaigns/<email_campaign_id>/test",
    tags=["E-mail"],
    operation_id="testEmailCampaign",
    status_code=202,
)
def send_test(
    email_campaign_id: UUID, body: models.TestRequest, idempotency_key: idempotency.Key = None
) -> Response[models.TestSends]:
    """Send a draft to one to five addresses as a test.

    Each address gets it at most once. Test sends count in no statistics. Only for its creator.
    """

    def request(cursor: Cursor[DictRow]) -> list[DictRow]:
        return test_sends.request(cursor, email_campaign_id, body.recipients, body.template_data)

    done = idempotency.perform(router, idempotency_key, request, _test_sends, status=202)
    work = [SendTest(test_send_id=row["email_test_send_id"]) for row in done.result or ()]
    if done.result:
        hints.tell(SEND_QUEUE_URL, work, sender=done.result[0]["created_by_user_id"])
    return done.answer


@router.get("/email-campaigns/<email_campaign_id>/tests", tags=["E-mail"], operation_id="listTestSends")
def list_test_sends(
    email_campaign_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.TestSends:
    """List the test sends of an e-mail and their results, newest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        drafts.get(transaction, email_campaign_id)
        rows, next_cursor = test_sends.page(transaction, email_campaign_id, after=after, limit=limit)
    return _test_sends(rows, next_cursor)


def _tell_planner(plan: DictRow) -> None:
    # A target audience is read only when it is due; reconciliation tells the planner then.
    if plan["is_due"] or plan["source"] != "target_audience":
        work = [PlanSend(send_plan_id=plan["send_plan_id"])]
        hints.tell(PLAN_QUEUE_URL, work, sender=plan["created_by_user_id"])


def _test_sends(rows: list[DictRow], next_cursor: str | None = None) -> models.TestSends:
    return models.TestSends.model_validate({"items": rows, "next_cursor": next_cursor})
