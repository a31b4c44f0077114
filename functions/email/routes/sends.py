"""Routes that request sends and test sends."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination, settings
from ddp.channels import EMAIL
from functions.email import models
from functions.sending.operations import requests

router = edge.router()

PLAN_QUEUE_URL = settings.required(EMAIL.plan_queue_variable)
SEND_QUEUE_URL = settings.required(EMAIL.send_queue_variable)


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
    verified the sender address, and (409, `sender-fields-missing`) if its store has no postal address, or lacks what
    the template shows: set it with PATCH /me. Only for its creator.
    """

    def show(plan: DictRow) -> models.SendAccepted:
        return models.SendAccepted(
            email_campaign_id=email_campaign_id,
            send_plan_id=plan["send_plan_id"],
            scheduled_at=plan["scheduled_at"],
            warnings=plan["warnings"],
        )

    return requests.send(
        router,
        EMAIL,
        idempotency_key,
        email_campaign_id,
        audience=body.audience,
        scheduled_at=body.scheduled_at,
        options=models.options(body),
        show=show,
        plan_queue_url=PLAN_QUEUE_URL,
    )


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

    return requests.test(
        router,
        EMAIL,
        idempotency_key,
        email_campaign_id,
        recipients=body.recipients,
        template_data=body.template_data,
        show=models.TestSends.model_validate,
        send_queue_url=SEND_QUEUE_URL,
    )


@router.get("/email-campaigns/<email_campaign_id>/tests", tags=["E-mail"], operation_id="listTestSends")
def list_test_sends(
    email_campaign_id: UUID, limit: pagination.Limit = 50, cursor: pagination.PageCursor = None
) -> models.TestSends:
    """List the test sends of an e-mail and their results, newest first."""
    page = requests.tests(router, EMAIL, email_campaign_id, limit=limit, cursor=cursor)
    return models.TestSends.model_validate(page)
