"""Queue social-reconcile, each minute: puts right what workers left behind.

It ends the leases of workers that died, gives up posts that are an hour late, and logs what alarms watch. What is due
and has no message is told by the scan (functions/social/due_scan.py).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues
from ddp.observability import logger
from ddp.providers.social import rules
from ddp.queries import heartbeats
from ddp.queries.social import steps

# Posts that one transaction puts right.
PORTION = 1_000


def reconcile(_: SQSRecord) -> None:
    """Reconcile once; harmless when repeated."""
    counts: dict[str, int] = {}
    while True:
        with db.transaction(role="service_role", timeout_seconds=60) as cursor:
            found = steps.reconcile(cursor, limit=PORTION)
        counts = {kind: counts.get(kind, 0) + count for kind, count in found.items()}
        if max(found.values(), default=0) < PORTION:
            break
    with db.transaction(role="service_role") as cursor:
        figures = steps.figures(cursor)
    heartbeats.beat("social-reconcile", social=round(figures["oldest_due_seconds"]))
    ending = rules.ending(datetime.now(UTC).date())
    # Alarms read this line; none coming is an alarm too.
    logger.info("reconciled", counts=counts, social={**figures, "versions_ending": len(ending)})


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Reconcile once per batch: several messages are minutes that were missed, and one run makes up for all of them."""
    return queues.process_first(event, context, reconcile)
