"""Each minute: end leases of workers that died, derive what is complete, and tell the queues what they were not told.

Nothing depends on a message arriving: whatever a lost message was about is found here, from the tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.observability import logger
from ddp.queries.sending import reconciliation as email_reconciliation
from functions.sending.messages import ExportSends, Message, PlanSend, SendChunk, SendTest, serialise

PLAN_QUEUE = settings.required("DDP_EMAIL_PLAN_QUEUE_URL")
SEND_QUEUE = settings.required("DDP_EMAIL_SEND_QUEUE_URL")
EXPORT_QUEUE = settings.required("DDP_EMAIL_EXPORT_QUEUE_URL")

# What a thousand messages cost, in the currency of budgets; Amazon SES asks 0.10 US dollars.
PRICE_PER_THOUSAND = Decimal(settings.optional("DDP_EMAIL_PRICE_PER_THOUSAND", "0.10"))

# Chunks told of in one run. A worker that was woken goes on with others that are due: hints need not keep up.
CHUNKS = 500


def reconcile(_: SQSRecord) -> None:
    """One run; as harmless twice as once."""
    with db.transaction(role="service_role", timeout_seconds=45) as cursor:
        counts = email_reconciliation.reconcile(cursor, price_per_thousand=PRICE_PER_THOUSAND)
        paused = email_reconciliation.pause_unhealthy_senders(cursor)
    with db.transaction(role="service_role") as cursor:
        work = email_reconciliation.waiting_work(cursor, limit=CHUNKS)
    told = tell(work)
    # The alarms on oldest_due_seconds, unknown and sent_twice read this line.
    figures = {
        "unknown": counts.pop("held_unknown"),
        "oldest_due_seconds": round(counts.pop("oldest_due_seconds")),
        "sent_twice": counts.pop("sent_twice"),
    }
    logger.info("reconciled", email=figures, counts=counts, senders_paused=paused, messages=told)


def tell(work: dict[str, list[Any]]) -> int:
    """Send the messages that are missing, then note that the queues have them; returns how many.

    In this order: a crash between the two sends a hint twice, which is harmless; the other way round one is lost.
    """
    sent = queues.send(PLAN_QUEUE, bodies(PlanSend(send_plan_id=UUID(plan)) for plan in work["plans"]))
    by_sender = sorted(work["chunks"], key=lambda chunk: chunk["sender_user_id"])
    for sender, chunks in groupby(by_sender, key=lambda chunk: str(chunk["sender_user_id"])):
        hints = (SendChunk(send_plan_id=UUID(c["send_plan_id"]), chunk_no=c["chunk_no"]) for c in chunks)
        sent += queues.send(SEND_QUEUE, bodies(hints), group=sender)
    sent += queues.send(SEND_QUEUE, bodies(SendTest(email_test_send_id=UUID(t)) for t in work["tests"]))
    sent += queues.send(EXPORT_QUEUE, bodies(ExportSends(send_export_id=UUID(x)) for x in work["exports"]))
    if sent:
        with db.transaction(role="service_role") as cursor:
            email_reconciliation.mark_queued(cursor, work)
    return sent


def bodies(messages: Iterable[Message]) -> Iterable[str]:
    """Messages as queues take them."""
    return map(serialise, messages)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """One run for a whole batch: several messages are minutes that were missed, and one look makes up for them."""
    first, rest = event["Records"][:1], event["Records"][1:]
    response = queues.process(event | {"Records": first}, context, reconcile)
    if not response["batchItemFailures"]:
        return response
    failures = [{"itemIdentifier": record["messageId"]} for record in rest]
    return {"batchItemFailures": [*response["batchItemFailures"], *failures]}
