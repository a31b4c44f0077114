"""Queue catalogue-reconcile, each minute: tells the queue of imports about those that no worker has.

Nothing depends on a message arriving: the table shows which imports a killed worker or a lost message left behind.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.catalogue import imports
from functions.catalogue.messages import import_products

QUEUE_URL = settings.required("DDP_CATALOGUE_IMPORT_PRODUCTS_QUEUE_URL")


def reconcile(_: SQSRecord) -> None:
    """Reconcile once; harmless when repeated. A crash before the note repeats a message, which is harmless too."""
    with db.transaction(role="service_role") as cursor:
        waiting = imports.waiting(cursor)
    if queues.send(QUEUE_URL, map(import_products, waiting)):
        with db.transaction(role="service_role") as cursor:
            imports.mark_queued(cursor, waiting)
    heartbeats.beat("catalogue-reconcile")
    # The schedule's heartbeat reads this line.
    logger.info("reconciled", imports=len(waiting))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Reconcile once per batch: several messages are minutes that were missed, and one run makes up for all of them."""
    return queues.process_first(event, context, reconcile)
