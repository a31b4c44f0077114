"""Queue social-due, each minute: tells the workers about the steps of posts that fall due within two minutes.

What is scheduled inside that time is told at once by whoever schedules it. A message that gets lost is told again half
a minute after its time (ddp.due_social_steps).
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.social import steps
from functions.social import hints

# Steps of one transaction, in which their messages are sent.
PORTION = 1_000


def scan(_: SQSRecord) -> None:
    """Tell about all that is due; harmless when repeated."""
    told = 0
    while True:
        with db.transaction(role="service_role", timeout_seconds=60) as cursor:
            due = steps.due(cursor, limit=PORTION)
            hints.tell(due)
        told += len(due)
        if len(due) < PORTION:
            break
    heartbeats.beat("social-due")
    # The schedule's heartbeat reads this line.
    logger.info("scanned", told=told)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Scan once per batch: several messages are minutes that were missed, and one scan makes up for all of them."""
    return queues.process_first(event, context, scan)
