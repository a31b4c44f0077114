"""Queue sending-reconcile, each minute: puts right what workers left behind, and sends the hints that are missing.

It ends the leases of workers that died, derives what is complete, and tells the queues about work that they have no
message about. Nothing depends on a message arriving: the tables show what a lost message was about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.channels import EMAIL
from ddp.observability import logger
from ddp.queries.email import test_sends
from ddp.queries.sending import reconciliation
from ddp.queries.sending.reconciliation import Work
from functions.sending.messages import ExportSends, Message, PlanSend, SendChunk, SendTest, serialise

PLAN_QUEUE_URL = settings.required(EMAIL.plan_queue_variable)
SEND_QUEUE_URL = settings.required(EMAIL.send_queue_variable)
EXPORT_QUEUE_URL = settings.required("DDP_SENDING_EXPORT_QUEUE_URL")

# The price of a thousand e-mails, in the currency of budgets; Amazon SES asks 0.10 US dollars.
PRICE_PER_THOUSAND = Decimal(settings.optional("DDP_EMAIL_PRICE_PER_THOUSAND", "0.10"))

# Maximum chunks per run. A worker that was woken goes on with everything that is due, so hints need not keep up.
CHUNKS = 500


def reconcile(_: SQSRecord) -> None:
    """Reconcile once; harmless when repeated."""
    with db.transaction(role="service_role", timeout_seconds=45) as cursor:
        counts = reconciliation.reconcile(cursor, EMAIL)
        reconciliation.book_costs(cursor, EMAIL, price_per_thousand=PRICE_PER_THOUSAND)
        test_sends.end_lost(cursor)
        paused = reconciliation.pause_unhealthy_senders(cursor)
    with db.transaction(role="service_role") as cursor:
        work = reconciliation.waiting_work(cursor, EMAIL, limit=CHUNKS)
        tests = test_sends.waiting(cursor)
    told = tell(work) + tell_tests(tests)
    # The alarms on oldest_due_seconds, unknown and sent_twice read this line.
    figures = {
        "unknown": counts.pop("held_unknown"),
        "oldest_due_seconds": round(counts.pop("oldest_due_seconds")),
        "sent_twice": counts.pop("sent_twice"),
    }
    logger.info("reconciled", email=figures, counts=counts, senders_paused=paused, messages=told)


def tell(work: Work) -> int:
    """Send the messages that are missing, then note that the queues have them. Returns how many were sent.

    In this order, a crash between the two repeats a hint, which is harmless. The other order would lose it.
    """
    sent = queues.send(PLAN_QUEUE_URL, bodies(PlanSend(send_plan_id=UUID(plan)) for plan in work["plans"]))
    by_sender = sorted(work["chunks"], key=lambda chunk: chunk["sender_user_id"])
    for sender, chunks in groupby(by_sender, key=lambda chunk: str(chunk["sender_user_id"])):
        hints = (SendChunk(send_plan_id=UUID(c["send_plan_id"]), chunk_no=c["chunk_no"]) for c in chunks)
        sent += queues.send(SEND_QUEUE_URL, bodies(hints), group=sender)
    exports = (ExportSends(send_export_id=UUID(export)) for export in work["exports"])
    sent += queues.send(EXPORT_QUEUE_URL, bodies(exports))
    if sent:
        with db.transaction(role="service_role") as cursor:
            reconciliation.mark_queued(cursor, EMAIL, work)
    return sent


def tell_tests(tests: Sequence[UUID]) -> int:
    """The same for test sends."""
    sent = queues.send(SEND_QUEUE_URL, bodies(SendTest(test_send_id=test) for test in tests))
    if sent:
        with db.transaction(role="service_role") as cursor:
            test_sends.mark_queued(cursor, tests)
    return sent


def bodies(messages: Iterable[Message]) -> Iterable[str]:
    """Messages as queues take them."""
    return map(serialise, messages)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Reconcile once per batch: several messages are minutes that were missed, and one run makes up for all of them."""
    first, rest = event["Records"][:1], event["Records"][1:]
    response = queues.process(event | {"Records": first}, context, reconcile)
    if not response["batchItemFailures"]:
        return response
    failures = [{"itemIdentifier": record["messageId"]} for record in rest]
    return {"batchItemFailures": [*response["batchItemFailures"], *failures]}
