"""Routes for the A/B test of an SMS: what is tested, and what the rest gets. The work is in sending/operations."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from ddp import edge, idempotency, settings
from ddp.channels import SMS
from functions.sending.operations import ab_tests
from functions.sending.operations.ab_test_models import Decided, DecisionRequest
from functions.sms.campaigns import drafting
from functions.sms.campaigns.ab_tests import SmsAbTest, SmsAbTestRequest
from functions.sms.campaigns.models import SmsDeleted

router = edge.router()

SEND_QUEUE_URL = settings.required(SMS.send_queue_variable)


@router.put("/sms-campaigns/<sms_campaign_id>/ab-test", tags=["SMS"], operation_id="setSmsAbTest")
def set_ab_test(sms_campaign_id: UUID, body: SmsAbTestRequest) -> SmsAbTest:
    """Set what a draft tests, in place of what it tested before.

    A share of the recipients gets one of the variants each, and the rest the one that is chosen by the numbers, or by a
    person. Refused (409) once sending was requested. Only for its creator.
    """
    for variant in body.variants:
        drafting.check(dict(variant))
    ab_test = body.model_dump(mode="json", exclude_none=True)
    return SmsAbTest(**ab_tests.store(router, SMS, sms_campaign_id, ab_test))


@router.get("/sms-campaigns/<sms_campaign_id>/ab-test", tags=["SMS"], operation_id="getSmsAbTest")
def get_ab_test(sms_campaign_id: UUID) -> SmsAbTest:
    """Get what an SMS tests and, once sending was requested, each variant's numbers and what was decided."""
    return SmsAbTest(**ab_tests.get(router, SMS, sms_campaign_id))


@router.delete("/sms-campaigns/<sms_campaign_id>/ab-test", tags=["SMS"], operation_id="removeSmsAbTest")
def remove_ab_test(sms_campaign_id: UUID) -> SmsDeleted:
    """Remove the A/B test of a draft: all recipients get the draft.

    Harmless when repeated. Refused (409) once sending was requested. Only for its creator.
    """
    ab_tests.remove(router, SMS, sms_campaign_id)
    return SmsDeleted(sms_campaign_id=sms_campaign_id)


@router.post("/sms-campaigns/<sms_campaign_id>/ab-test/decide", tags=["SMS"], operation_id="decideSmsAbTest")
def decide(
    sms_campaign_id: UUID, body: DecisionRequest, idempotency_key: idempotency.Key = None
) -> Response[Decided]:
    """Choose the variant that the rest gets, whatever the numbers say.

    At any time before it is decided; the audit trail records who chose. Refused (409, `already-decided`) for another
    variant after that.
    """
    return ab_tests.decide(
        router,
        SMS,
        idempotency_key,
        sms_campaign_id,
        body.variant,
        send_queue_url=SEND_QUEUE_URL,
    )
