"""Queue sending-reconcile, each minute: puts right what workers left behind, and sends the hints that are missing.

It ends the leases of workers that died, derives what is complete, and tells the queues about work that they have no
message about. Nothing depends on a message arriving: the tables show what a lost message was about.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.channels import EMAIL
from ddp.observability import logger
from ddp.queries.email import test_sends
from ddp.queries.sending import reconciliation
from functions.sending.messages import SendTest
from functions.sending.reconciler import Reconciler, bodies

# The price of a thousand e-mails, in the currency of budgets; Amazon SES asks 0.10 US dollars.
PRICE_PER_THOUSAND = Decimal(settings.optional("DDP_EMAIL_PRICE_PER_THOUSAND", "0.10"))

email = Reconciler(
    channel=EMAIL,
    plan_queue_url=settings.required(EMAIL.plan_queue_variable),
    send_queue_url=settings.required(EMAIL.send_queue_variable),
    export_queue_url=settings.required("DDP_SENDING_EXPORT_QUEUE_URL"),
    price_per_thousand=PRICE_PER_THOUSAND,
)


def reconcile(_: SQSRecord) -> None:
    """Reconcile once; harmless when repeated."""
    figures, counts = email.repair()
    with db.transaction(role="service_role") as cursor:
        test_sends.end_lost(cursor)
        paused = reconciliation.pause_unhealthy_senders(cursor)
    told = email.tell() + tell_tests()
    # The alarms on oldest_due_seconds, unknown_new and sent_twice read this line; none coming is an alarm too.
    logger.info("reconciled", email=figures, counts=counts, senders_paused=paused, messages=told)


def tell_tests() -> int:
    """Send the hints about test sends that are missing, as Reconciler.tell does. Returns how many were sent."""
    with db.transaction(role="service_role") as cursor:
        tests = test_sends.waiting(cursor)
    sent = queues.send(email.send_queue_url, bodies(SendTest(test_send_id=test) for test in tests))
    if sent:
        with db.transaction(role="service_role") as cursor:
            test_sends.mark_queued(cursor, tests)
    return sent


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Reconcile once per batch: several messages are minutes that were missed, and one run makes up for all of them."""
    first, rest = event["Records"][:1], event["Records"][1:]
    response = queues.process(event | {"Records": first}, context, reconcile)
    if not response["batchItemFailures"]:
        return response
    failures = [{"itemIdentifier": record["messageId"]} for record in rest]
    return {"batchItemFailures": [*response["batchItemFailures"], *failures]}
