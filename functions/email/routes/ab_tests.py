"""Routes for the A/B test of an e-mail: what is tested, and what the rest gets. The work is in sending/operations."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, settings
from ddp.channels import EMAIL
from functions.email import ab_test_models, drafting, models
from functions.sending.operations import ab_tests
from functions.sending.operations.ab_test_models import Decided, DecisionRequest

router = edge.router()

SEND_QUEUE_URL = settings.required(EMAIL.send_queue_variable)


@router.put("/email-campaigns/<email_campaign_id>/ab-test", tags=["E-mail"], operation_id="setAbTest")
def set_ab_test(
    email_campaign_id: UUID, body: ab_test_models.EmailAbTestRequest
) -> ab_test_models.EmailAbTest:
    """Set what a draft tests, in place of what it tested before.

    A share of the recipients gets one of the variants each, and the rest the one that is chosen by the numbers, or by a
    person. Refused (409) once sending was requested. Only for its creator.
    """
    for variant in body.variants:
        drafting.check(dict(variant))
    ab_test = body.model_dump(mode="json", exclude_none=True)
    return ab_test_models.EmailAbTest(**ab_tests.store(router, EMAIL, email_campaign_id, ab_test))


@router.get("/email-campaigns/<email_campaign_id>/ab-test", tags=["E-mail"], operation_id="getAbTest")
def get_ab_test(email_campaign_id: UUID) -> ab_test_models.EmailAbTest:
    """Get what an e-mail tests and, once sending was requested, each variant's numbers and what was decided."""
    return ab_test_models.EmailAbTest(**ab_tests.get(router, EMAIL, email_campaign_id))


@router.delete("/email-campaigns/<email_campaign_id>/ab-test", tags=["E-mail"], operation_id="removeAbTest")
def remove_ab_test(email_campaign_id: UUID) -> models.Deleted:
    """Remove the A/B test of a draft: all recipients get the draft.

    Harmless when repeated. Refused (409) once sending was requested. Only for its creator.
    """
    ab_tests.remove(router, EMAIL, email_campaign_id)
    return models.Deleted(email_campaign_id=email_campaign_id)


@router.post(
    "/email-campaigns/<email_campaign_id>/ab-test/decide", tags=["E-mail"], operation_id="decideAbTest"
)
def decide(
    email_campaign_id: UUID, body: DecisionRequest, idempotency_key: idempotency.Key = None
) -> Response[Decided]:
    """Choose the variant that the rest gets, whatever the numbers say.

    At any time before it is decided; the audit trail records who chose. Refused (409, `already-decided`) for another
    variant after that.
    """
    return ab_tests.decide(
        router,
        EMAIL,
        idempotency_key,
        email_campaign_id,
        body.variant,
        send_queue_url=SEND_QUEUE_URL,
    )
